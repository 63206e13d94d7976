import Agents
import Crypto
import EventLog
import Events

/// Writes one message: started, its tokens one event each, and how it ended.
///
/// Tokens are sent through a window, so that the model is never slowed by the disk's latency, only by its throughput.
struct MessageWriter {
    private let run: RunContext
    private let window: AppendWindow
    /// Nil where the message was begun before a restart: then nobody knows how long its first token took.
    private let startedAt: ContinuousClock.Instant?
    private var hash = SHA256()
    private var firstToken: Duration?
    private var repairs = 0
    /// The offset of `message.started`.
    let message: Offset
    private(set) var text: String
    private var tokens = 0

    /// Records `message.started`.
    init(_ context: NodeContext, _ body: MessageStarted) async throws {
        run = context.run
        window = AppendWindow(run.log)
        startedAt = .now
        text = ""
        message = try await run.record([try NewEvent(.messageStarted, cause: .event(context.started), body)]).last
    }

    /// Goes on with a message that a crash cut.
    init(_ context: NodeContext, _ cut: CutMessage) {
        run = context.run
        window = AppendWindow(run.log)
        startedAt = nil
        message = cut.message
        text = cut.text
        hash.update(data: Array(cut.text.utf8))
    }

    /// Records where the rest of the message can be had, in order with its tokens.
    var recordResumePoint: @Sendable (ResumePoint) async throws -> Void {
        { [run, window, message] point in
            try run.control.checkAbandoned()
            let event = try NewEvent(.messageResumable, cause: .event(message), point)
            try await window.send(Append(to: run.session, [event]))
            // The name has to outlive a crash at any later instant; a place only saves reading again what is known.
            if point.textBytes == 0 { try await window.flush() }
        }
    }

    /// Notes that something in the text was not Unicode and was replaced.
    mutating func noteRepair() { repairs += 1 }

    /// Records a token; waits only while too much is unacknowledged.
    mutating func write(_ token: String) async throws {
        guard !token.isEmpty else { return }
        try run.control.checkAbandoned()
        if firstToken == nil { firstToken = startedAt.map { ContinuousClock.now - $0 } }
        tokens += 1
        let isTooLarge = text.utf8.count + token.utf8.count > Limits.bytesPerMessage
        guard !isTooLarge, tokens <= Limits.tokensPerMessage else {
            let limit = isTooLarge ? "\(Limits.bytesPerMessage) bytes" : "\(Limits.tokensPerMessage) tokens"
            throw WorkflowError(
                .messageTooLong, "the answer has more than \(limit)",
                hint: "lower the model's token limit in llm_model_configs.max_tokens")
        }
        text += token
        hash.update(data: Array(token.utf8))
        try await window.send(Append(to: run.session, [.token(token, of: message)]))
    }

    /// Waits for the tokens and records the end.
    ///
    /// - Parameter rejection: recorded in the same append, so that no crash lets a rejected answer stand.
    func complete(finishReason: String, usage: Usage?, rejection: AnswerRejected?) async throws {
        try await window.flush()
        let body = MessageCompleted(
            finishReason: finishReason, usage: usage, timeToFirstTokenMs: firstToken?.milliseconds,
            characters: text.count, sha256: Hexadecimal.text(hash.finalize()), repairs: repairs > 0 ? repairs : nil)
        var events = [try NewEvent(.messageCompleted, cause: .event(message), body)]
        if let rejection { events.append(try NewEvent(.answerRejected, cause: .event(message), rejection)) }
        _ = try await run.record(events)
    }

    /// Records that the message ends here; its text so far stays.
    func interrupt(_ reason: Failure) async throws {
        // Tokens that could not be recorded have told so already; the interruption is recorded all the same.
        _ = try? await window.flush()
        let body = MessageInterrupted(reason: reason, repairs: repairs > 0 ? repairs : nil)
        _ = try await run.record([try NewEvent(.messageInterrupted, cause: .event(message), body)])
    }
}
