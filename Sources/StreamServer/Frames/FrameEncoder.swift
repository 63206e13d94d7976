// A frame is what a chat client sees of an event: one line of compact JSON with this envelope, members in this order.
//
//   {"type":T,"content":C,"message_type":R,"metadata":{"role":R,"display":…,"streaming":…,"final_response":…,
//    "node_name":…,"run":…,"message":…,"status":…,"supersedes":…}}
//
// The first four members of the metadata are always there, the others where they have a value. `run` and `message` are
// offsets: of `run.started`, and of `message.started` or `message.received`.
//
//   event                                T              C                            R          status
//   message.received                     user_message   its `contents`, an array     user       –
//   run.started                          run            its body without `agents`    system     started
//   run.resumed|paused|completed|        run            its body                     system     resumed|paused|completed|
//     failed|cancelled                                                                            failed|cancelled
//   run.failed, before that              error          its `reason`                 system     failed
//   node.started|completed|failed|       node           its body                     system     started|completed|failed|
//     skipped                                                                                     skipped
//   node.updated                         tool_message   its body                     tool       –
//   token                                ai_message     the text                     the role   –          streaming
//   message.completed                    ai_message     the whole text               the role   completed  final_response
//   message.interrupted                  ai_message     ""                           the role   interrupted
//   answer.rejected                      ai_message     ""                           the role   rejected
//   custom                               custom         its body                     system     –
//
// The others make no frame, and neither does a token of a message whose agent does not stream. The `message` of a `run`
// or `error` frame is the user's message that the run answers. `display` is false for `run`, `node` and `custom`, but for
// a run that is paused: its body is {"asks":"…","node":"…"}, and the session's next message is the answer.
//
// Each frame has its event's offset as its id. The one event with two frames is `run.failed`: its error comes first with
// the id `N.1` (one frame of event N delivered), so that a cut between the two loses and repeats nothing.

import Events

/// Turns events into frames.
///
/// It holds nothing: the same event with the same origin gives the same bytes.
enum FrameEncoder {
    /// Appends the frames of an event.
    ///
    /// - Parameters:
    ///   - origin: where the event belongs.
    ///   - text: the message's whole text, for `message.completed`.
    ///   - delivered: how much of the event a resuming reader has already: a token's UTF-8 bytes, otherwise frames.
    static func append(
        _ event: Event, _ origin: Origin, text: String? = nil, delivered: Int = 0, to output: inout MessageBytes
    ) {
        switch event.kind {
        case .token: appendToken(event, origin, delivered: delivered, to: &output)
        case .messageCompleted, .messageInterrupted, .answerRejected:
            appendMessageEnd(event, origin, text: text, to: &output)
        case .messageReceived:
            let contents = JSONMembers.value("contents", of: event.body ?? "").map(String.init) ?? "[]"
            let metadata = FrameMetadata(role: "user", run: origin.run, message: event.offset)
            append("user_message", contents, metadata, event, to: &output)
        case .nodeUpdated:
            let metadata = FrameMetadata(role: "tool", node: origin.node, run: origin.run)
            append("tool_message", event.body ?? "null", metadata, event, to: &output)
        case .nodeStarted, .nodeCompleted, .nodeFailed, .nodeSkipped:
            let metadata = FrameMetadata(
                role: "system", isDisplayed: false, node: node(of: event, origin), run: origin.run,
                status: status(event.kind))
            append("node", event.body ?? "null", metadata, event, to: &output)
        case .runStarted, .runResumed, .runPaused, .runCompleted, .runFailed, .runCancelled:
            appendRun(event, origin, delivered: delivered, to: &output)
        case .custom:
            let metadata = FrameMetadata(
                role: "system", isDisplayed: false, node: origin.node, run: origin.run,
                message: origin.message?.offset)
            append("custom", event.body ?? "null", metadata, event, to: &output)
        default: break
        }
    }

    /// Whether an event has a frame.
    static func makesFrame(_ event: Event, _ origin: Origin) -> Bool {
        switch event.kind {
        case .token: origin.message?.isStreaming == true
        case .messageCompleted, .messageInterrupted, .answerRejected: origin.message != nil
        case .messageReceived, .nodeUpdated, .nodeStarted, .nodeCompleted, .nodeFailed, .nodeSkipped, .runStarted,
            .runResumed, .runPaused, .runCompleted, .runFailed, .runCancelled, .custom:
            true
        default: false
        }
    }

    /// The node that an event belongs to.
    ///
    /// One that never started is named by its `node.skipped` alone.
    static func node(of event: Event, _ origin: Origin) -> String? {
        if let node = origin.node { return node }
        return event.kind == .nodeSkipped ? (try? event.decode(NodeSkipped.self))?.node : nil
    }

    /// True where an event's frame needs the whole text of its message.
    static func needsText(_ event: Event, _ origin: Origin) -> Bool {
        event.kind == .messageCompleted && origin.message != nil
    }

    /// Whether a reader can have that much of an event: not where it ends inside a code point or beyond the end.
    static func isDeliverable(_ amount: Int, of event: Event) -> Bool {
        switch event.kind {
        case .token:
            guard let text = event.body?.utf8, amount <= text.count else { return false }
            let index = text.index(text.startIndex, offsetBy: amount)
            return index == text.endIndex || text[index] & 0b1100_0000 != 0b1000_0000
        case .runFailed: return amount == 1
        default: return false
        }
    }

    private static func appendToken(_ event: Event, _ origin: Origin, delivered: Int, to output: inout MessageBytes) {
        guard let message = origin.message, message.isStreaming, let text = event.body else { return }
        let bytes = text.utf8.count
        guard delivered == 0 || delivered < bytes else { return }
        output.append(event.offset) { line in
            line.append(contentsOf: message.template.prefix)
            if delivered == 0 {
                TokenText.append(text, to: &line)
            } else {
                TokenText.append(String(decoding: Array(text.utf8.dropFirst(delivered)), as: UTF8.self), to: &line)
            }
            line.append(contentsOf: message.template.suffix)
        }
    }

    /// Appends a frame with a piece of a message's text, which may reach from one token into another.
    static func append(_ piece: Pacer.Piece, in template: TokenTemplate, to output: inout MessageBytes) {
        output.append(piece.end.offset, part: piece.end.part == 0 ? nil : piece.end.part) { line in
            line.append(contentsOf: template.prefix)
            TokenText.append(piece.text, to: &line)
            line.append(contentsOf: template.suffix)
        }
    }

    private static func appendMessageEnd(
        _ event: Event, _ origin: Origin, text: String?, to output: inout MessageBytes
    ) {
        guard let message = origin.message else { return }
        let isFinal = event.kind == .messageCompleted
        let metadata = FrameMetadata(
            role: message.role, isFinalResponse: isFinal, node: origin.node, run: origin.run,
            message: message.offset, status: status(event.kind), supersedes: message.supersedes)
        append("ai_message", JSONText.string(isFinal ? text ?? "" : ""), metadata, event, to: &output)
    }

    private static func appendRun(_ event: Event, _ origin: Origin, delivered: Int, to output: inout MessageBytes) {
        let body = event.body ?? "null"
        var metadata = FrameMetadata(
            role: "system", isDisplayed: false, run: origin.run, message: origin.answers, status: status(event.kind))
        // What a run waits for is for the user to see.
        if event.kind == .runPaused { metadata.isDisplayed = true }
        if event.kind == .runFailed, delivered == 0 {
            metadata.isDisplayed = true
            let reason = JSONMembers.value("reason", of: body).map(String.init) ?? "null"
            append("error", reason, metadata, event, part: 1, to: &output)
            metadata.isDisplayed = false
        }
        // The configuration of the agents is for auditors; the events have it.
        let content = event.kind == .runStarted ? JSONMembers.object(body, without: "agents") : body
        append("run", content, metadata, event, to: &output)
    }

    private static func append(
        _ type: String, _ content: String, _ metadata: FrameMetadata, _ event: Event, part: Int? = nil,
        to output: inout MessageBytes
    ) {
        output.append(event.offset, part: part) { line in
            line.append(contentsOf: "{\"type\":\"\(type)\",\"content\":".utf8)
            line.append(contentsOf: content.utf8)
            line.append(contentsOf: ",\"message_type\":\(metadata.messageType),\"metadata\":\(metadata.json)}".utf8)
        }
    }

    /// The last word of the kind's name; a rejected answer's is `rejected`.
    static func status(_ kind: EventKind) -> String {
        kind.name.split(separator: ".").last.map(String.init) ?? kind.name
    }
}
