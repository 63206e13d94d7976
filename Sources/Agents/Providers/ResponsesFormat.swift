internal import Events

/// `POST {base_url}/responses`: OpenAI's newer API, chosen by `{"api":"responses"}` in the row's parameters.
///
/// With `"resumable":true` the answer is made in the background, so that it can be taken up again.
struct ResponsesFormat: ProviderFormat {
    func request(
        for question: Question, model: ModelConfiguration, key: String?
    ) throws(AgentError) -> UpstreamRequest {
        var input: [JSONValue] = []
        for turn in question.turns.dropLast() { input.append(.message(role: turn.role, .string(turn.text))) }
        input.append(.message(role: "user", content(question)))
        var body: [String: JSONValue] = [
            "model": .string(model.modelName), "input": .array(input), "stream": .bool(model.streaming),
        ]
        if !question.instructions.isEmpty { body["instructions"] = .string(question.instructions) }
        body["temperature"] = model.temperature.map(JSONValue.number)
        body["max_output_tokens"] = model.maximumTokens.map { .integer(Int64($0)) }
        if question.wantsJSON {
            body["text"] = .object(["format": .object(["type": .string("json_object")])])
        }
        body = model.withParameters(body)
        // What is not kept cannot be taken up again.
        if model.isResumable { body.merge(["background": .bool(true), "store": .bool(true)]) { $1 } }
        return try UpstreamRequest(
            url: try model.url("/responses"), key: .bearer(key), body: body,
            accepts: [model.streaming ? "text/event-stream" : "application/json"])
    }

    func parser(for model: ModelConfiguration) -> any AnswerParser {
        guard model.streaming else { return WholeAnswerParser.responses }
        return EventStreamParser(ResponsesInterpreter())
    }

    func resumption(for model: ModelConfiguration) -> (any Resumption)? {
        model.isResumable ? ResponsesResumption() : nil
    }

    private func content(_ question: Question) -> JSONValue {
        let text = question.turns.last?.text ?? ""
        if question.images.isEmpty { return .string(text) }
        var parts: [JSONValue] = question.images.map { image in
            let url = "data:\(image.mediaType);base64,\(image.base64)"
            return .object(["type": .string("input_image"), "image_url": .string(url)])
        }
        if !text.isEmpty { parts.append(.object(["type": .string("input_text"), "text": .string(text)])) }
        return .array(parts)
    }
}
