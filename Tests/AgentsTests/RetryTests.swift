import Events
import Logging
import TestSupport
import Testing

@testable import Agents

@Suite struct RetryTests {
    private static let limited = FakeUpstream.Step.answer(
        "{\"error\":{\"message\":\"slow down\"}}", status: "429 Too Many Requests", headers: "retry-after-ms: 5\r\n")
    private static let good: [FakeUpstream.Step] = [
        .head("text/event-stream"), .chunk(Wire.openAI("a") + Wire.openAIEnd), .end,
    ]

    @Test("A failure before the first token is tried again, as the upstream asks")
    func retried() async throws {
        let upstream = try FakeUpstream { $0.number < 3 ? [Self.limited] : Self.good }
        let heard = await Heard.all(of: try retrying(model(upstream), retries: 2))
        #expect(heard.reading == Reading(["a"], finish: "stop"))
        #expect(upstream.requests.count == 3)
    }

    @Test("A stream that is cut before its first token is tried again")
    func cutRetried() async throws {
        let upstream = try FakeUpstream { $0.number == 1 ? [.head("text/event-stream"), .close] : Self.good }
        let heard = await Heard.all(of: try retrying(model(upstream), retries: 1))
        #expect(heard.text == "a")
    }

    @Test("The tries end with the last failure")
    func exhausted() async throws {
        let upstream = try FakeUpstream([Self.limited])
        let heard = await Heard.all(of: try retrying(model(upstream), retries: 2))
        #expect(heard.error?.code == .overloaded)
        #expect(upstream.requests.count == 3)
    }

    @Test("After the first token nothing is tried again")
    func notAfterToken() async throws {
        let upstream = try FakeUpstream([.head("text/event-stream"), .chunk(Wire.openAI("a")), .close])
        let heard = await Heard.all(of: try retrying(model(upstream), retries: 5))
        #expect(heard.text == "a")
        #expect(heard.error?.code == .interrupted)
        #expect(upstream.requests.count == 1)
    }

    @Test("What cannot succeed is not tried again")
    func notRetryable() async throws {
        let upstream = try FakeUpstream([.answer("{}", status: "401 Unauthorized")])
        let heard = await Heard.all(of: try retrying(model(upstream), retries: 5))
        #expect(heard.error?.code == .upstream)
        #expect(upstream.requests.count == 1)
    }

    @Test("Cancelling ends the wait between two tries")
    func cancelled() async throws {
        let gate = Gate()
        let upstream = try FakeUpstream([
            .answer("{}", status: "503 Busy", headers: "Retry-After: 25\r\n"), .run { gate.open() },
        ])
        let agent = try retrying(model(upstream), retries: 1)
        let reader = Task { await Heard.all(of: agent) }
        await gate.wait()
        reader.cancel()
        let start = ContinuousClock.now
        #expect(await reader.value.failure is CancellationError)
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test("Delays double from the first to the longest, each between half and all of it")
    func delays() {
        let policy = RetryPolicy(retries: 10, firstDelay: .milliseconds(100), maximumDelay: .seconds(1))
        let error = AgentError(code: .unreachable, message: "", isRetryable: true)
        var random = SeededGenerator(seed: 1)
        for (failures, whole) in [(1, 100), (2, 200), (3, 400), (4, 800), (5, 1000), (10, 1000)] {
            for _ in 0..<50 {
                let delay = policy.delay(after: error, failures: failures, using: &random) ?? .zero
                #expect(delay >= .milliseconds(whole) / 2 && delay <= .milliseconds(whole))
            }
        }
        #expect(policy.delay(after: error, failures: 11, using: &random) == nil)
    }

    @Test("A wish for a longer wait than the limit is no reason to wait, but an error")
    func longWish() {
        let policy = RetryPolicy(retries: 3)
        var error = AgentError(code: .overloaded, message: "", isRetryable: true, retryAfter: .seconds(7))
        #expect(policy.delay(after: error, failures: 1) == .seconds(7))
        error.retryAfter = .seconds(3600)
        #expect(policy.delay(after: error, failures: 1) == nil)
    }

    private func retrying(_ model: ModelConfiguration, retries: Int) throws -> RetryingAgent {
        RetryingAgent(
            try agent(model), policy: RetryPolicy(retries: retries, firstDelay: .milliseconds(1)),
            logger: Logger(label: "test"))
    }
}
