import EventLog
import Events
import Projections
import TestSupport
import Testing
import Workflow

@Suite("Guarantee 9: runs have limits")
struct LimitTests {
    private func limits(runs: Int, waiting: Int = 100) -> RunLimits {
        var limits = RunLimits()
        limits.concurrentRuns = runs
        limits.waitingSessions = waiting
        return limits
    }

    /// One node that waits for a gate, and counts how many are inside at once.
    private func gated(_ gate: Gate, _ calls: CallCounter) -> Graph<Marks> {
        let node = Node<Marks>("a") { _, context -> [String: Int] in
            calls.note(context.run.session.name)
            await gate.wait()
            return ["a": 1]
        } apply: {
            $0.values.merge($1) { $1 }
        }
        return Graph(name: "gated", version: 1, nodes: [node], initial: { _ in Marks() })
    }

    @Test("messages beyond the concurrent runs are recorded and wait; beyond the line they are refused, unrecorded")
    func line() async throws {
        let gate = Gate()
        let calls = CallCounter()
        let bench = try TestBench(gated(gate, calls), limits: limits(runs: 2, waiting: 3))
        let names = (0..<5).map { SessionID.test("s\($0)") }
        for name in names { _ = try await bench.runs.start(bench.request("?", session: name)) }
        for name in names.prefix(2) { try await bench.until(name) { $0.kind == .nodeStarted } }
        #expect(bench.runs.activeRuns == 2)
        #expect(bench.runs.waitingRuns == 3)
        #expect(try await bench.kinds(names[4]) == ["session.opened", "message.received"])
        let error = await #expect(throws: WorkflowError.self) {
            try await bench.runs.start(bench.request("?", session: .test("late")))
        }
        #expect(error?.code == .tooManyRuns && error?.retryAfterSeconds != nil)
        #expect(try await bench.log.status(of: .test("late")) == nil)
        // One that waits is busy, and can be cancelled.
        let busy = await #expect(throws: WorkflowError.self) {
            try await bench.runs.start(bench.request("?", session: names[3]))
        }
        #expect(busy?.code == .runInProgress)
        #expect(try await bench.runs.cancel(names[3]))
        #expect(bench.runs.waitingRuns == 2)
        #expect(try await bench.kinds(names[3]).suffix(1) == ["run.cancelled"])
        gate.open()
        for name in names { await bench.runs.waitUntilIdle(name) }
        for name in names where name != names[3] {
            #expect(try await bench.kinds(name).last == "run.completed")
        }
        #expect(calls["s3"] == 0)
        #expect(bench.runs.activeRuns == 0 && bench.runs.waitingRuns == 0)
    }

    @Test("the line is fair: a session with many messages takes turns with the others")
    func fair() async throws {
        let gate = Gate()
        let bench = try TestBench(gated(gate, CallCounter()), limits: limits(runs: 1))
        let greedy = SessionID.test("greedy")
        _ = try await bench.runs.start(bench.request("1", session: greedy))
        for _ in 0..<4 { _ = try await bench.runs.start(bench.request("2", session: greedy, whenBusy: .enqueue)) }
        let others = (0..<2).map { SessionID.test("o\($0)") }
        for name in others { _ = try await bench.runs.start(bench.request("?", session: name)) }
        gate.open()
        for try await page in bench.log.subscribe(greedy, after: .beginning)
        where page.events.contains(where: { $0.kind == .runCompleted }) {
            if try await bench.kinds(greedy).count(where: { $0 == "run.completed" }) == 5 { break }
        }
        func starts(_ name: SessionID) async throws -> [Position] {
            try await bench.log.all(name).filter { $0.kind == .runStarted }.map(\.position)
        }
        let mine = try await starts(greedy)
        #expect(mine.count == 5)
        // Both others had their turn before the second message of the one that came first.
        for name in others { #expect(try #require(try await starts(name).first) < mine[1]) }
    }

    @Test("who waits is found by the next start, and a drain starts nobody")
    func drained() async throws {
        let gate = Gate()
        let bench = try TestBench(gated(gate, CallCounter()), limits: limits(runs: 1))
        let names = (0..<3).map { SessionID.test("s\($0)") }
        for name in names { _ = try await bench.runs.start(bench.request("?", session: name)) }
        try await bench.until(names[0]) { $0.kind == .nodeStarted }
        async let drained: Void = bench.runs.drain(grace: .seconds(20))
        await bench.runs.waitUntilIdle(names[2])
        gate.open()
        await drained
        #expect(try await bench.kinds(names[0]).last == "run.completed")
        #expect(try await bench.kinds(names[1]).last == "message.received")
        let next = try TestBench(gated(gate, CallCounter()), log: bench.log, limits: limits(runs: 1))
        #expect(try await next.runs.resumeOpenRuns() == 2)
        for name in names {
            await next.runs.waitUntilIdle(name)
            #expect(try await next.kinds(name).last == "run.completed")
        }
    }

    @Test("a run that takes too long fails with a code of its own, and its partial answer is kept")
    func duration() async throws {
        var limits = RunLimits()
        // Long enough for a busy machine to begin the answer, and far too short for its end.
        limits.runDuration = .seconds(3)
        let bench = try TestBench(diamond(CallCounter(), tokensPerSecond: 1), limits: limits)
        try await bench.ask()
        let end = try #require(try await bench.log.all(TestBench.session).last)
        #expect(end.kind == .runFailed)
        #expect(try end.decode(RunEnded.self).reason?.code == "run_timeout")
        let state = try await bench.projector.state(of: TestBench.session)
        #expect(state.messages.last?.status == .interrupted)
        #expect(state.runs.last?.nodes.last?.error?.code == "run_timeout")
    }

    @Test("an answer beyond the bytes of a message fails with a code of its own")
    func bytes() async throws {
        let long = String(repeating: "字", count: Limits.bytesPerMessage / 3 + 1)
        let bench = try TestBench(diamond(CallCounter(), streaming: false), answer: long)
        try await bench.ask()
        let end = try #require(try await bench.log.all(TestBench.session).last)
        #expect(try end.decode(RunEnded.self).reason?.code == "message_too_long")
        #expect(try await bench.projector.state(of: TestBench.session).messages.last?.status == .interrupted)
    }

    @Test("an answer beyond the tokens of a message fails with a code of its own", .enabled(if: TestLength.isLong))
    func tokens() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        defer { log.shutDown() }
        let long = String(repeating: "a b ", count: Limits.tokensPerMessage)
        let bench = try TestBench(diamond(CallCounter()), log: log, answer: long)
        try await bench.ask()
        let state = try await bench.projector.state(of: TestBench.session)
        #expect(state.runs.last?.reason?.code == "message_too_long")
        #expect(state.head.value >= Limits.tokensPerMessage)
    }

    @Test("a session takes so many queued messages, and refuses the next with a time to come back")
    func queue() async throws {
        let gate = Gate()
        let bench = try TestBench(gated(gate, CallCounter()))
        _ = try await bench.runs.start(bench.request("1"))
        for _ in 0..<Limits.queuedMessages { _ = try await bench.runs.start(bench.request("2", whenBusy: .enqueue)) }
        let head = try await bench.log.status(of: TestBench.session)?.openRuns
        let error = await #expect(throws: WorkflowError.self) {
            try await bench.runs.start(bench.request("3", whenBusy: .enqueue))
        }
        #expect(error?.code == .queueFull && error?.retryAfterSeconds != nil)
        #expect(try await bench.log.status(of: TestBench.session)?.openRuns == head)
        gate.open()
        _ = try await bench.runs.cancel(TestBench.session)
        #expect(try await bench.log.openRuns().isEmpty)
    }

    @Test("sessions of a log are counted; the next is refused and a message to one that exists is not")
    func sessions() async throws {
        let directory = try TemporaryDirectory()
        var options = SQLiteEventLog.Options()
        options.sessions = 2
        let log = try SQLiteEventLog(directory: directory.path, options: options)
        defer { log.shutDown() }
        let bench = try TestBench(diamond(CallCounter()), log: log)
        try await bench.ask(session: .test("a"))
        try await bench.ask(session: .test("b"))
        let error = await #expect(throws: EventLogError.self) {
            try await bench.runs.start(bench.request("?", session: .test("c")))
        }
        #expect(error?.code == .tooManySessions)
        #expect(bench.runs.activeRuns == 0)
        try await bench.ask(session: .test("a"))
        #expect(try await log.sessions(before: nil, limit: 10).count == 2)
    }
}
