internal import Logging

/// An agent that is a model behind HTTP.
struct ModelAgent: Agent {
    let model: ModelConfiguration
    /// The agent's own prompt, where the input brings no instructions.
    let prompt: String
    let format: any ProviderFormat
    let key: String?
    let connections: UpstreamConnections
    let logger: Logger

    func executeStream(_ input: AgentInput, _ context: AgentContext) -> AgentStream {
        ModelStream(agent: self, input: input, context: context)
    }

    /// Sends the request.
    fileprivate func begin(_ input: AgentInput, _ context: AgentContext) throws(AgentError) -> UpstreamExchange {
        let question = try Question(input, prompt: prompt)
        let request = try format.request(for: question, model: model, key: key)
        return try UpstreamExchange(
            request, model: model, parser: format.parser(for: model), client: connections.client, logger: logger)
    }
}

/// The deltas of one answer; the request is sent when the first is asked for.
private struct ModelStream: AsyncSequence, Sendable {
    typealias Element = AgentDelta
    typealias Failure = any Error

    let agent: ModelAgent
    let input: AgentInput
    let context: AgentContext

    func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

    struct Iterator: AsyncIteratorProtocol {
        let stream: ModelStream
        private var handle: Handle?
        private var deltas: [AgentDelta] = []
        private var given = 0

        init(stream: ModelStream) { self.stream = stream }

        mutating func next() async throws -> AgentDelta? {
            if given < deltas.count {
                defer { given += 1 }
                return deltas[given]
            }
            let handle = try begun()
            guard let more = try await handle.exchange.next() else { return nil }
            deltas = more
            given = 1
            return more[0]
        }

        private mutating func begun() throws -> Handle {
            if let handle { return handle }
            try Task.checkCancellation()
            let begun = Handle(exchange: try stream.agent.begin(stream.input, stream.context))
            handle = begun
            return begun
        }
    }

    /// Dropping the iterator drops this, which ends the request.
    private final class Handle: Sendable {
        let exchange: UpstreamExchange

        init(exchange: UpstreamExchange) { self.exchange = exchange }

        deinit { exchange.abandon() }
    }
}
