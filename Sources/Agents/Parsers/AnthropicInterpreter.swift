// Anthropic's messages, as a stream; each event's data repeats its name as "type":
//
//   message_start {"message":{"id":…,"usage":{"input_tokens":9,"output_tokens":1}}}
//   content_block_start {"index":0,"content_block":{"type":"text","text":""}}      ping may come at any time
//   content_block_delta {"index":0,"delta":{"type":"text_delta","text":"你好"}}   or thinking_delta, …
//   content_block_stop {"index":0}
//   message_delta {"delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":12}}   the count is cumulative
//   message_stop {}
//
// There is no [DONE]. An error comes as `event: error` after the 200, and then the end. New types may appear.

/// What the events of Anthropic's API mean.
struct AnthropicInterpreter: EventInterpreter {
    private var hasStarted = false
    private var stopReason: String?

    let missing = "message_stop"
    let isResumable = false

    mutating func take(
        name: String, data: [UInt8], _ answer: inout AnswerState, into deltas: inout [AgentDelta]
    ) throws(AgentError) {
        guard let event = JSONView(data), event.isObject else { throw Malformed.chunk(data) }
        let type = event["type"]?.string ?? name
        if type != "ping" { answer.progressed() }
        switch type {
        case "message_start":
            if hasStarted { throw Malformed.splice }
            hasStarted = true
            Self.takeUsage(event["message"], &answer, into: &deltas)
        case "content_block_start":
            // A block may begin with text, though an empty one is usual.
            try Self.takeBlock(event["content_block"], &answer, into: &deltas)
        case "content_block_delta":
            guard let delta = event["delta"] else { return }
            switch delta["type"]?.string {
            case "text_delta": try answer.takeText(delta["text"]?.stringBytes, into: &deltas)
            case "thinking_delta": try answer.takeReasoning(delta["thinking"]?.stringBytes, into: &deltas)
            default: break
            }
        case "message_delta":
            if let reason = event["delta"]?["stop_reason"]?.string { stopReason = reason }
            Self.takeUsage(event, &answer, into: &deltas)
        case "message_stop":
            answer.finish(reason: stopReason ?? "unspecified", into: &deltas)
        case "error":
            throw UpstreamFailure.of(event, isErrorEvent: true) ?? Malformed.chunk(data)
        default: break
        }
    }

    /// A whole content block, or the beginning of one.
    static func takeBlock(
        _ block: JSONView?, _ answer: inout AnswerState, into deltas: inout [AgentDelta]
    ) throws(AgentError) {
        switch block?["type"]?.string {
        case "text": try answer.takeText(block?["text"]?.stringBytes, into: &deltas)
        case "thinking": try answer.takeReasoning(block?["thinking"]?.stringBytes, into: &deltas)
        default: break
        }
    }

    static func takeUsage(_ value: JSONView?, _ answer: inout AnswerState, into deltas: inout [AgentDelta]) {
        guard let usage = value?["usage"], usage.isObject else { return }
        answer.takeUsage(
            input: usage["input_tokens"]?.integer, output: usage["output_tokens"]?.integer, into: &deltas)
    }
}
