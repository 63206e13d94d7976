import CoreMetrics
import EventLog
import Events
import PrometheusMetrics
import StreamServer
import Testing
import TestSupport

@Suite struct EventMeterTests {
    /// The only one of this process, as in the server.
    private static let registry: PrometheusRegistry = {
        let registry = PrometheusRegistry(ServerMetrics.definitions)
        MetricsSystem.bootstrap(registry)
        return registry
    }()

    @Test("What began before the server did is counted under its names, the rest of a message included")
    func afterRestart() async throws {
        let registry = Self.registry
        let before = MemoryEventLog()
        let session = SessionID.test("metered")
        try await before.append(
            [
                try NewEvent(
                    .runStarted, cause: .none,
                    RunStarted(workflow: "early_flow", version: 1, chatbot: "xiaomei", agents: [:])),
                try NewEvent(.nodeStarted, cause: .sameAppend(0), NodeStarted(node: "early_node", attempt: 1)),
                try NewEvent(
                    .messageStarted, cause: .sameAppend(1),
                    MessageStarted(role: "assistant", agent: "a", model: "early_model", streaming: true)),
            ], to: session)
        try await before.append([.token("a", of: Offset(3))], to: session)
        let log = MeteredEventLog(before)
        for text in ["你", "好", "!"] { try await log.append([.token(text, of: Offset(3))], to: session) }
        try await log.append(
            [
                try NewEvent(.messageCompleted, cause: .event(Offset(3)), Script.completed(["a", "你", "好", "!"])),
                try NewEvent(.nodeCompleted, cause: .event(Offset(2)), NodeCompleted(durationMs: 1_000)),
                try NewEvent(.runCompleted, cause: .event(Offset(1)), RunEnded(durationMs: 2_000)),
            ], to: session)
        let names = #"model="early_model",node="early_node""#
        let expected = [
            "playhead_tokens_total{\(names)} 3", "playhead_characters_total{\(names)} 3",
            "playhead_messages_total{\(names),outcome=\"completed\"} 1",
            #"playhead_node_duration_seconds_sum{node="early_node",outcome="completed"} 1"#,
            #"playhead_run_duration_seconds_sum{outcome="completed",workflow="early_flow"} 2"#,
        ]
        let deadline = ContinuousClock.now + .seconds(60)
        var missing = expected
        while !missing.isEmpty, .now < deadline {
            let text = registry.render()
            missing = expected.filter { !text.contains($0) }
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(missing.isEmpty)
        #expect(!registry.render().contains("playhead_time_to_first_token_seconds_count{\(names)}"))
    }
}
