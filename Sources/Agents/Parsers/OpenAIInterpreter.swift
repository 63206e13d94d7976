internal import Events

// OpenAI's chat completions, as a stream:
//
//   data: {"id":…,"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":""},
//          "finish_reason":null}]}
//   data: {…"delta":{"content":"你好"}…}
//   data: {…"delta":{},"finish_reason":"stop"}
//   data: {…"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":3}}
//   data: [DONE]
//
// Servers differ: content may be null or a list of parts, the role may be absent or in every chunk, reasoning is called
// `reasoning_content` or `reasoning`, usage comes last, in every chunk or never, choices may be empty. Terminal are the
// finish reason and [DONE] together: gateways send [DONE] after a failure too, and a cut leaves out either.

/// What the events of an OpenAI-compatible server mean.
struct OpenAIInterpreter: EventInterpreter {
    /// False where the row says that its server sends no `[DONE]`.
    var requiresDone = true

    private var finishReason: String?
    private var hasRole = false
    private var hasDeltaWithoutRole = false

    init(requiresDone: Bool = true) { self.requiresDone = requiresDone }

    /// Reads as the row's `done_marker` says: `optional` for a server that sends no `[DONE]`.
    init(_ model: ModelConfiguration) {
        self.init(requiresDone: model.parameters["done_marker"]?.string != "optional")
    }

    var isResumable: Bool { finishReason == nil }

    var missing: String { finishReason == nil ? "its finish reason" : "[DONE]" }

    mutating func take(
        name: String, data: [UInt8], _ answer: inout AnswerState, into deltas: inout [AgentDelta]
    ) throws(AgentError) {
        if data.elementsEqual("[DONE]".utf8) {
            guard let finishReason else {
                answer.flush(into: &deltas)
                throw AgentError(
                    code: .interrupted, message: "the model's stream said [DONE] without its finish reason",
                    isRetryable: true)
            }
            answer.finish(reason: finishReason, into: &deltas)
            return
        }
        guard let chunk = JSONView(data), chunk.isObject else { throw Malformed.chunk(data) }
        answer.progressed()
        if let error = UpstreamFailure.of(chunk, isErrorEvent: name == "error") { throw error }
        for choice in chunk["choices"]?.elements ?? [] where choice["index"]?.integer ?? 0 == 0 {
            try take(choice: choice, &answer, into: &deltas)
        }
        Self.takeUsage(chunk, &answer, into: &deltas)
        if !requiresDone, let finishReason { answer.finish(reason: finishReason, into: &deltas) }
    }

    private mutating func take(
        choice: JSONView, _ answer: inout AnswerState, into deltas: inout [AgentDelta]
    ) throws(AgentError) {
        if let delta = choice["delta"], delta.isObject {
            try checkRole(delta)
            try Self.takeReasoning(delta, &answer, into: &deltas)
            try Self.takeContent(delta, &answer, into: &deltas)
        }
        if let reason = choice["finish_reason"]?.string, !reason.isEmpty, finishReason == nil {
            guard reason != "error" else {
                throw AgentError(
                    code: .upstream, message: "the model ended its answer with an error", isRetryable: true)
            }
            finishReason = reason
        }
    }

    /// Checks that the answer has one beginning.
    ///
    /// A role opens an answer. Some servers repeat it in every chunk; where it comes again after chunks without one, a
    /// gateway has begun a second answer behind the first.
    private mutating func checkRole(_ delta: JSONView) throws(AgentError) {
        if let role = delta["role"], !role.isNull {
            if hasRole && hasDeltaWithoutRole { throw Malformed.splice }
            hasRole = true
        } else if delta["content"] != nil || delta["reasoning_content"] != nil || delta["reasoning"] != nil {
            hasDeltaWithoutRole = true
        }
    }

    /// Text: a string, a list of parts, or the refusal that takes its place.
    static func takeContent(
        _ message: JSONView, _ answer: inout AnswerState, into deltas: inout [AgentDelta]
    ) throws(AgentError) {
        if let content = message["content"] {
            try answer.takeText(content.stringBytes, into: &deltas)
            for part in content.elements {
                if part["type"]?.string == "thinking" {
                    for piece in part["thinking"]?.elements ?? [] {
                        try answer.takeReasoning(piece["text"]?.stringBytes, into: &deltas)
                    }
                } else {
                    try answer.takeText(part["text"]?.stringBytes, into: &deltas)
                }
            }
        }
        try answer.takeText(message["refusal"]?.stringBytes, into: &deltas)
    }

    /// Reasoning, under the first of its names that has any: some servers send it under both.
    static func takeReasoning(
        _ message: JSONView, _ answer: inout AnswerState, into deltas: inout [AgentDelta]
    ) throws(AgentError) {
        for name in ["reasoning_content", "reasoning"] {
            guard let bytes = message[name]?.stringBytes, !bytes.isEmpty else { continue }
            try answer.takeReasoning(bytes, into: &deltas)
            return
        }
    }

    static func takeUsage(_ value: JSONView, _ answer: inout AnswerState, into deltas: inout [AgentDelta]) {
        guard let usage = value["usage"], usage.isObject else { return }
        answer.takeUsage(
            input: usage["prompt_tokens"]?.integer, output: usage["completion_tokens"]?.integer, into: &deltas)
    }
}

/// Bytes that are not what a format allows.
enum Malformed {
    static func chunk(_ data: [UInt8]) -> AgentError {
        let quoted = UpstreamFailure.quoted(data) ?? "nothing"
        return AgentError(
            code: .malformed, message: "the model's stream holds what is not JSON: \(quoted)", isRetryable: true)
    }

    static let splice = AgentError(
        code: .malformed, message: "a second answer began inside the first: a gateway joined two streams",
        isRetryable: true)
}
