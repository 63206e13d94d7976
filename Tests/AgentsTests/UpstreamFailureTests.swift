import Events
import TestSupport
import Testing

@testable import Agents

/// Every way in which an upstream fails, on a real port.
@Suite struct UpstreamFailureTests {
    struct Failing: Sendable, CustomTestStringConvertible {
        var title: String
        var steps: [FakeUpstream.Step]
        var code: AgentError.Code
        var text = ""
        var isRetryable = true
        /// Words that the message must hold.
        var words = ""

        var testDescription: String { title }
    }

    static let all: [Failing] = [
        .init(
            title: "400",
            steps: [.answer("{\"error\":{\"message\":\"no such parameter\"}}", status: "400 Bad Request")],
            code: .upstream, isRetryable: false, words: "400: no such parameter"),
        .init(
            title: "401", steps: [.answer("{\"detail\":\"no\"}", status: "401 Unauthorized")], code: .upstream,
            isRetryable: false, words: "401"),
        .init(
            title: "404", steps: [.answer("not found", type: "text/plain", status: "404 Not Found")], code: .upstream,
            isRetryable: false, words: "404: not found"),
        .init(
            title: "301", steps: [.answer("", status: "301 Moved Permanently", headers: "Location: /x\r\n")],
            code: .upstream, isRetryable: false, words: "301"),
        .init(
            title: "429", steps: [.answer("{\"error\":{\"message\":\"slow down\"}}", status: "429 Too Many Requests")],
            code: .overloaded, words: "429: slow down"),
        .init(
            title: "429 for want of credit",
            steps: [
                .answer(
                    "{\"error\":{\"message\":\"pay\",\"code\":\"insufficient_quota\"}}", status: "429 Too Many Requests"
                )
            ],
            code: .overloaded, isRetryable: false),
        .init(
            title: "500", steps: [.answer("{\"error\":\"boom\"}", status: "500 Internal Server Error")],
            code: .upstream, words: "500: boom"),
        .init(
            title: "500 that says not to try again",
            steps: [.answer("{}", status: "500 Error", headers: "x-should-retry: false\r\n")],
            code: .upstream, isRetryable: false),
        .init(
            title: "400 that says to try again",
            steps: [.answer("{}", status: "400 Bad Request", headers: "x-should-retry: true\r\n")],
            code: .upstream),
        .init(title: "503", steps: [.answer("", status: "503 Service Unavailable")], code: .overloaded, words: "503"),
        .init(
            title: "Anthropic's 529",
            steps: [
                .answer(
                    "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}",
                    status: "529 Overloaded")
            ], code: .overloaded, words: "Overloaded"),
        .init(
            title: "an error body that is cut",
            steps: [.text("HTTP/1.1 500 Error\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nboo"), .close],
            code: .upstream, words: "500: boo"),
        .init(
            title: "HTML under 200",
            steps: [.answer("<html><body>Login</body></html>", type: "text/html; charset=utf-8")], code: .malformed,
            words: "text/html"),
        .init(
            title: "plain JSON under 200", steps: [.answer("{\"choices\":[{\"message\":{\"content\":\"a\"}}]}")],
            code: .malformed, words: "application/json"),
        .init(
            title: "a JSON error under 200", steps: [.answer("{\"error\":{\"message\":\"boom\"}}")], code: .upstream,
            words: "boom"),
        .init(
            title: "an event stream without type that is HTML",
            steps: [.text("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")], code: .interrupted),
        .init(
            title: "a clean end without the terminal event",
            steps: [.head("text/event-stream"), .chunk(Wire.openAI("a")), .end],
            code: .interrupted, text: "a", isRetryable: false),
        .init(title: "a clean end without a token", steps: [.head("text/event-stream"), .end], code: .interrupted),
        .init(
            title: "a cut before the last HTTP chunk",
            steps: [.head("text/event-stream"), .chunk(Wire.openAI("a")), .close],
            code: .interrupted, text: "a", isRetryable: false, words: "cut"),
        .init(
            title: "a cut before the first token", steps: [.head("text/event-stream"), .close], code: .interrupted,
            words: "cut"),
        .init(title: "a close before the head", steps: [.close], code: .unreachable),
        .init(title: "RST before the head", steps: [.reset], code: .unreachable),
        .init(title: "bytes that are not HTTP", steps: [.text("hello there\r\n\r\n"), .close], code: .unreachable),
        .init(
            title: "an error object after a token",
            steps: [
                .head("text/event-stream"), .chunk(Wire.openAI("a") + "data: {\"error\":{\"message\":\"boom\"}}\n\n"),
                .silence,
            ],
            code: .upstream, text: "a", isRetryable: false, words: "boom"),
        .init(
            title: "an error object before a token",
            steps: [.head("text/event-stream"), .chunk("data: {\"error\":{\"message\":\"boom\"}}\n\n"), .silence],
            code: .upstream),
        .init(
            title: "an endless line",
            steps: [
                .head("text/event-stream"),
                .forever(Array("1000\r\n".utf8) + [UInt8](repeating: 120, count: 4096) + [13, 10]),
            ],
            code: .limit, isRetryable: false),
        .init(
            title: "an endless answer",
            steps: [.head("text/event-stream"), .forever(chunked(Wire.openAI(String(repeating: "y", count: 60_000))))],
            code: .limit, text: String(repeating: "y", count: AgentLimits.maximumAnswerBytes / 60_000 * 60_000),
            isRetryable: false, words: "longer than"),
    ]

    private static func chunked(_ text: String) -> [UInt8] {
        Array("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n".utf8)
    }

    @Test(
        "A failure has its code, keeps the text before it, and is retryable only before the first token", arguments: all
    )
    func failing(_ example: Failing) async throws {
        let upstream = try FakeUpstream(example.steps)
        let heard = await Heard.all(of: try agent(model(upstream)))
        let error = try #require(heard.error, "\(String(describing: heard.failure))")
        #expect(error.code == example.code, "\(error)")
        #expect(error.isRetryable == example.isRetryable, "\(error)")
        #expect(heard.text == example.text)
        #expect(error.message.contains(example.words), "\(error)")
        #expect(heard.reading.finish == nil)
        // Whatever happened, the client does not keep the connection of a failed answer busy.
        upstream.stop()
    }

    @Test("RST after a token keeps the token")
    func reset() async throws {
        let gate = Gate()
        let upstream = try FakeUpstream([.head("text/event-stream"), .chunk(Wire.openAI("a")), .wait(gate), .reset])
        var heard: [AgentDelta] = []
        do {
            for try await delta in try agent(model(upstream)).executeStream(.question, .test) {
                heard.append(delta)
                gate.open()
            }
            Issue.record("a reset looked like an end")
        } catch let error as AgentError {
            #expect(error.code == .interrupted)
            #expect(!error.isRetryable)
        }
        #expect(heard == [.text("a")])
    }

    @Test("A refused connection, an unknown host and an address that is none are told apart")
    func unreachable() async throws {
        let refused = await Heard.all(of: try agent(model(url: "http://127.0.0.1:\(try FakeUpstream.deadPort())")))
        #expect(refused.error?.code == .unreachable)
        #expect(refused.error?.isRetryable == true)
        #expect(refused.error?.message.contains("connection refused") == true)
        let unknown = await Heard.all(of: try agent(model(url: "http://no-such-host.invalid")))
        #expect(unknown.error?.code == .unreachable)
        let nonsense = await Heard.all(of: try agent(model(url: "http://")))
        #expect(nonsense.error?.code == .misconfigured)
    }

    @Test("Retry-After is read as seconds, milliseconds and a date")
    func retryAfter() async throws {
        for (headers, expected) in [("Retry-After: 2\r\n", 2.0), ("retry-after-ms: 300\r\nRetry-After: 9\r\n", 0.3)] {
            let upstream = try FakeUpstream([.answer("{}", status: "429 Too Many Requests", headers: headers)])
            let heard = await Heard.all(of: try agent(model(upstream)))
            #expect(heard.error?.retryAfter == .seconds(expected))
        }
        let date = try #require(RetryAfter.date("Sun, 06 Nov 1994 08:49:37 GMT"))
        #expect("\(date)" == "1994-11-06T08:49:37.000000Z")
        let now = try #require(Timestamp("1994-11-06T08:49:30Z"))
        for (text, expected) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Duration.seconds(7)), ("Sat, 06 Nov 1993 08:49:37 GMT", .zero),
            ("soon", nil),
        ] {
            let read = RetryAfter.duration(now: now) { $0 == "Retry-After" ? text : nil }
            #expect(read == expected)
        }
    }
}

@Suite struct TimeoutTests {
    @Test("Silence before the first token ends with the first token timeout, keep-alives or not")
    func firstToken() async throws {
        for steps in [
            [FakeUpstream.Step.silence], [.head("text/event-stream"), .silence],
            [.head("text/event-stream"), .chunk(": keep-alive\n\n"), .silence],
        ] {
            let upstream = try FakeUpstream(steps)
            let heard = await Heard.all(of: try agent(model(upstream) { $0.firstTokenTimeout = .milliseconds(150) }))
            #expect(heard.error?.code == .timeout)
            #expect(heard.error?.message == "the first token timeout of 150 ms is over")
            #expect(heard.error?.isRetryable == true)
            await upstream.closed()
        }
    }

    @Test("Silence between tokens ends with the idle timeout, and keeps the text")
    func idle() async throws {
        let upstream = try FakeUpstream([.head("text/event-stream"), .chunk(Wire.openAI("a")), .silence])
        let heard = await Heard.all(of: try agent(model(upstream) { $0.idleTimeout = .milliseconds(150) }))
        #expect(heard.text == "a")
        #expect(heard.error?.code == .timeout)
        #expect(heard.error?.message == "the idle timeout of 150 ms is over")
        #expect(heard.error?.isRetryable == false)
        await upstream.closed()
    }

    @Test("An answer that never ends is ended by the total timeout")
    func total() async throws {
        let comment = Array("5\r\n: hb\n\r\n".utf8)
        // Where a busy machine brings no token within the timeout, the answer is heard again with twice the time.
        for timeout in [1500, 3000, 6000, 12000, 24000] {
            let upstream = try FakeUpstream([.head("text/event-stream"), .chunk(Wire.openAI("a")), .forever(comment)])
            let heard = await Heard.all(of: try agent(model(upstream) { $0.totalTimeout = .milliseconds(timeout) }))
            #expect(heard.error?.message == "the total timeout of \(timeout) ms is over")
            #expect(heard.error?.isRetryable == false)
            await upstream.closed()
            if heard.text == "a" { return }
        }
        Issue.record("no token came")
    }

    @Test("An answer that comes whole waits for its end, not for a first token")
    func whole() async throws {
        let upstream = try FakeUpstream([.silence])
        let heard = await Heard.all(
            of: try agent(
                model(upstream) {
                    $0.streaming = false
                    $0.firstTokenTimeout = .milliseconds(20)
                    $0.idleTimeout = .milliseconds(20)
                    $0.totalTimeout = .milliseconds(200)
                }))
        #expect(heard.error?.message == "the total timeout of 200 ms is over")
    }

    @Test("The deadlines follow the phases of an exchange")
    func deadlines() throws {
        let start = ContinuousClock.now
        let slow = model(url: "http://x") {
            $0.connectTimeout = .seconds(1)
            $0.firstTokenTimeout = .seconds(5)
            $0.idleTimeout = .seconds(2)
            $0.totalTimeout = .seconds(60)
        }
        var state = ExchangeState(
            model: slow, accepts: ["text/event-stream"], parser: EventStreamParser(OpenAIInterpreter()), now: start)
        #expect(deadline(state, at: start) == start + .seconds(1))
        #expect(failure(state, at: start + .seconds(1)) == "the connect timeout of 1000 ms is over")
        state.requestSent()
        #expect(deadline(state, at: start + .seconds(1)) == start + .seconds(5))
        state.received(head: .init(status: 200, mediaType: "text/event-stream"))
        state.received(Array(": hb\n\n".utf8)[...], now: start + .seconds(3))
        #expect(deadline(state, at: start + .seconds(4)) == start + .seconds(5))
        #expect(failure(state, at: start + .seconds(5)) == "the first token timeout of 5000 ms is over")
        state.received(Array(Wire.openAI("a").utf8)[...], now: start + .seconds(4))
        #expect(deadline(state, at: start + .seconds(5)) == start + .seconds(6))
        // A keep-alive is silence; an event without text is not.
        state.received(Array(": hb\n\n".utf8)[...], now: start + .seconds(5))
        #expect(failure(state, at: start + .seconds(6)) == "the idle timeout of 2000 ms is over")
        state.received(Array("data: {\"choices\":[]}\n\n".utf8)[...], now: start + .seconds(5))
        #expect(deadline(state, at: start + .seconds(6)) == start + .seconds(7))
        // While nobody takes what came, the upstream's silence is our own.
        state.pause()
        #expect(deadline(state, at: start + .seconds(30)) == start + .seconds(60))
        state.resume(now: start + .seconds(30))
        #expect(deadline(state, at: start + .seconds(30)) == start + .seconds(32))
        #expect(failure(state, at: start + .seconds(60)) == "the total timeout of 60000 ms is over")
        state.received(Array(Wire.openAIEnd.utf8)[...], now: start + .seconds(31))
        guard case .done = state.watch(now: start + .seconds(99)) else {
            Issue.record("a finished answer still has a deadline")
            return
        }
    }

    private func deadline(_ state: ExchangeState, at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        if case .wait(let instant) = state.watch(now: now) { instant } else { nil }
    }

    private func failure(_ state: ExchangeState, at now: ContinuousClock.Instant) -> String? {
        if case .fail(let error) = state.watch(now: now) { error.message } else { nil }
    }
}
