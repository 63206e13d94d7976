import Events
import Logging
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

    var testDescription: String { name }

    func token(_ json: String) -> [UInt8] { token(Array(json.utf8)) }

    static let all: [Dialect] = [
        Dialect(
            name: "chat completions", provider: .openAICompatible, type: "text/event-stream",
            start: "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n",
            token: around("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"", "\"}}]}\n\n"),
            end: Wire.openAIEnd, error: "data: {\"error\":{\"message\":\"boom\"}}\n\n", keepAlive: ": hb\n\n"),
        Dialect(
            name: "responses", provider: .openAICompatible, type: "text/event-stream",
            parameters: ["api": .string("responses")],
            start: "data: {\"type\":\"response.created\",\"response\":{\"id\":\"r%\"}}\n\n",
            token: around("data: {\"type\":\"response.output_text.delta\",\"delta\":\"", "\"}\n\n"),
            end: "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}\n\n",
            error: "data: {\"type\":\"error\",\"message\":\"boom\"}\n\n", keepAlive: ": hb\n\n"),
        Dialect(
            name: "anthropic", provider: .anthropic, type: "text/event-stream",
            start: "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n\n",
            token: around(
                "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\","
                    + "\"text\":\"", "\"}}\n\n"),
            end: Wire.anthropicEnd,
            error:
                "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"boom\"}}\n\n",
            keepAlive: "event: ping\ndata: {\"type\":\"ping\"}\n\n"),
        Dialect(
            name: "ollama", provider: .ollama, type: "application/x-ndjson", start: "",
            token: around("{\"message\":{\"role\":\"assistant\",\"content\":\"", "\"},\"done\":false}\n"),
            end: Wire.ollamaEnd, error: "{\"error\":\"boom\"}\n", keepAlive: "\n"),
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

/// Every failure with every provider's format, on a real port.
@Suite struct FailureMatrixTests {
    struct Failing: Sendable, CustomTestStringConvertible {
        var title: String
        var steps: @Sendable (Dialect) -> [FakeUpstream.Step]
        var code: AgentError.Code
        var text = ""
        var isRetryable = false
        var words = ""
        var change: @Sendable (inout ModelConfiguration) -> Void = { _ in }

        var testDescription: String { title }
    }

    static let all: [Failing] = [
        Failing(
            title: "400", steps: { _ in [.answer("{\"error\":{\"message\":\"no\"}}", status: "400 Bad Request")] },
            code: .upstream, words: "400: no"),
        Failing(
            title: "429", steps: { _ in [.answer("{\"error\":{\"message\":\"slow\"}}", status: "429 Too Many")] },
            code: .overloaded, isRetryable: true, words: "429: slow"),
        Failing(
            title: "500", steps: { _ in [.answer("oops", type: "text/plain", status: "500 Error")] }, code: .upstream,
            isRetryable: true, words: "500: oops"),
        Failing(
            title: "HTML under 200", steps: { _ in [.answer("<html>Login</html>", type: "text/html")] },
            code: .malformed, isRetryable: true, words: "text/html"),
        Failing(
            title: "silence before the head", steps: { _ in [.silence] }, code: .timeout, isRetryable: true,
            words: "first token timeout of 120 ms", change: { $0.firstTokenTimeout = .milliseconds(120) }),
        Failing(
            title: "silence before the first token",
            steps: { [$0.head, .chunk($0.start(1) + $0.keepAlive), .silence] }, code: .timeout, isRetryable: true,
            words: "first token timeout of 120 ms", change: { $0.firstTokenTimeout = .milliseconds(120) }),
        Failing(
            title: "silence between tokens",
            steps: { [$0.head, .chunk($0.start(1)), .chunk($0.token("a")), .chunk($0.keepAlive), .silence] },
            code: .timeout, text: "a", words: "idle timeout of 120 ms",
            change: { $0.idleTimeout = .milliseconds(120) }),
        Failing(
            title: "tokens without end",
            steps: { [$0.head, .chunk($0.start(1)), .chunk($0.token("a")), .drip(chunked($0.token("")))] },
            code: .timeout, text: "a", words: "total timeout of 1500 ms",
            change: { $0.totalTimeout = .milliseconds(1500) }),
        Failing(
            title: "an error object before the first token", steps: { [$0.head, .chunk($0.error), .silence] },
            code: .upstream, isRetryable: true, words: "boom"),
        Failing(
            title: "an error object among the tokens",
            steps: { [$0.head, .chunk($0.start(1)), .chunk($0.token("a") + Array($0.error.utf8)), .silence] },
            code: .upstream, text: "a", words: "boom"),
        Failing(
            title: "a cut", steps: { [$0.head, .chunk($0.start(1)), .chunk($0.token("a")), .close] },
            code: .interrupted, text: "a", words: "cut"),
        Failing(
            title: "a clean end without the terminal event",
            steps: { [$0.head, .chunk($0.start(1)), .chunk($0.token("a")), .end] }, code: .interrupted, text: "a"),
        Failing(
            title: "a line without end", steps: { [$0.head, .forever(chunked([UInt8](repeating: 120, count: 8192)))] },
            code: .limit, words: "line"),
        Failing(
            title: "an answer without end",
            steps: { dialect in
                [dialect.head, .forever(chunked(dialect.token(String(repeating: "y", count: 64_000))))]
            }, code: .limit,
            text: String(repeating: "y", count: AgentLimits.maximumAnswerBytes / 64_000 * 64_000),
            words: "longer than"),
    ]

    @Test(
        "Every failure has its code, keeps the text before it, and is retryable only before it", arguments: Dialect.all,
        all)
    func failing(_ dialect: Dialect, _ example: Failing) async throws {
        let heard = try await dialect.hear(example.steps(dialect), example.change)
        let error = try #require(heard.error, "\(String(describing: heard.failure))")
        #expect(error.code == example.code, "\(error)")
        #expect(error.isRetryable == example.isRetryable, "\(error)")
        #expect(error.message.contains(example.words), "\(error)")
        #expect(heard.text == example.text)
        #expect(heard.reading.finish == nil)
    }

    @Test("A second beginning inside an answer is an error", arguments: Dialect.all.filter { !$0.start.isEmpty })
    func splice(_ dialect: Dialect) async throws {
        let heard = try await dialect.hear([
            dialect.head, .chunk(dialect.start(1)), .chunk(dialect.token("A") + Array(dialect.start(2).utf8)),
            .chunk(dialect.token("B")), .chunk(dialect.end), .end,
        ])
        #expect(heard.error?.code == .malformed)
        #expect(heard.text == "A")
    }

    @Test("What is not Unicode is replaced and told, and the answer goes on", arguments: Dialect.all)
    func repaired(_ dialect: Dialect) async throws {
        for bytes in [[0x61, 0xFF, 0x62], Array("a\\ud83eb".utf8)] as [[UInt8]] {
            let heard = try await dialect.hear([
                dialect.head, .chunk(dialect.start(1)), .chunk(dialect.token(bytes)), .chunk(dialect.token("c")),
                .chunk(dialect.end), .end,
            ])
            #expect(heard.failure == nil)
            #expect(heard.text == "a\u{FFFD}bc")
            #expect(heard.reading.repairs == 1)
        }
    }

    @Test("A refused connection, and one that is never made, end in time", arguments: Dialect.all)
    func unreachable(_ dialect: Dialect) async throws {
        let refused = try await Heard.all(
            of: agent(dialect.model(url: "http://127.0.0.1:\(try FakeUpstream.deadPort())")))
        #expect(refused.error?.code == .unreachable)
        #expect(refused.error?.message.contains("connection refused") == true)
        let full = try FullPort()
        let hanging = try await Heard.all(
            of: agent(dialect.model(url: full.url) { $0.connectTimeout = .milliseconds(150) }))
        #expect(hanging.error?.message == "the connect timeout of 150 ms is over")
        #expect(hanging.error?.isRetryable == true)
    }

    @Test(
        "Retry-After is waited for, and the request is made again, before the first token only", arguments: Dialect.all)
    func retried(_ dialect: Dialect) async throws {
        for status in ["429 Too Many", "503 Busy", "500 Error"] {
            let upstream = try FakeUpstream { request in
                if request.number < 3 { return [.answer("{}", status: status, headers: "retry-after-ms: 20\r\n")] }
                return [dialect.head, .chunk(dialect.token("a")), .close]
            }
            let start = ContinuousClock.now
            let heard = await Heard.all(
                of: RetryingAgent(
                    try agent(dialect.model(url: upstream.url)),
                    policy: RetryPolicy(retries: 5, firstDelay: .seconds(60)), logger: Logger(label: "test")))
            #expect(ContinuousClock.now - start >= .milliseconds(40))
            #expect(heard.text == "a")
            #expect(heard.error?.code == .interrupted)
            #expect(upstream.requests.count == 3)
        }
    }

    private static func chunked(_ bytes: [UInt8]) -> [UInt8] {
        Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
    }
}

/// Text of every script through every provider, cut where it must survive.
@Suite struct UnicodeTests {
    static let texts = [
        "👩‍🚀👨‍👩‍👧‍👦", "🇫🇷🇨🇳", "👍🏽👩🏿‍🔬", "e\u{301}a\u{308}\u{323}o\u{302}", "你好，世界", "مرحبا بالعالم", "नमस्ते दुनिया", "สวัสดีชาวโลก",
        "한국어", "a\u{2028}b\u{0}c",
    ]

    @Test(
        "A delta for each scalar, and bytes that come one by one, give the text byte for byte", arguments: Dialect.all)
    func scalars(_ dialect: Dialect) async throws {
        let text = Self.texts.joined()
        let deltas = text.unicodeScalars.map(String.init)
        let body =
            Array(dialect.start(1).utf8)
            + deltas.flatMap { dialect.token($0 == "\u{0}" ? "\\u0000" : $0) } + Array(dialect.end.utf8)
        var parser = try agent(dialect.model(url: "http://x")).format.parser(for: dialect.model(url: "http://x"))
        var parsed: [AgentDelta] = []
        for byte in body { try parser.feed([byte], into: &parsed) }
        var reading = Reading()
        for delta in parsed { reading.take(delta) }
        #expect(reading.text == deltas.map { Array($0.utf8) })
        #expect(reading.repairs == 0)
        let heard = try await dialect.hear(
            [dialect.head]
                + stride(from: 0, to: body.count, by: 5).map {
                    .chunk(Array(body[$0..<min($0 + 5, body.count)]))
                } + [.end])
        #expect(heard.reading == reading)
        #expect(heard.reading.finish != nil)
    }

    @Test("A delta for each byte of the text gives it byte for byte", arguments: Dialect.all)
    func bytes(_ dialect: Dialect) async throws {
        for text in Self.texts.dropLast() {
            let heard = try await dialect.hear(
                [dialect.head, .chunk(dialect.start(1))] + Array(text.utf8).map { .chunk(dialect.token([$0])) }
                    + [.chunk(dialect.end), .end])
            #expect(heard.failure == nil)
            #expect(heard.text.utf8.elementsEqual(text.utf8))
            #expect(heard.reading.repairs == 0)
        }
    }
}
