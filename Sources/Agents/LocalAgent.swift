/// The `local` provider: a composer writes the whole answer from the figures, and its pieces are streamed as a model's
/// tokens would be.
///
/// `tokens_per_second` slows it for demonstrations and for tests that cut an answer in the middle.
public struct LocalAgent: Agent {
    private let composer: any LocalComposer
    private let isStreaming: Bool
    private let tokensPerSecond: Double

    /// Takes the parts as they are.
    public init(composer: any LocalComposer, model: ModelConfiguration) {
        self.composer = composer
        isStreaming = model.streaming
        tokensPerSecond = model.tokensPerSecond
    }

    /// Composes at the first delta that is asked for.
    public func executeStream(_ input: AgentInput, _ context: AgentContext) -> AgentStream {
        LocalStream(
            composer: composer, input: input, context: context, isStreaming: isStreaming,
            tokensPerSecond: tokensPerSecond)
    }
}

/// The pieces of a composed answer, each at its time: piece n at start + n / rate, so that no delay adds up.
private struct LocalStream: AsyncSequence, Sendable {
    typealias Element = AgentDelta
    typealias Failure = any Error

    let composer: any LocalComposer
    let input: AgentInput
    let context: AgentContext
    let isStreaming: Bool
    let tokensPerSecond: Double

    func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

    struct Iterator: AsyncIteratorProtocol {
        let stream: LocalStream
        private var pieces: [String]?
        private var given = 0
        private var start = ContinuousClock.now

        init(stream: LocalStream) { self.stream = stream }

        mutating func next() async throws -> AgentDelta? {
            try Task.checkCancellation()
            let pieces = try compose()
            guard given <= pieces.count else { return nil }
            defer { given += 1 }
            guard given < pieces.count else { return .finished(reason: "stop") }
            if stream.isStreaming, stream.tokensPerSecond > 0 {
                let due = start + .seconds(Double(given + 1) / stream.tokensPerSecond)
                try await Task.sleep(until: due, tolerance: .zero, clock: .continuous)
            }
            return .text(pieces[given])
        }

        /// Composes at the first call; the schedule starts with the finished text.
        private mutating func compose() throws -> [String] {
            if let pieces { return pieces }
            let text = try stream.composer.compose(stream.input, stream.context)
            let made = stream.isStreaming ? TextPieces.split(text) : [text]
            let kept = made.filter { !$0.isEmpty }
            pieces = kept
            start = .now
            return kept
        }
    }
}
