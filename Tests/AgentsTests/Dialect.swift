import Events
import TestSupport
import Testing

@testable import Agents

/// One provider's way to say the same things.
struct Dialect: Sendable, CustomTestStringConvertible {
    var name: String
    var provider: Provider
    var type: String
    var parameters: [String: JSONValue] = [:]
    /// What opens an answer, and what must not come twice in one; empty where the format has no such thing.
    var start: String
    /// A delta of a JSON string's inner bytes.
    var token: @Sendable ([UInt8]) -> [UInt8]
    var end: String
    var error: String
    var keepAlive: String
    /// The answer that comes whole.
    var whole: String

    var testDescription: String { name }

    func token(_ json: String) -> [UInt8] { token(Array(json.utf8)) }

    static let all: [Dialect] = [
        Dialect(
            name: "chat completions", provider: .openAICompatible, type: "text/event-stream",
            start: "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n",
            token: around("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"", "\"}}]}\n\n"),
            end: Wire.openAIEnd, error: "data: {\"error\":{\"message\":\"boom\"}}\n\n", keepAlive: ": hb\n\n",
            whole: "{\"choices\":[{\"message\":{\"content\":\"你好\"},\"finish_reason\":\"stop\"}]}"),
        Dialect(
            name: "responses", provider: .openAICompatible, type: "text/event-stream",
            parameters: ["api": .string("responses")],
            start: "data: {\"type\":\"response.created\",\"response\":{\"id\":\"r%\"}}\n\n",
            token: around("data: {\"type\":\"response.output_text.delta\",\"delta\":\"", "\"}\n\n"),
            end: "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}\n\n",
            error: "data: {\"type\":\"error\",\"message\":\"boom\"}\n\n", keepAlive: ": hb\n\n",
            whole: "{\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":"
                + "[{\"type\":\"output_text\",\"text\":\"你好\"}]}]}"),
        Dialect(
            name: "anthropic", provider: .anthropic, type: "text/event-stream",
            start: "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n\n",
            token: around(
                "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\","
                    + "\"text\":\"", "\"}}\n\n"),
            end: Wire.anthropicEnd,
            error:
                "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"boom\"}}\n\n",
            keepAlive: "event: ping\ndata: {\"type\":\"ping\"}\n\n",
            whole: "{\"content\":[{\"type\":\"text\",\"text\":\"你好\"}],\"stop_reason\":\"end_turn\"}"),
        Dialect(
            name: "ollama", provider: .ollama, type: "application/x-ndjson", start: "",
            token: around("{\"message\":{\"role\":\"assistant\",\"content\":\"", "\"},\"done\":false}\n"),
            end: Wire.ollamaEnd, error: "{\"error\":\"boom\"}\n", keepAlive: "\n",
            whole: "{\"message\":{\"content\":\"你好\"},\"done\":true,\"done_reason\":\"stop\"}"),
    ]

    private static func around(_ before: String, _ after: String) -> @Sendable ([UInt8]) -> [UInt8] {
        { Array(before.utf8) + $0 + Array(after.utf8) }
    }

    /// The opening of an answer of that number.
    func start(_ number: Int) -> String { start.replacing("%", with: "\(number)") }

    func model(url: String, _ change: (inout ModelConfiguration) -> Void = { _ in }) -> ModelConfiguration {
        var model = AgentsTests.model(url: url + (provider == .openAICompatible ? "/v1" : ""), provider)
        model.parameters = parameters
        change(&model)
        return model
    }

    /// Has a model on that server answer.
    func hear(
        _ steps: [FakeUpstream.Step], _ change: (inout ModelConfiguration) -> Void = { _ in }
    ) async throws -> Heard {
        let upstream = try FakeUpstream(steps)
        let heard = await Heard.all(of: try agent(model(url: upstream.url, change)))
        upstream.stop()
        return heard
    }

    var head: FakeUpstream.Step { .head(type) }
}
