/// The deltas of one answer; the request is sent when the first is asked for.
struct ModelStream: AsyncSequence, Sendable {
    typealias Element = AgentDelta
    typealias Failure = any Error

    let agent: ModelAgent
    let input: AgentInput
    let context: AgentContext

    func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

    struct Iterator: AsyncIteratorProtocol {
        private let stream: ModelStream
        private var reader: BatchReader?

        init(stream: ModelStream) { self.stream = stream }

        mutating func next() async throws -> AgentDelta? {
            if reader == nil { reader = try await begin() }
            return try await reader?.next()
        }

        private func begin() async throws -> BatchReader {
            try Task.checkCancellation()
            let points = PointRecorder(stream.agent, stream.context)
            // What the answer is called is recorded before it exists: a crash in between finds nothing, and says so.
            try await points.recordFirst()
            return BatchReader(try stream.agent.ask(stream.input, stream.context), points, skipper: nil)
        }
    }
}

/// The rest of an answer that was begun before.
struct ResumedStream: AsyncSequence, Sendable {
    typealias Element = AgentDelta
    typealias Failure = any Error

    let agent: ModelAgent
    let point: ResumePoint
    let text: String
    let context: AgentContext

    func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

    struct Iterator: AsyncIteratorProtocol {
        private let stream: ResumedStream
        private var reader: BatchReader?
        private var hasContinued = false
        private var isWhole = false
        private let startedAt = ContinuousClock.now

        init(stream: ResumedStream) { self.stream = stream }

        mutating func next() async throws -> AgentDelta? {
            while true {
                do {
                    if reader == nil { reader = try begin() }
                    let delta = try await reader?.next()
                    hasContinued = true
                    return delta
                } catch let error as AgentError where !hasContinued {
                    reader = nil
                    try await turn(to: error)
                }
            }
        }

        /// What is tried after a failure before the first new delta.
        private mutating func turn(to error: AgentError) async throws {
            let hasTime = ContinuousClock.now - startedAt < stream.agent.model.totalTimeout
            if error.code == .unfinished, hasTime {
                try await Task.sleep(for: AgentLimits.pollInterval)
            } else if !isWhole, error.code != .lost, try wholeRequest() != nil {
                isWhole = true
            } else {
                throw AgentError(
                    code: .lost, message: "the answer cannot be taken up again: \(error.message)", hint: error.hint)
            }
        }

        private func begin() throws(AgentError) -> BatchReader {
            let (agent, point) = (stream.agent, stream.point)
            guard let resumption = agent.resumption else {
                throw AgentError(code: .lost, message: "model \(agent.model.name) keeps no answers")
            }
            let points = PointRecorder(agent, stream.context, from: point)
            if isWhole, let request = try wholeRequest() {
                let exchange = try agent.exchange(request, resumption.wholeParser())
                return BatchReader(exchange, points, skipper: try skipper(from: 0))
            }
            let request = try resumption.request(from: point, model: agent.model, key: agent.key)
            let exchange = try agent.exchange(request, resumption.parser(from: point, model: agent.model))
            return BatchReader(exchange, points, skipper: try skipper(from: point.textBytes))
        }

        private func wholeRequest() throws(AgentError) -> UpstreamRequest? {
            try stream.agent.resumption?.wholeRequest(stream.point, model: stream.agent.model, key: stream.agent.key)
        }

        private func skipper(from position: Int) throws(AgentError) -> TextSkipper {
            guard let skipper = TextSkipper(stream.text, from: position) else {
                throw AgentError(code: .lost, message: "the resume point lies after the recorded text")
            }
            return skipper
        }
    }
}
