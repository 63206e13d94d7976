import Events
import Testing

@testable import Agents

/// What is sent to each provider.
@Suite struct RequestTests {
    private static let image = AgentInput.Image(mediaType: "image/png", bytes: [0x89, 0x50, 0x4E])
    private static let conversation = AgentInput(
        instructions: "be kind",
        turns: [
            .init(role: "assistant", text: "hello"), .init(role: "user", text: "first"),
            .init(role: "assistant", text: "yes"),
            .init(role: "user", text: ""), .init(role: "user", text: "second"),
        ], material: "{\"total\":1}")

    @Test("OpenAI: messages, usage asked for, bearer key")
    func openAI() throws {
        let request = try request(.openAICompatible, key: "k") {
            $0.temperature = 0.5
            $0.maximumTokens = 100
        }
        #expect(request.url == "http://host/v1/chat/completions")
        #expect(request.header("Authorization") == "Bearer k")
        #expect(request.header("Accept") == "text/event-stream")
        #expect(
            try request.json
                == .parse(
                    """
                    {"model":"m","stream":true,"stream_options":{"include_usage":true},"temperature":0.5,"max_tokens":100,
                    "messages":[
                    {"role":"system","content":"be kind"},{"role":"user","content":"first"},
                    {"role":"assistant","content":"yes"},
                    {"role":"user","content":"second\\n\\n<facts>\\n{\\"total\\":1}\\n</facts>"}]}
                    """))
    }

    @Test("OpenAI: images and JSON")
    func openAIImages() throws {
        var input = AgentInput(
            instructions: "", turns: [.init(role: "user", text: "read")], material: "", images: [Self.image])
        input.wantsJSON = true
        let request = try request(.openAICompatible, input: input) { $0.streaming = false }
        let json = try request.json
        #expect(json["response_format"]?["type"]?.string == "json_object")
        #expect(json["stream_options"] == nil)
        #expect(request.header("Authorization") == nil)
        guard case .array(let messages)? = json["messages"], case .array(let parts)? = messages.last?["content"] else {
            Issue.record("the content is no list")
            return
        }
        #expect(messages.first?["content"]?.string?.contains("JSON") == true)
        #expect(parts.first?["image_url"]?["url"]?.string == "data:image/png;base64,iVBO")
        #expect(parts.last?["text"]?.string == "read")
    }

    @Test("OpenAI's responses: instructions apart, images, JSON and its own name for the limit")
    func responses() throws {
        let input = AgentInput(
            instructions: "s", turns: [.init(role: "user", text: "read")], material: "", images: [Self.image],
            wantsJSON: true)
        let request = try request(.openAICompatible, input: input, key: "k") {
            $0.maximumTokens = 7
            $0.parameters = ["api": .string("responses"), "store": .bool(false)]
        }
        let json = try request.json
        #expect(request.url == "http://host/v1/responses")
        #expect(request.header("Authorization") == "Bearer k")
        #expect(json["max_output_tokens"]?.integer == 7)
        #expect(json["instructions"]?.string?.hasPrefix("s") == true)
        #expect(json["text"]?["format"]?["type"]?.string == "json_object")
        #expect(json["background"] == nil)
        guard case .array(let turns)? = json["input"], case .array(let parts)? = turns.last?["content"] else {
            Issue.record("the content is no list")
            return
        }
        #expect(parts.first?["image_url"]?.string == "data:image/png;base64,iVBO")
        #expect(parts.last?["text"]?.string == "read")
    }

    @Test("Anthropic: system apart, a token limit always, key and version headers")
    func anthropic() throws {
        let request = try request(.anthropic, key: "k")
        #expect(request.url == "http://host/v1/messages")
        #expect(request.header("x-api-key") == "k")
        #expect(request.header("anthropic-version") == "2023-06-01")
        #expect(
            try request.json
                == .parse(
                    """
                    {"model":"m","stream":true,"max_tokens":4096,"system":"be kind","messages":[
                    {"role":"user","content":"first"},{"role":"assistant","content":"yes"},
                    {"role":"user","content":"second\\n\\n<facts>\\n{\\"total\\":1}\\n</facts>"}]}
                    """))
    }

    @Test("Anthropic: images, and JSON by instruction")
    func anthropicImages() throws {
        let input = AgentInput(
            instructions: "s", turns: [.init(role: "user", text: "read")], material: "{}", images: [Self.image],
            wantsJSON: true)
        let json = try request(.anthropic, input: input).json
        guard case .array(let messages)? = json["messages"], case .array(let blocks)? = messages.last?["content"] else {
            Issue.record("the content is no list")
            return
        }
        #expect(blocks.first?["source"]?["data"]?.string == "iVBO")
        #expect(blocks.first?["source"]?["media_type"]?.string == "image/png")
        #expect(blocks.last?["text"]?.string == "read")
        #expect(json["system"]?.string?.contains("one JSON object") == true)
    }

    @Test("Ollama: options, images and JSON")
    func ollama() throws {
        let input = AgentInput(
            instructions: "s", turns: [.init(role: "user", text: "read")], material: "", images: [Self.image],
            wantsJSON: true)
        let request = try request(.ollama, input: input) {
            $0.temperature = 0
            $0.maximumTokens = 9
            $0.parameters = ["options": .object(["num_ctx": .integer(8192)]), "keep_alive": .string("5m")]
        }
        let json = try request.json
        #expect(request.url == "http://host/api/chat")
        #expect(json["format"]?.string == "json")
        #expect(json["keep_alive"]?.string == "5m")
        #expect(json["options"]?["num_predict"]?.integer == 9)
        #expect(json["options"]?["num_ctx"]?.integer == 8192)
        #expect(json["options"]?["temperature"]?.double == 0)
        guard case .array(let messages)? = json["messages"] else {
            Issue.record("there are no messages")
            return
        }
        #expect(messages.last?["images"] == .array([.string("iVBO")]))
    }

    @Test("Parameters of the row are sent, own ones are not, null takes a member away, the request's own stay")
    func parameters() throws {
        let json = try request(.openAICompatible) {
            $0.maximumTokens = 5
            $0.parameters = [
                "top_p": .number(0.25), "stream_options": .null, "tokens_per_second": .integer(3),
                "model": .string("x"),
                "max_tokens_field": .string("max_completion_tokens"), "stream": .bool(false),
            ]
        }.json
        #expect(json["top_p"]?.double == 0.25)
        #expect(json["stream_options"] == nil)
        #expect(json["tokens_per_second"] == nil)
        #expect(json["max_tokens_field"] == nil)
        #expect(json["max_tokens"] == nil)
        #expect(json["max_completion_tokens"]?.integer == 5)
        #expect(json["model"]?.string == "m")
        #expect(json["stream"] == .bool(true))
    }

    @Test("A base address may end with a slash, the version or the whole path")
    func addresses() throws {
        for (base, provider, expected) in [
            ("http://host/v1/", Provider.openAICompatible, "http://host/v1/chat/completions"),
            ("http://host", .openAICompatible, "http://host/chat/completions"),
            ("http://host/v1/chat/completions", .openAICompatible, "http://host/v1/chat/completions"),
            ("https://host", .anthropic, "https://host/v1/messages"),
            ("https://host/v1", .anthropic, "https://host/v1/messages"),
            ("http://host:11434/api", .ollama, "http://host:11434/api/chat"),
        ] {
            #expect(try request(provider) { $0.baseURL = base }.url == expected)
        }
        #expect(try request(.openAICompatible) { $0.baseURL = nil }.url == "https://api.openai.com/v1/chat/completions")
        #expect(try request(.anthropic) { $0.baseURL = nil }.url == "https://api.anthropic.com/v1/messages")
        #expect(try request(.ollama) { $0.baseURL = nil }.url == "http://127.0.0.1:11434/api/chat")
    }

    @Test("Too many images are refused before anything is sent")
    func tooManyImages() {
        let images = Array(repeating: Self.image, count: AgentLimits.maximumImages + 1)
        let input = AgentInput(instructions: "", turns: [], material: "", images: images)
        #expect(throws: AgentError.self) { try Question(input, prompt: "") }
    }

    @Test("The agent's prompt stands in where the input brings none")
    func prompt() throws {
        let input = AgentInput(instructions: "", turns: [.init(role: "user", text: "x")], material: "")
        #expect(try Question(input, prompt: "be kind").instructions == "be kind")
        #expect(try Question(Self.conversation, prompt: "other").instructions == "be kind")
    }

    private func request(
        _ provider: Provider, input: AgentInput = conversation, key: String? = nil,
        _ change: (inout ModelConfiguration) -> Void = { _ in }
    ) throws -> UpstreamRequest {
        var model = ModelConfiguration(name: "n", provider: provider, modelName: "m", baseURL: "http://host")
        if provider == .openAICompatible { model.baseURL = "http://host/v1" }
        change(&model)
        return try ProviderFormats.format(of: model).request(
            for: try Question(input, prompt: ""), model: model, key: key)
    }
}

extension UpstreamRequest {
    fileprivate var json: JSONValue {
        get throws { try .parse(String(decoding: body, as: UTF8.self)) }
    }

    fileprivate func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
