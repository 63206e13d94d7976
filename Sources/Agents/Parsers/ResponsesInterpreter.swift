// OpenAI's responses, as a stream; every event has a sequence number:
//
//   response.created {"response":{"id":"resp_1",…},"sequence_number":0}        then response.queued, .in_progress
//   response.output_text.delta {"delta":"你好","sequence_number":4}
//   response.completed {"response":{"usage":{"input_tokens":5,"output_tokens":3},…},"sequence_number":9}
//
// or response.incomplete with a reason, response.failed with an error. There is no [DONE].

/// What the events of OpenAI's responses mean.
struct ResponsesInterpreter: EventInterpreter {
    let missing = "response.completed"
    let isResumable = true

    mutating func take(
        name: String, data: [UInt8], _ answer: inout AnswerState, into deltas: inout [AgentDelta]
    ) throws(AgentError) {
        guard let event = JSONView(data), event.isObject else { throw Malformed.chunk(data) }
        answer.progressed()
        if let sequence = event["sequence_number"]?.integer { answer.sequence = sequence }
        switch event["type"]?.string ?? name {
        case "response.created", "response.queued", "response.in_progress":
            guard let id = event["response"]?["id"]?.string else { return }
            if let known = answer.id, known != id { throw Malformed.splice }
            answer.id = id
        case "response.output_text.delta", "response.refusal.delta":
            try answer.takeText(event["delta"]?.stringBytes, into: &deltas)
        case "response.reasoning_text.delta", "response.reasoning_summary_text.delta":
            try answer.takeReasoning(event["delta"]?.stringBytes, into: &deltas)
        case "response.completed", "response.incomplete", "response.failed", "response.cancelled":
            guard let response = event["response"] else { throw Malformed.chunk(data) }
            try Self.finish(response, &answer, into: &deltas)
        case "error":
            throw UpstreamFailure.of(event, isErrorEvent: true) ?? Malformed.chunk(data)
        default: break
        }
    }

    /// The end of an answer, by its status.
    static func finish(
        _ response: JSONView, _ answer: inout AnswerState, into deltas: inout [AgentDelta]
    ) throws(AgentError) {
        if let usage = response["usage"], usage.isObject {
            answer.takeUsage(
                input: usage["input_tokens"]?.integer, output: usage["output_tokens"]?.integer, into: &deltas)
        }
        switch response["status"]?.string {
        case "completed", nil: answer.finish(reason: "stop", into: &deltas)
        case "incomplete":
            let reason = response["incomplete_details"]?["reason"]?.string
            answer.finish(reason: reason ?? "incomplete", into: &deltas)
        case let status?:
            throw UpstreamFailure.of(response)
                ?? AgentError(code: .upstream, message: "the model's answer is \(status)", isRetryable: true)
        }
    }
}

extension WholeAnswerParser {
    /// An answer of OpenAI's responses.
    ///
    /// `{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":…}]}],"usage":{…}}`
    static let responses = WholeAnswerParser { object, answer, deltas throws(AgentError) in
        guard let output = object["output"], let status = object["status"]?.string else {
            throw AgentError(code: .malformed, message: "the model's answer has no output", isRetryable: true)
        }
        if status == "queued" || status == "in_progress" {
            throw AgentError(code: .unfinished, message: "the model is still at work", isRetryable: true)
        }
        for item in output.elements where item["type"]?.string == "message" {
            for part in item["content"]?.elements ?? [] {
                try answer.takeText((part["text"] ?? part["refusal"])?.stringBytes, into: &deltas)
            }
        }
        try ResponsesInterpreter.finish(object, &answer, into: &deltas)
    }
}

extension AgentError.Code {
    /// An answer that is made in the background and not ready yet.
    static let unfinished = AgentError.Code(rawValue: "upstream_unfinished")
}
