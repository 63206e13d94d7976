/// Reads an answer that comes as one JSON object.
struct WholeAnswerParser: AnswerParser {
    /// What one format's object means.
    typealias Interpret =
        @Sendable (JSONView, inout AnswerState, inout [AgentDelta]) throws(AgentError) -> Void

    private(set) var answer = AnswerState()

    private let interpret: Interpret
    private var body: [UInt8] = []

    init(_ interpret: @escaping Interpret) { self.interpret = interpret }

    mutating func feed(_ bytes: ArraySlice<UInt8>, into deltas: inout [AgentDelta]) throws(AgentError) {
        guard body.count + bytes.count <= AgentLimits.maximumBodyBytes else {
            throw AgentError(
                code: .limit, message: "the model's answer is longer than \(AgentLimits.maximumBodyBytes) bytes")
        }
        body.append(contentsOf: bytes)
    }

    mutating func end(into deltas: inout [AgentDelta]) throws(AgentError) {
        guard let object = JSONView(body), object.isObject else {
            let quoted = UpstreamFailure.quoted(body) ?? "nothing"
            throw AgentError(
                code: .malformed, message: "the model's answer is not a JSON object: \(quoted)", isRetryable: true)
        }
        answer.progressed()
        if let error = UpstreamFailure.of(object) { throw error }
        try interpret(object, &answer, &deltas)
    }

    /// OpenAI's answer.
    ///
    /// `{"choices":[{"message":{"content":…},"finish_reason":"stop"}],"usage":{…}}`
    static let openAI = WholeAnswerParser { object, answer, deltas throws(AgentError) in
        guard let choice = object["choices"]?.elements.first, let message = choice["message"] else {
            throw missing("choices")
        }
        guard let reason = choice["finish_reason"]?.string else { throw missing("finish_reason") }
        try OpenAIInterpreter.takeReasoning(message, &answer, into: &deltas)
        try OpenAIInterpreter.takeContent(message, &answer, into: &deltas)
        OpenAIInterpreter.takeUsage(object, &answer, into: &deltas)
        answer.finish(reason: reason, into: &deltas)
    }

    /// Anthropic's answer.
    ///
    /// `{"content":[{"type":"text","text":…}],"stop_reason":"end_turn","usage":{…}}`
    static let anthropic = WholeAnswerParser { object, answer, deltas throws(AgentError) in
        guard let content = object["content"] else { throw missing("content") }
        guard let reason = object["stop_reason"]?.string else { throw missing("stop_reason") }
        for block in content.elements { try AnthropicInterpreter.takeBlock(block, &answer, into: &deltas) }
        AnthropicInterpreter.takeUsage(object, &answer, into: &deltas)
        answer.finish(reason: reason, into: &deltas)
    }

    private static func missing(_ member: String) -> AgentError {
        AgentError(code: .malformed, message: "the model's answer has no \(member)", isRetryable: true)
    }
}
