import EventLog
import Events
import Projections
import TestSupport
import Testing
import Workflow

@Suite("Guarantee 5: a crash loses nothing acknowledged")
struct RecoveryTests {
    @Test("a run cut at every event in turn is completed, and no completed node runs twice")
    func everyBoundary() async throws {
        let whole = try TestBench(diamond(CallCounter()))
        try await whole.ask()
        let events = try await whole.log.all(TestBench.session)
        // Before the second event there is no message: nothing was acknowledged.
        for count in 2..<events.count {
            let calls = CallCounter()
            let bench = try TestBench(diamond(calls), log: try await MemoryEventLog.prefix(events, count))
            _ = try await bench.runs.resumeOpenRuns()
            await bench.runs.waitUntilIdle(TestBench.session)
            let after = try await bench.log.all(TestBench.session)
            #expect(after.prefix(count).map(\.kind) == events.prefix(count).map(\.kind))
            #expect(after.last?.kind == .runCompleted, "cut after \(count)")
            let before = try await stateOf(bench, at: count)
            for node in ["a", "b", "c", "d"] {
                let wasDone = before.runs.first?.nodes.contains { $0.node == node && $0.status == .completed } ?? false
                #expect(calls[node] == (wasDone ? 0 : 1), "\(node) after a cut at \(count)")
            }
            let state = try await bench.projector.state(of: TestBench.session)
            let answers = state.messages.filter { $0.role == "assistant" && !$0.isSuperseded }
            #expect(answers.map(\.text) == ["一二三四五六七八九十"], "cut after \(count)")
            #expect(answers.first?.status == .completed)
            #expect(try await bench.log.openRuns().isEmpty)
        }
    }

    private func stateOf(_ bench: TestBench, at offset: Int) async throws -> SessionState {
        try await bench.projector.state(of: TestBench.session, at: Offset(Int64(offset)))
    }

    @Test("a message that was cut is interrupted, kept, and superseded by the next")
    func supersedes() async throws {
        let whole = try TestBench(diamond(CallCounter()))
        try await whole.ask()
        let events = try await whole.log.all(TestBench.session)
        let token = try #require(events.firstIndex { $0.kind == .token })
        let bench = try TestBench(diamond(CallCounter()), log: try await MemoryEventLog.prefix(events, token + 1))
        _ = try await bench.runs.resumeOpenRuns()
        await bench.runs.waitUntilIdle(TestBench.session)
        let state = try await bench.projector.state(of: TestBench.session)
        let answers = state.messages.filter { $0.role == "assistant" }
        #expect(answers.count == 2)
        #expect(answers[0].status == .interrupted)
        #expect(answers[0].isSuperseded)
        #expect(answers[0].text == events[token].body)
        #expect(answers[1].supersedes == answers[0].offset)
        let resumed = try #require(try await bench.log.all(TestBench.session).first { $0.kind == .runResumed })
        let body = try resumed.decode(RunResumed.self)
        #expect(body.reused.sorted() == ["a", "b", "c", "d"])
        #expect(body.retried == ["speak"])
    }

    @Test("a run that crashes the process each time is stopped after a named number of attempts")
    func poisoned() async throws {
        let whole = try TestBench(diamond(CallCounter()))
        try await whole.ask()
        let events = try await whole.log.all(TestBench.session)
        let log = try await MemoryEventLog.prefix(events, 4)
        let run = try #require(events.first { $0.kind == .runStarted }).offset
        for attempt in 1...Limits.resumesPerRun {
            _ = try await log.append(
                [
                    try NewEvent(
                        .runResumed, cause: .event(run), RunResumed(reused: [], retried: ["a"], attempt: attempt))
                ], to: TestBench.session)
        }
        let bench = try TestBench(diamond(CallCounter()), log: log)
        _ = try await bench.runs.resumeOpenRuns()
        await bench.runs.waitUntilIdle(TestBench.session)
        let end = try #require(try await log.all(TestBench.session).last)
        #expect(end.kind == .runFailed)
        #expect(try end.decode(RunEnded.self).reason?.code == "poisoned_run")
    }

    @Test("a run of an older workflow definition fails with a reason")
    func olderDefinition() async throws {
        let whole = try TestBench(diamond(CallCounter()))
        try await whole.ask()
        let events = try await whole.log.all(TestBench.session)
        let newer = Graph<Marks>(
            name: "diamond", version: 2, nodes: [.marking("a", 1, CallCounter())], initial: { _ in Marks() })
        let bench = try TestBench(newer, log: try await MemoryEventLog.prefix(events, 6))
        _ = try await bench.runs.resumeOpenRuns()
        await bench.runs.waitUntilIdle(TestBench.session)
        let end = try #require(try await bench.log.all(TestBench.session).last)
        #expect(end.kind == .runFailed)
        #expect(try end.decode(RunEnded.self).reason?.code == "workflow_changed")
    }

    @Test("a node is told a key for its side effects: session, run, node and attempt")
    func idempotencyKeys() async throws {
        let calls = CallCounter()
        let node = Node<Marks>("a", attempts: 2) { _, context -> [String: Int] in
            calls.note(context.idempotencyKey)
            if context.attempt < 2 { throw WorkflowError(.nodeFailed, "no luck") }
            return [:]
        } apply: { _, _ in
        }
        let graph = Graph<Marks>(name: "keys", version: 1, nodes: [node], initial: { _ in Marks() })
        let bench = try TestBench(graph)
        try await bench.ask()
        let events = try await bench.log.all(TestBench.session)
        let run = try #require(events.first { $0.kind == .runStarted }).offset
        #expect(calls["s/\(run)/a/1"] == 1 && calls["s/\(run)/a/2"] == 1)
        // After a crash in the second attempt the third has a key of its own.
        let second = try #require(events.lastIndex { $0.kind == .nodeStarted })
        let crashed = try TestBench(graph, log: try await MemoryEventLog.prefix(events, second + 1))
        _ = try await crashed.runs.resumeOpenRuns()
        await crashed.runs.waitUntilIdle(TestBench.session)
        #expect(calls["s/\(run)/a/3"] == 1)
    }

    @Test("a recorded update that the program cannot read any more fails the run with a reason")
    func changedUpdate() async throws {
        let whole = try TestBench(diamond(CallCounter()))
        try await whole.ask()
        let events = try await whole.log.all(TestBench.session)
        let other = Node<Marks>("a") { _, _ in
            ["a": "text"]
        } apply: { _, _ in
        }
        let fewer: [[Node<Marks>]] = [[other], [.marking("b", 2, CallCounter())]]
        for nodes in fewer {
            let graph = Graph<Marks>(name: "diamond", version: 1, nodes: nodes, initial: { _ in Marks() })
            let bench = try TestBench(graph, log: try await MemoryEventLog.prefix(events, 6))
            _ = try await bench.runs.resumeOpenRuns()
            await bench.runs.waitUntilIdle(TestBench.session)
            let end = try #require(try await bench.log.all(TestBench.session).last)
            #expect(try end.decode(RunEnded.self).reason?.code == "workflow_changed")
        }
    }

    @Test("a run that is given up leaves nothing open: its message is interrupted and its node failed")
    func givenUp() async throws {
        let whole = try TestBench(diamond(CallCounter()))
        try await whole.ask()
        let events = try await whole.log.all(TestBench.session)
        let token = try #require(events.firstIndex { $0.kind == .token })
        let newer = Graph<Marks>(
            name: "diamond", version: 2, nodes: [.marking("a", 1, CallCounter())], initial: { _ in Marks() })
        let bench = try TestBench(newer, log: try await MemoryEventLog.prefix(events, token + 1))
        _ = try await bench.runs.resumeOpenRuns()
        await bench.runs.waitUntilIdle(TestBench.session)
        let kinds = try await bench.kinds().suffix(3)
        #expect(kinds == ["message.interrupted", "node.failed", "run.failed"])
    }
}

extension MemoryEventLog {
    /// The log as a crash right after event `count` would have left it.
    static func prefix(_ events: [Event], _ count: Int) async throws -> MemoryEventLog {
        let log = MemoryEventLog()
        for event in events.prefix(count) {
            let new = NewEvent(
                kind: event.kind, cause: event.cause.map { .event($0) } ?? .none, body: event.body ?? "")
            _ = try await log.append(
                Append(to: event.session, [new], awaitsRun: event.kind == .messageReceived && event.cause == nil))
        }
        return log
    }
}
