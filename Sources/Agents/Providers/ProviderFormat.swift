internal import Events

/// How one provider is asked and how its answers are read.
protocol ProviderFormat: Sendable {
    /// The request for an answer.
    func request(for question: Question, model: ModelConfiguration, key: String?) throws(AgentError) -> UpstreamRequest

    /// Reads the answer to that request.
    func parser(for model: ModelConfiguration) -> any AnswerParser

    /// How an answer is taken up again; nil where it cannot be.
    func resumption(for model: ModelConfiguration) -> (any Resumption)?
}

extension ProviderFormat {
    func resumption(for model: ModelConfiguration) -> (any Resumption)? { nil }
}

/// An HTTP request, as a value.
struct UpstreamRequest: Sendable, Hashable {
    var method = "POST"
    var url: String
    var headers: [Header]
    var body: [UInt8]
    /// The media types that the answer may have.
    var accepts: [String]

    struct Header: Sendable, Hashable {
        var name: String
        var value: String
    }

    /// - Parameter body: the request's members; the row's parameters are merged into them.
    init(
        url: String, key: Header?, extra: [Header] = [], body: [String: JSONValue], accepts: [String]
    ) throws(AgentError) {
        self.url = url
        self.accepts = accepts
        headers =
            [
                Header(name: "Content-Type", value: "application/json"),
                Header(name: "Accept", value: accepts.joined(separator: ", ")),
                Header(name: "Accept-Encoding", value: "identity"), Header(name: "User-Agent", value: "playhead"),
            ] + extra + (key.map { [$0] } ?? [])
        // A request without members has no body.
        if body.isEmpty {
            self.body = []
            return
        }
        do { self.body = Array(try JSONValue.object(body).text.utf8) } catch {
            throw AgentError(code: .misconfigured, message: "the model's parameters cannot be sent: \(error)")
        }
    }
}

/// The formats by provider.
enum ProviderFormats {
    static func format(of model: ModelConfiguration) throws(AgentError) -> any ProviderFormat {
        switch model.provider {
        case .openAICompatible:
            return model.parameters["api"]?.string == "responses" ? ResponsesFormat() : OpenAIFormat()
        case .anthropic: return AnthropicFormat()
        case .ollama: return OllamaFormat()
        case .local:
            throw AgentError(
                code: .misconfigured,
                message: "model \(model.name) stands for the node's own calculation and writes no text",
                hint: "assign an agent whose model can")
        default:
            throw AgentError(code: .misconfigured, message: "the provider \(model.provider.rawValue) is unknown")
        }
    }
}

extension ModelConfiguration {
    /// Parameters that this project reads itself.
    private static let own: Set<String> = [
        "tokens_per_second", "done_marker", "max_tokens_field", "api", "resumable", "vision",
    ]
    /// Members that belong to a request itself and to columns of their own.
    private static let fixed: Set<String> = [
        "model", "messages", "stream", "system", "input", "background", "store",
    ]

    /// The row's parameters laid over the members of a request: null takes a member away, objects are merged.
    func withParameters(_ body: [String: JSONValue]) -> [String: JSONValue] {
        var body = body
        for (name, value) in parameters where !Self.own.contains(name) && !Self.fixed.contains(name) {
            switch (body[name], value) {
            case (_, .null): body[name] = nil
            case (.object(let old)?, .object(let new)): body[name] = .object(old.merging(new) { $1 })
            default: body[name] = value
            }
        }
        return body
    }

    /// True where the row says that its server keeps an answer that nobody reads.
    var isResumable: Bool { streaming && parameters["resumable"] == .bool(true) }

    /// `base_url` and a path; a base that already ends with the path's first parts is not given them again.
    func url(_ path: String) throws(AgentError) -> String {
        guard var base = baseURL ?? provider.defaultBaseURL else {
            throw AgentError(code: .misconfigured, message: "model \(name) has no base_url")
        }
        while base.hasSuffix("/") { base.removeLast() }
        if base.hasSuffix(path) { return base }
        let first = path.split(separator: "/").first.map { "/\($0)" } ?? ""
        return base.hasSuffix(first) ? base + path.dropFirst(first.count) : base + path
    }
}

extension JSONValue {
    /// One message of a request.
    static func message(role: String, _ content: JSONValue) -> JSONValue {
        .object(["role": .string(role), "content": content])
    }

    /// A text among the parts of a message.
    static func text(_ text: String) -> JSONValue {
        .object(["type": .string("text"), "text": .string(text)])
    }
}
