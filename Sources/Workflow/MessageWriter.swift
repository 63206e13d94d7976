import Crypto
import EventLog
import Events

/// Writes one message: started, its tokens one event each, and how it ended.
///
/// Tokens are sent through a window, so that the model is never slowed by the disk's latency, only by its throughput.
struct MessageWriter {
    private let run: RunContext
    private let window: AppendWindow
    private let startedAt = ContinuousClock.now
    private var hash = SHA256()
    private var firstToken: Duration?
    /// The offset of `message.started`.
    let message: Offset
    private(set) var text = ""
    private var tokens = 0

    /// Records `message.started`.
    init(_ context: NodeContext, _ body: MessageStarted) async throws {
        run = context.run
        window = AppendWindow(run.log)
        message = try await run.record([try NewEvent(.messageStarted, cause: .event(context.started), body)]).last
    }

    /// Records a token; waits only while too much is unacknowledged.
    mutating func write(_ token: String) async throws {
        guard !token.isEmpty else { return }
        try run.control.checkAbandoned()
        if firstToken == nil { firstToken = ContinuousClock.now - startedAt }
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
            characters: text.count, sha256: hash.finalize().hexadecimal)
        var events = [try NewEvent(.messageCompleted, cause: .event(message), body)]
        if let rejection { events.append(try NewEvent(.answerRejected, cause: .event(message), rejection)) }
        _ = try await run.record(events)
    }

    /// Records that the message ends here; its text so far stays.
    func interrupt(_ reason: Failure) async throws {
        // Tokens that could not be recorded have told so already; the interruption is recorded all the same.
        _ = try? await window.flush()
        _ = try await run.record([
            try NewEvent(.messageInterrupted, cause: .event(message), MessageInterrupted(reason: reason))
        ])
    }
}

extension SHA256.Digest {
    /// Lower-case hexadecimal.
    var hexadecimal: String {
        map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
