import Events
import Logging

/// Tries an agent again where it fails before its first token.
///
/// After that a new try is a new attempt, which whoever records the answer makes visible.
struct RetryingAgent: Agent {
    private let agent: any Agent
    private let policy: RetryPolicy
    private let logger: Logger

    init(_ agent: any Agent, policy: RetryPolicy, logger: Logger) {
        self.agent = agent
        self.policy = policy
        self.logger = logger
    }

    func executeStream(_ input: AgentInput, _ context: AgentContext) -> AgentStream {
        RetryingStream(agent: agent, policy: policy, logger: logger, input: input, context: context)
    }
}

private struct RetryingStream: AsyncSequence, Sendable {
    typealias Element = AgentDelta
    typealias Failure = any Error

    let agent: any Agent
    let policy: RetryPolicy
    let logger: Logger
    let input: AgentInput
    let context: AgentContext

    func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

    struct Iterator: AsyncIteratorProtocol {
        let stream: RetryingStream
        private var current: (any AsyncIteratorProtocol<AgentDelta, any Error>)?
        private var failures = 0
        private var hasBegun = false

        init(stream: RetryingStream) { self.stream = stream }

        mutating func next() async throws -> AgentDelta? {
            while true {
                do {
                    let delta = try await nextOfCurrent()
                    switch delta {
                    case .text, .reasoning, .finished: hasBegun = true
                    case .usage, .repaired, nil: break
                    }
                    return delta
                } catch let error as AgentError {
                    current = nil
                    failures += 1
                    guard !hasBegun, let delay = stream.policy.delay(after: error, failures: failures) else {
                        throw error
                    }
                    stream.logger.debug(
                        "trying the model again",
                        metadata: [
                            "code": "\(error.code.rawValue)", "failures": "\(failures)",
                            "delay_ms": "\(delay.milliseconds)", "node": "\(stream.context.node)",
                        ])
                    try await Task.sleep(for: delay)
                }
            }
        }

        private mutating func nextOfCurrent() async throws -> AgentDelta? {
            if var iterator = current {
                // Taken out while it is used, so that it is changed in place and kept once.
                current = nil
                let delta = try await iterator.next(isolation: nil)
                current = iterator
                return delta
            }
            current = Self.iterator(stream.agent.executeStream(stream.input, stream.context))
            return try await nextOfCurrent()
        }

        private static func iterator(
            _ stream: some AsyncSequence<AgentDelta, any Error> & Sendable
        ) -> any AsyncIteratorProtocol<AgentDelta, any Error> {
            stream.makeAsyncIterator()
        }
    }
}
