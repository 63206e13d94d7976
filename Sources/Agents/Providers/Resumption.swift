/// How one upstream lets an answer be taken up again.
protocol Resumption: Sendable {
    /// Where the answer can be taken up before anything of it has come; nil where its name is the upstream's to give.
    func firstPoint(_ context: AgentContext) -> ResumePoint?

    /// What the first request needs beside its own headers, so that the upstream keeps the answer.
    func headers(_ context: AgentContext) -> [UpstreamRequest.Header]

    /// The point after a batch of deltas; nil where there is none.
    func point(
        after batch: ExchangeState.Batch, _ context: AgentContext, textBytes: Int
    ) -> ResumePoint?

    /// Asks for what follows the point.
    func request(from point: ResumePoint, model: ModelConfiguration, key: String?) throws(AgentError) -> UpstreamRequest

    /// Reads what follows the point.
    func parser(from point: ResumePoint, model: ModelConfiguration) -> any AnswerParser

    /// Asks for the whole answer, where what follows the point is not to be had any more; nil where that is not to be
    /// had either.
    func wholeRequest(
        _ point: ResumePoint, model: ModelConfiguration, key: String?
    ) throws(AgentError) -> UpstreamRequest?

    /// Reads the whole answer.
    func wholeParser() -> any AnswerParser

    /// Tells the upstream that nobody wants the rest.
    func stopRequest(
        _ point: ResumePoint, model: ModelConfiguration, key: String?
    ) throws(AgentError) -> UpstreamRequest
}

/// llama-server keeps the stream of a request that names its conversation, and gives its bytes again from any offset.
struct LlamaServerResumption: Resumption {
    func firstPoint(_ context: AgentContext) -> ResumePoint? { point(context, position: 0, textBytes: 0) }

    func headers(_ context: AgentContext) -> [UpstreamRequest.Header] {
        // The name carries the attempt: a second request with the same one would cancel the first.
        [UpstreamRequest.Header(name: "X-Conversation-Id", value: context.idempotencyKey)]
    }

    func point(after batch: ExchangeState.Batch, _ context: AgentContext, textBytes: Int) -> ResumePoint? {
        batch.boundary.map { point(context, position: $0, textBytes: textBytes) }
    }

    func request(
        from point: ResumePoint, model: ModelConfiguration, key: String?
    ) throws(AgentError) -> UpstreamRequest {
        try request("GET", point, "&from=\(point.position)", model, key)
    }

    func parser(from point: ResumePoint, model: ModelConfiguration) -> any AnswerParser {
        EventStreamParser(OpenAIInterpreter(model), offset: Int(point.position))
    }

    func wholeRequest(
        _ point: ResumePoint, model: ModelConfiguration, key: String?
    ) throws(AgentError) -> UpstreamRequest? { nil }

    func wholeParser() -> any AnswerParser { WholeAnswerParser.openAI }

    func stopRequest(
        _ point: ResumePoint, model: ModelConfiguration, key: String?
    ) throws(AgentError) -> UpstreamRequest {
        try request("DELETE", point, "", model, key)
    }

    private func point(_ context: AgentContext, position: Int, textBytes: Int) -> ResumePoint {
        ResumePoint(
            kind: "llama_server", id: context.idempotencyKey, position: Int64(position), textBytes: textBytes)
    }

    /// The route stands at the server's root, beside `/v1/chat/completions`.
    private func request(
        _ method: String, _ point: ResumePoint, _ rest: String, _ model: ModelConfiguration, _ key: String?
    ) throws(AgentError) -> UpstreamRequest {
        // A session's name has no character that a query could misread but the slashes between the parts.
        let id = point.id.replacing("/", with: "%2F")
        var request = try UpstreamRequest(
            url: "\(try model.url("/v1/stream"))?conv_id=\(id)\(rest)", key: .bearer(key), body: [:],
            accepts: ["text/event-stream"])
        request.method = method
        return request
    }
}

/// OpenAI's responses run in the background, and count their events.
struct ResponsesResumption: Resumption {
    func firstPoint(_ context: AgentContext) -> ResumePoint? { nil }

    func headers(_ context: AgentContext) -> [UpstreamRequest.Header] { [] }

    func point(after batch: ExchangeState.Batch, _ context: AgentContext, textBytes: Int) -> ResumePoint? {
        guard let id = batch.id, let sequence = batch.sequence else { return nil }
        return ResumePoint(kind: "openai_responses", id: id, position: Int64(sequence), textBytes: textBytes)
    }

    func request(
        from point: ResumePoint, model: ModelConfiguration, key: String?
    ) throws(AgentError) -> UpstreamRequest {
        try request("GET", "\(point.id)?stream=true&starting_after=\(point.position)", model, key, "text/event-stream")
    }

    func parser(from point: ResumePoint, model: ModelConfiguration) -> any AnswerParser {
        EventStreamParser(ResponsesInterpreter())
    }

    func wholeRequest(
        _ point: ResumePoint, model: ModelConfiguration, key: String?
    ) throws(AgentError) -> UpstreamRequest? {
        try request("GET", point.id, model, key, "application/json")
    }

    func wholeParser() -> any AnswerParser { WholeAnswerParser.responses }

    func stopRequest(
        _ point: ResumePoint, model: ModelConfiguration, key: String?
    ) throws(AgentError) -> UpstreamRequest {
        try request("POST", "\(point.id)/cancel", model, key, "application/json")
    }

    private func request(
        _ method: String, _ path: String, _ model: ModelConfiguration, _ key: String?, _ type: String
    ) throws(AgentError) -> UpstreamRequest {
        var request = try UpstreamRequest(
            url: "\(try model.url("/responses"))/\(path)", key: .bearer(key), body: [:], accepts: [type])
        request.method = method
        return request
    }
}

extension UpstreamRequest.Header? {
    /// The header of a key, where there is one.
    static func bearer(_ key: String?) -> Self {
        key.map { UpstreamRequest.Header(name: "Authorization", value: "Bearer \($0)") }
    }
}
