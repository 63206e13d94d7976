import Events
import Logging
import TestSupport
import Testing

@testable import Agents

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
            title: "500 without end",
            steps: { _ in
                [
                    .head("text/plain", status: "500 Error"),
                    .forever(chunked([UInt8](repeating: 0x6E, count: 4096))),
                ]
            }, code: .upstream, isRetryable: true, words: "500: nnn"),
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
            code: .timeout, text: "a", words: "total timeout of 10000 ms",
            // The token must come within it on a busy machine too.
            change: { $0.totalTimeout = .seconds(10) }),
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

    @Test(
        "Cancelling the reader closes the upstream connection, silent or not", .timeLimit(.minutes(1)),
        arguments: Dialect.all)
    func cancelled(_ dialect: Dialect) async throws {
        for rest in [FakeUpstream.Step.silence, .drip(Self.chunked(dialect.token("b")))] {
            let upstream = try FakeUpstream([
                dialect.head, .chunk(dialect.start(1)), .chunk(dialect.token("a")), rest,
            ])
            let agent = try agent(dialect.model(url: upstream.url))
            let first = Gate()
            let reader = Task {
                do {
                    for try await delta in agent.executeStream(.question, .test) where delta == .text("a") {
                        first.open()
                    }
                    return false
                } catch {
                    return error is CancellationError
                }
            }
            await first.wait()
            reader.cancel()
            await upstream.closed()
            #expect(await reader.value)
        }
    }

    private static func chunked(_ bytes: [UInt8]) -> [UInt8] {
        Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
    }
}
