internal import Events

/// `POST {base_url}/v1/messages`.
struct AnthropicFormat: ProviderFormat {
    /// The API demands a limit; this one stands where the row has none.
    private static let defaultMaximumTokens = 4096

    func request(
        for question: Question, model: ModelConfiguration, key: String?
    ) throws(AgentError) -> UpstreamRequest {
        var messages: [JSONValue] = []
        for turn in question.turns.dropLast() {
            messages.append(.message(role: turn.role, .string(turn.text)))
        }
        messages.append(.message(role: "user", content(question)))

        var body: [String: JSONValue] = [
            "model": .string(model.modelName), "messages": .array(messages), "stream": .bool(model.streaming),
            "max_tokens": .integer(Int64(model.maximumTokens ?? Self.defaultMaximumTokens)),
        ]
        if !question.instructions.isEmpty { body["system"] = .string(question.instructions) }
        body["temperature"] = model.temperature.map(JSONValue.number)
        return try UpstreamRequest(
            url: try model.url("/v1/messages"),
            key: key.map { UpstreamRequest.Header(name: "x-api-key", value: $0) },
            extra: [UpstreamRequest.Header(name: "anthropic-version", value: "2023-06-01")],
            body: model.withParameters(body),
            accepts: [model.streaming ? "text/event-stream" : "application/json"])
    }

    func parser(for model: ModelConfiguration) -> any AnswerParser {
        guard model.streaming else { return WholeAnswerParser.anthropic }
        return EventStreamParser(AnthropicInterpreter())
    }

    private func content(_ question: Question) -> JSONValue {
        let text = question.turns.last?.text ?? ""
        if question.images.isEmpty { return .string(text) }
        var blocks: [JSONValue] = question.images.map { image in
            .object([
                "type": .string("image"),
                "source": .object([
                    "type": .string("base64"), "media_type": .string(image.mediaType), "data": .string(image.base64),
                ]),
            ])
        }
        if !text.isEmpty { blocks.append(.text(text)) }
        return .array(blocks)
    }
}
