import EventLog
import Events
import PrometheusMetrics
import StreamServer
import Testing
import TestSupport

@Suite(.serialized) struct EventMeterTests {
    @Test("What began before the server did is counted under its names, the rest of a message included")
    func afterRestart() async throws {
        let registry = TestMetrics.registry
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

    @Test("What an outside producer calls its nodes and models is no label")
    func outside() async throws {
        let registry = TestMetrics.registry
        let log = MeteredEventLog(MemoryEventLog())
        let session = SessionID.test("outside")
        let before = registry.render()
        try await log.append(
            [
                try NewEvent(.nodeStarted, cause: .none, NodeStarted(node: "stolen_node", attempt: 1)),
                try NewEvent(
                    .messageStarted, cause: .sameAppend(0),
                    MessageStarted(role: "assistant", agent: "a", model: "stolen_model", streaming: true)),
                try NewEvent(.nodeCompleted, cause: .sameAppend(0), NodeCompleted(durationMs: 1)),
                try NewEvent(
                    .nodeSkipped, cause: .none,
                    NodeSkipped(node: "stolen_skip", reason: Failure(code: "stolen_code", message: ""))),
            ], to: session)
        try await log.append([.token("text", of: Offset(2))], to: session)
        let text = registry.render()
        #expect(!text.contains("stolen"))
        let names = #"playhead_tokens_total{model="outside",node="outside"}"#
        #expect(Self.value(names, in: text) - Self.value(names, in: before) == 1)
        let skipped = #"playhead_node_duration_seconds_count{node="outside",outcome="skipped"}"#
        #expect(Self.value(skipped, in: text) - Self.value(skipped, in: before) == 1)
    }

    @Test("An answer that is rejected is counted once; a reply is no restart; what is cancelled or cut did not fail")
    func outcomes() async throws {
        let registry = TestMetrics.registry
        let log = MeteredEventLog(MemoryEventLog())
        let session = SessionID.test("outcomes")
        let resumed = RunResumed(reused: [], retried: [], attempt: 1)
        func failed(_ code: String, willRetry: Bool) throws -> NewEvent {
            try NewEvent(
                .nodeFailed, cause: .event(Offset(2)),
                NodeFailed(durationMs: 1, error: Failure(code: code, message: ""), willRetry: willRetry))
        }
        let message = MessageStarted(role: "assistant", agent: "a", model: "model_r", streaming: true)
        try await log.append(
            [
                try NewEvent(
                    .runStarted, cause: .none,
                    RunStarted(workflow: "flow_r", version: 1, chatbot: "xiaomei", agents: [:])),
                try NewEvent(.nodeStarted, cause: .sameAppend(0), NodeStarted(node: "node_r", attempt: 1)),
                try NewEvent(.messageStarted, cause: .sameAppend(1), message),
            ], to: session)
        let begun = registry.render()
        // Counters are there before anything is counted.
        for outcome in ["completed", "interrupted", "cancelled", "rejected"] {
            let series = #"playhead_messages_total{model="model_r",node="node_r",outcome="\#(outcome)"} 0"#
            #expect(begun.contains(series), "\(outcome)")
        }
        #expect(begun.contains(#"playhead_node_retries_total{node="node_r"} 0"#))
        #expect(begun.contains(#"playhead_run_duration_seconds_count{outcome="failed",workflow="flow_r"} 0"#))

        let rejected = AnswerRejected(rule: "figures", found: "7")
        try await log.append(
            [
                try NewEvent(.messageCompleted, cause: .event(Offset(3)), Script.completed([])),
                try NewEvent(.answerRejected, cause: .event(Offset(3)), rejected),
                try failed("server_restarted", willRetry: true), try failed("upstream_error", willRetry: true),
                try failed("cancelled", willRetry: false),
                try NewEvent(.messageReceived, MessageReceived(chatbot: "xiaomei", contents: [])),
                try NewEvent(.runResumed, cause: .event(Offset(1)), resumed),
            ], to: session)
        try await log.append([try NewEvent(.runResumed, cause: .event(Offset(1)), resumed)], to: session)
        let text = registry.render()
        for (series, value) in [
            (#"playhead_messages_total{model="model_r",node="node_r",outcome="completed"}"#, 0),
            (#"playhead_messages_total{model="model_r",node="node_r",outcome="rejected"}"#, 1),
            (#"playhead_node_retries_total{node="node_r"}"#, 1),
            (#"playhead_node_duration_seconds_count{node="node_r",outcome="cancelled"}"#, 1),
            (#"playhead_node_duration_seconds_count{node="node_r",outcome="failed"}"#, 1),
            (#"playhead_node_duration_seconds_count{node="node_r",outcome="interrupted"}"#, 1),
        ] {
            #expect(Self.value(series, in: text) == Double(value), "\(series)")
        }
        let restarts = "playhead_runs_resumed_total"
        #expect(Self.value(restarts, in: text) - Self.value(restarts, in: begun) == 1)
    }

    /// The value of a series, 0 where it is not there.
    private static func value(_ series: String, in text: String) -> Double {
        let line = text.split(separator: "\n").first { $0.hasPrefix(series + " ") }
        return line.flatMap { Double($0.dropFirst(series.count + 1)) } ?? 0
    }
}
