public import Events

/// The format that a model is spoken to in, and by whom.
///
/// A name that this build does not know is kept, and is an error only when it is used.
public struct Provider: RawRepresentable, Sendable, Hashable {
    /// The name in the table.
    public let rawValue: String

    /// Takes any word, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The embedded composers: no key, no network.
    public static let local = Provider(rawValue: "local")
    /// OpenAI's chat completions, as vLLM, llama-server, OpenRouter, DeepSeek, Qwen and Ollama's `/v1` speak them too.
    public static let openAICompatible = Provider(rawValue: "openai_compatible")
    /// Anthropic's messages.
    public static let anthropic = Provider(rawValue: "anthropic")
    /// Ollama's own `/api/chat`.
    public static let ollama = Provider(rawValue: "ollama")

    /// Every provider of this build.
    public static let known: [Provider] = [.local, .openAICompatible, .anthropic, .ollama]

    /// The address where the row names none; nil where there is none.
    var defaultBaseURL: String? {
        switch self {
        case .openAICompatible: "https://api.openai.com/v1"
        case .anthropic: "https://api.anthropic.com"
        case .ollama: "http://127.0.0.1:11434"
        default: nil
        }
    }
}

/// A row of `llm_model_configs`: a model, where it runs and how it is called.
public struct ModelConfiguration: Sendable, Hashable {
    /// The row's name.
    public var name: String
    /// The format it is spoken to in.
    public var provider: Provider
    /// What the provider calls the model.
    public var modelName: String
    /// Nil: the provider's own address.
    public var baseURL: String?
    /// The environment variable that holds the key; the key itself is never stored.
    public var keyVariable: String?
    /// False where the answer comes whole.
    public var streaming: Bool
    /// False where it stands aside.
    public var isActive: Bool
    /// Nil: the provider's own.
    public var temperature: Double?
    /// The longest answer in tokens; nil: the provider's own.
    public var maximumTokens: Int?
    /// Until the request is on its way.
    public var connectTimeout: Duration
    /// From the start of the request to its first token; not used where the answer comes whole.
    public var firstTokenTimeout: Duration
    /// Between two tokens.
    public var idleTimeout: Duration
    /// For the whole answer.
    public var totalTimeout: Duration
    /// Further tries of one request, only before its first token.
    public var retries: Int
    /// The pace of delivery in characters a second; nil: natural.
    public var streamCharactersPerSecond: Double?
    /// Further members of the provider's request, and the parameters of this project that `Parameters` reads.
    public var parameters: [String: JSONValue]

    /// Takes the parts as they are.
    public init(
        name: String, provider: Provider, modelName: String, baseURL: String? = nil, keyVariable: String? = nil,
        streaming: Bool = true, isActive: Bool = true, temperature: Double? = nil, maximumTokens: Int? = nil,
        connectTimeout: Duration = .seconds(5), firstTokenTimeout: Duration = .seconds(60),
        idleTimeout: Duration = .seconds(30), totalTimeout: Duration = .seconds(600), retries: Int = 2,
        streamCharactersPerSecond: Double? = nil, parameters: [String: JSONValue] = [:]
    ) {
        self.name = name
        self.provider = provider
        self.modelName = modelName
        self.baseURL = baseURL
        self.keyVariable = keyVariable
        self.streaming = streaming
        self.isActive = isActive
        self.temperature = temperature
        self.maximumTokens = maximumTokens
        self.connectTimeout = connectTimeout
        self.firstTokenTimeout = firstTokenTimeout
        self.idleTimeout = idleTimeout
        self.totalTimeout = totalTimeout
        self.retries = retries
        self.streamCharactersPerSecond = streamCharactersPerSecond
        self.parameters = parameters
    }

    /// Pieces a second of a `local` model; 0, the default, does not slow it.
    public var tokensPerSecond: Double {
        let value = parameters["tokens_per_second"]?.double ?? 0
        return value.isFinite && value > 0 ? value : 0
    }

    /// True where the row says that the model can look at images.
    public var supportsVision: Bool { parameters["vision"] == .bool(true) }

    /// The form that is recorded: everything but secrets.
    public var json: JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(name), "provider": .string(provider.rawValue), "model_name": .string(modelName),
            "streaming": .bool(streaming), "connect_timeout_ms": .integer(connectTimeout.milliseconds),
            "first_token_timeout_ms": .integer(firstTokenTimeout.milliseconds),
            "idle_timeout_ms": .integer(idleTimeout.milliseconds),
            "total_timeout_ms": .integer(totalTimeout.milliseconds), "retries": .integer(Int64(retries)),
        ]
        members["base_url"] = baseURL.map(JSONValue.string)
        members["api_key_env"] = keyVariable.map(JSONValue.string)
        members["temperature"] = temperature.map(JSONValue.number)
        members["max_tokens"] = maximumTokens.map { .integer(Int64($0)) }
        members["stream_chars_per_second"] = streamCharactersPerSecond.map(JSONValue.number)
        if !parameters.isEmpty { members["params"] = Self.withoutSecrets(.object(parameters)) }
        return .object(members)
    }

    /// Secrets do not belong into the table; where somebody put one there it must not reach the log as well.
    private static func withoutSecrets(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members):
            .object(
                Dictionary(
                    uniqueKeysWithValues: members.map { key, member in
                        (key, isSecret(key) && member.string != nil ? .string("(hidden)") : withoutSecrets(member))
                    }))
        case .array(let elements): .array(elements.map(withoutSecrets))
        default: value
        }
    }

    private static func isSecret(_ key: String) -> Bool {
        let name = key.lowercased()
        return ["key", "secret", "password", "authorization", "token", "cookie"].contains { name.hasSuffix($0) }
    }
}
