import Events
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Agents

/// What was read of a stream, and how it ended.
struct Heard {
    var reading = Reading()
    var failure: (any Error)?

    var error: AgentError? { failure as? AgentError }
    var text: String { String(decoding: reading.text.joined(), as: UTF8.self) }

    static func all(of agent: any Agent, _ input: AgentInput = .question) async -> Heard {
        await all(of: agent.executeStream(input, .test))
    }

    static func all(of stream: some AsyncSequence<AgentDelta, any Error> & Sendable) async -> Heard {
        var heard = Heard()
        do {
            for try await delta in stream { heard.reading.take(delta) }
        } catch {
            heard.failure = error
        }
        return heard
    }
}

extension AgentInput {
    static let question = AgentInput(
        instructions: "be kind", turns: [Turn(role: "user", text: "你好")], material: "{\"total\":1}")
}

extension AgentContext {
    static var test: AgentContext {
        AgentContext(session: SessionID("s") ?? impossible(), run: Offset(2), node: "character_advisor", attempt: 1)
    }

    private static func impossible() -> SessionID { preconditionFailure("the name is valid") }
}

/// A model on a fake upstream.
func model(
    _ upstream: FakeUpstream, _ provider: Provider = .openAICompatible,
    _ change: (inout ModelConfiguration) -> Void = { _ in }
) -> ModelConfiguration {
    model(url: upstream.url + (provider == .openAICompatible ? "/v1" : ""), provider, change)
}

func model(
    url: String, _ provider: Provider = .openAICompatible, _ change: (inout ModelConfiguration) -> Void = { _ in }
) -> ModelConfiguration {
    var model = ModelConfiguration(
        name: "test", provider: provider, modelName: "m", baseURL: url, connectTimeout: .seconds(60),
        firstTokenTimeout: .seconds(120), idleTimeout: .seconds(120), totalTimeout: .seconds(300), retries: 0)
    change(&model)
    return model
}

func agent(_ model: ModelConfiguration, key: String? = nil) throws -> ModelAgent {
    ModelAgent(
        model: model, prompt: "", format: try ProviderFormats.format(of: model), key: key, connections: .shared,
        logger: Logger(label: "test"))
}

/// Counts down, for whoever comes last.
final class Countdown: Sendable {
    private let left: Mutex<Int>

    init(_ count: Int) { left = Mutex(count) }

    /// True for the caller that makes the count full.
    var isLast: Bool {
        left.withLock { left in
            left -= 1
            return left == 0
        }
    }
}

/// The bytes of short answers.
enum Wire {
    static func openAI(_ text: String) -> String {
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(text)\"},\"finish_reason\":null}]}\n\n"
    }

    static let openAIEnd =
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"

    static func anthropic(_ text: String) -> String {
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\","
            + "\"delta\":{\"type\":\"text_delta\",\"text\":\"\(text)\"}}\n\n"
    }

    static let anthropicEnd =
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n"
        + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"

    static func ollama(_ text: String) -> String { "{\"message\":{\"content\":\"\(text)\"},\"done\":false}\n" }

    static let ollamaEnd = "{\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n"
}

@Suite struct ModelStreamTests {
    @Test("Tokens are given one by one while the upstream still streams")
    func progressive() async throws {
        let gate = Gate()
        let upstream = try FakeUpstream([
            .head("text/event-stream"), .chunk(Wire.openAI("你")), .wait(gate), .chunk(Wire.openAI("好")),
            .chunk(Wire.openAIEnd), .end,
        ])
        var heard: [AgentDelta] = []
        for try await delta in try agent(model(upstream)).executeStream(.question, .test) {
            heard.append(delta)
            // The upstream sends the second token only after the first was seen here.
            if heard.count == 1 { gate.open() }
        }
        #expect(heard == [.text("你"), .text("好"), .finished(reason: "stop")])
    }

    @Test("Every provider streams", arguments: [Provider.openAICompatible, .anthropic, .ollama])
    func providers(_ provider: Provider) async throws {
        let (type, body): (String, [String]) =
            switch provider {
            case .anthropic:
                ("text/event-stream; charset=utf-8", [Wire.anthropic("你"), Wire.anthropic("好"), Wire.anthropicEnd])
            case .ollama: ("application/x-ndjson", [Wire.ollama("你"), Wire.ollama("好"), Wire.ollamaEnd])
            default: ("text/event-stream", [Wire.openAI("你"), Wire.openAI("好"), Wire.openAIEnd])
            }
        let upstream = try FakeUpstream([.head(type)] + body.map { .chunk($0) } + [.end])
        let heard = await Heard.all(of: try agent(model(upstream, provider)))
        #expect(heard.text == "你好")
        #expect(heard.reading.finish != nil)
        #expect(heard.failure == nil)
    }

    @Test("Every provider answers whole where it does not stream", arguments: Dialect.all)
    func whole(_ dialect: Dialect) async throws {
        let upstream = try FakeUpstream([.answer(dialect.whole)])
        let answer = try await agent(dialect.model(url: upstream.url) { $0.streaming = false }).execute(
            .question, .test)
        #expect(answer.text == "你好")
        #expect(!answer.finishReason.isEmpty)
        #expect(upstream.requests.count == 1)
        #expect(
            String(decoding: try #require(upstream.requests.first).body, as: UTF8.self).contains("\"stream\":false"))
    }

    @Test("Bytes that come one at a time make the same answer")
    func singleBytes() async throws {
        let body = Array((Wire.openAI("a👩‍🚀b") + Wire.openAI("🇫🇷") + Wire.openAIEnd).utf8)
        let upstream = try FakeUpstream([.head("text/event-stream")] + body.map { .chunk([$0]) } + [.end])
        let heard = await Heard.all(of: try agent(model(upstream)))
        #expect(heard.reading == Reading(["a👩‍🚀b", "🇫🇷"], finish: "stop"))
    }

    @Test("Many answers stream from one host at the same time")
    func concurrent() async throws {
        let gate = Gate()
        let count = 24
        let begun = Countdown(count)
        let upstream = try FakeUpstream([
            .head("text/event-stream"), .chunk(Wire.openAI("a")), .wait(gate), .chunk(Wire.openAIEnd), .end,
        ])
        let agent = try agent(model(upstream))
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<count {
                group.addTask {
                    var finished = false
                    do {
                        for try await delta in agent.executeStream(.question, .test) {
                            switch delta {
                            case .text:
                                // Nobody may end before everybody has begun.
                                if begun.isLast { gate.open() }
                            case .finished: finished = true
                            default: break
                            }
                        }
                    } catch {
                        Issue.record(error)
                    }
                    return finished
                }
            }
            for await finished in group { #expect(finished) }
        }
    }

    @Test("A finished answer's connection is used again")
    func keepAlive() async throws {
        let upstream = try FakeUpstream([
            .head("text/event-stream"), .chunk(Wire.openAI("a") + Wire.openAIEnd), .end,
        ])
        let connections = UpstreamConnections()
        let agent = ModelAgent(
            model: model(upstream), prompt: "", format: OpenAIFormat(), key: nil, connections: connections,
            logger: Logger(label: "test"))
        for _ in 0..<3 {
            let heard = await Heard.all(of: agent)
            #expect(heard.text == "a")
        }
        #expect(upstream.requests.count == 3)
        // The end of a body may reach the client a moment after the answer's own end.
        #expect(upstream.connections < 3)
        try await connections.shutdown()
    }

    @Test("Dropping the stream closes the upstream connection")
    func dropped() async throws {
        let upstream = try FakeUpstream([.head("text/event-stream"), .chunk(Wire.openAI("a")), .silence])
        for try await delta in try agent(model(upstream)).executeStream(.question, .test) {
            #expect(delta == .text("a"))
            break
        }
        await upstream.closed()
    }

    @Test("A reader that falls behind stops the upstream, and loses nothing")
    func slowReader() async throws {
        let text = String(repeating: "x", count: 60_000)
        let count = 40
        let upstream = try FakeUpstream(
            [.head("text/event-stream")] + (0..<count).map { _ in .chunk(Wire.openAI(text)) } + [
                .chunk(Wire.openAIEnd), .end,
            ])
        var heard = 0
        var finish: String?
        for try await delta in try agent(model(upstream)).executeStream(.question, .test) {
            if case .text(let piece) = delta { heard += piece.utf8.count }
            if case .finished(let reason) = delta { finish = reason }
            await Task.yield()
        }
        #expect(heard == count * text.utf8.count)
        #expect(finish == "stop")
    }
}
