internal import Events

/// `POST {base_url}/chat/completions`.
struct OpenAIFormat: ProviderFormat {
    func request(
        for question: Question, model: ModelConfiguration, key: String?
    ) throws(AgentError) -> UpstreamRequest {
        var messages: [JSONValue] = []
        if !question.instructions.isEmpty {
            messages.append(.message(role: "system", .string(question.instructions)))
        }
        for turn in question.turns.dropLast() {
            messages.append(.message(role: turn.role, .string(turn.text)))
        }
        messages.append(.message(role: "user", content(question)))

        var body: [String: JSONValue] = [
            "model": .string(model.modelName), "messages": .array(messages), "stream": .bool(model.streaming),
        ]
        if model.streaming { body["stream_options"] = .object(["include_usage": .bool(true)]) }
        body["temperature"] = model.temperature.map(JSONValue.number)
        // Newer models of OpenAI refuse `max_tokens`, and most other servers know nothing else.
        let maximum = model.parameters["max_tokens_field"]?.string ?? "max_tokens"
        body[maximum] = model.maximumTokens.map { .integer(Int64($0)) }
        if question.wantsJSON { body["response_format"] = .object(["type": .string("json_object")]) }
        return try UpstreamRequest(
            url: try model.url("/chat/completions"),
            key: .bearer(key),
            body: model.withParameters(body),
            accepts: [model.streaming ? "text/event-stream" : "application/json"])
    }

    func parser(for model: ModelConfiguration) -> any AnswerParser {
        guard model.streaming else { return WholeAnswerParser.openAI }
        return EventStreamParser(OpenAIInterpreter(model))
    }

    func resumption(for model: ModelConfiguration) -> (any Resumption)? {
        model.isResumable ? LlamaServerResumption() : nil
    }

    private func content(_ question: Question) -> JSONValue {
        let text = question.turns.last?.text ?? ""
        if question.images.isEmpty { return .string(text) }
        var parts: [JSONValue] = question.images.map { image in
            let url = "data:\(image.mediaType);base64,\(image.base64)"
            return .object(["type": .string("image_url"), "image_url": .object(["url": .string(url)])])
        }
        if !text.isEmpty { parts.append(.text(text)) }
        return .array(parts)
    }
}
