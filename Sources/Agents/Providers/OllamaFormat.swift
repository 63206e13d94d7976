internal import Events

/// `POST {base_url}/api/chat`.
struct OllamaFormat: ProviderFormat {
    func request(
        for question: Question, model: ModelConfiguration, key: String?
    ) throws(AgentError) -> UpstreamRequest {
        var messages: [JSONValue] = []
        if !question.instructions.isEmpty {
            messages.append(.message(role: "system", .string(question.instructions)))
        }
        for turn in question.turns {
            messages.append(.message(role: turn.role, .string(turn.text)))
        }
        if !question.images.isEmpty, case .object(var last)? = messages.popLast() {
            last["images"] = .array(question.images.map { .string($0.base64) })
            messages.append(.object(last))
        }

        var options: [String: JSONValue] = [:]
        options["temperature"] = model.temperature.map(JSONValue.number)
        options["num_predict"] = model.maximumTokens.map { .integer(Int64($0)) }
        var body: [String: JSONValue] = [
            "model": .string(model.modelName), "messages": .array(messages), "stream": .bool(model.streaming),
            "options": .object(options),
        ]
        if question.wantsJSON { body["format"] = .string("json") }
        return try UpstreamRequest(
            url: try model.url("/api/chat"),
            key: .bearer(key),
            body: model.withParameters(body),
            accepts: model.streaming ? ["application/x-ndjson", "application/json"] : ["application/json"])
    }

    func parser(for model: ModelConfiguration) -> any AnswerParser {
        OllamaParser(isStreaming: model.streaming)
    }
}
