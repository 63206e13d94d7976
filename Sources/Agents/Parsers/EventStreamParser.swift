internal import ServerSentEvents

/// What one format's events mean.
protocol EventInterpreter: Sendable {
    /// Takes one event's name and data.
    mutating func take(
        name: String, data: [UInt8], _ answer: inout AnswerState, into deltas: inout [AgentDelta]
    ) throws(AgentError)

    /// What the answer lacks, in words, where its bytes end before its terminal event.
    var missing: String { get }

    /// True where what was read decides nothing about what comes: a place where another interpreter could go on.
    var isResumable: Bool { get }
}

/// Reads an answer that comes as an event stream.
struct EventStreamParser<Interpreter: EventInterpreter>: AnswerParser {
    private(set) var answer = AnswerState()

    private var interpreter: Interpreter
    private var decoder = ServerSentEventDecoder(
        maximumLineBytes: AgentLimits.maximumLineBytes, maximumEventBytes: AgentLimits.maximumEventBytes)

    private var bytesRead: Int

    /// - Parameter offset: the bytes of the stream that come before the first that is fed.
    init(_ interpreter: Interpreter, offset: Int = 0) {
        self.interpreter = interpreter
        bytesRead = offset
    }

    mutating func feed(_ bytes: ArraySlice<UInt8>, into deltas: inout [AgentDelta]) throws(AgentError) {
        guard !answer.isFinished else { return }
        var events: [ServerSentEvent] = []
        var failure: ServerSentEventError?
        do { try decoder.feed(bytes, into: &events) } catch { failure = error }
        for event in events where !answer.isFinished { try take(event, into: &deltas) }
        bytesRead += bytes.count
        let isBoundary = decoder.isBetweenBlocks && interpreter.isResumable && !answer.holdsHalf
        answer.boundary = isBoundary ? bytesRead : nil
        if let failure, !answer.isFinished { throw AgentError(code: .limit, message: failure.message) }
    }

    mutating func end(into deltas: inout [AgentDelta]) throws(AgentError) {
        guard !answer.isFinished else { return }
        // Several servers leave out the blank line after their last event. Half an event is told by its JSON.
        if let event = try? decoder.takeUnfinished(), event.text == "[DONE]" || JSONView(event.data) != nil {
            try take(event, into: &deltas)
        }
        guard !answer.isFinished else { return }
        answer.flush(into: &deltas)
        throw AgentError(
            code: .interrupted, message: "the model's stream ended without \(interpreter.missing)", isRetryable: true)
    }

    private mutating func take(_ event: ServerSentEvent, into deltas: inout [AgentDelta]) throws(AgentError) {
        try interpreter.take(name: event.name, data: event.data, &answer, into: &deltas)
    }
}
