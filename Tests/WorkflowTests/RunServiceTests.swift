import EventLog
import Events
import Projections
import TestSupport
import Testing
import Workflow

@Suite("The run service")
struct RunServiceTests {
    /// A workflow that speaks slowly enough to be met in the middle.
    private func slow() -> Graph<Marks> { diamond(CallCounter(), tokensPerSecond: 20) }

    @Test("Guarantee 8: only a cancel stops a run; the partial answer is kept and marked, and it is idempotent")
    func cancel() async throws {
        // Long enough to be met in the middle on a busy machine too.
        let whole = String(repeating: "一二三四五六七八九十", count: 100)
        let bench = try TestBench(slow(), answer: whole)
        _ = try await bench.runs.start(bench.request("?"))
        try await bench.until { $0.kind == .token }
        #expect(try await bench.runs.cancel(TestBench.session))
        let events = try await bench.log.all(TestBench.session)
        #expect(events.last?.kind == .runCancelled)
        let state = try await bench.projector.state(of: TestBench.session)
        let answer = try #require(state.messages.last { $0.role == "assistant" })
        #expect(answer.status == .interrupted)
        #expect(!answer.text.isEmpty)
        #expect(answer.text != whole && whole.hasPrefix(answer.text))
        #expect(try await bench.runs.cancel(TestBench.session) == false)
        #expect(try await bench.log.all(TestBench.session).count == events.count)
        // It stays cancelled after a restart.
        let again = try TestBench(slow(), log: bench.log)
        #expect(try await again.runs.resumeOpenRuns() == 0)
    }

    @Test("a second message while a run is in progress is refused, and nothing of it is recorded")
    func busy() async throws {
        let bench = try TestBench(slow())
        _ = try await bench.runs.start(bench.request("1"))
        try await bench.until { $0.kind == .token }
        let head = try await bench.log.status(of: TestBench.session)?.openRuns
        let error = await #expect(throws: WorkflowError.self) { try await bench.runs.start(bench.request("2")) }
        #expect(error?.code == .runInProgress)
        #expect(try await bench.log.status(of: TestBench.session)?.openRuns == head)
        _ = try await bench.runs.cancel(TestBench.session)
        #expect(try await bench.kinds().filter { $0 == "message.received" }.count == 1)
    }

    @Test("two posts at the same instant start one run")
    func race() async throws {
        let bench = try TestBench(slow())
        let started = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<8 {
                group.addTask { (try? await bench.runs.start(bench.request("\(number)"))) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(started == 1)
        _ = try await bench.runs.cancel(TestBench.session)
    }

    @Test("an enqueued message is answered after the run before it, in order")
    func enqueue() async throws {
        let bench = try TestBench(diamond(CallCounter(), tokensPerSecond: 200))
        _ = try await bench.runs.start(bench.request("1"))
        _ = try await bench.runs.start(bench.request("2", whenBusy: .enqueue))
        _ = try await bench.runs.start(bench.request("3", whenBusy: .enqueue))
        var ends = 0
        for try await page in bench.log.subscribe(TestBench.session, after: .beginning) {
            ends += page.events.count { $0.kind == .runCompleted }
            if ends == 3 { break }
        }
        let events = try await bench.log.all(TestBench.session)
        let runs = events.filter { $0.kind == .runStarted }
        let messages = events.filter { $0.kind == .messageReceived }
        #expect(runs.map(\.cause) == messages.map { $0.offset })
        #expect(try await bench.log.status(of: TestBench.session)?.openRuns.isEmpty == true)
    }

    @Test("an interrupting message cancels the run in progress and starts its own")
    func interrupt() async throws {
        let bench = try TestBench(slow())
        _ = try await bench.runs.start(bench.request("1"))
        try await bench.until { $0.kind == .token }
        _ = try await bench.runs.start(bench.request("2", whenBusy: .interrupt))
        _ = try await bench.runs.cancel(TestBench.session)
        #expect(try await bench.kinds().filter { $0 == "run.cancelled" }.count == 2)
    }

    @Test("a repeated post with the same Idempotency-Key joins the first")
    func idempotency() async throws {
        let bench = try TestBench(diamond(CallCounter()))
        let first = try await bench.runs.start(bench.request("1", key: "k"))
        await bench.runs.waitUntilIdle(TestBench.session)
        let second = try await bench.runs.start(bench.request("1", key: "k"))
        #expect(second.message == first.message)
        #expect(second.isRepeated)
        #expect(try await bench.kinds().filter { $0 == "message.received" }.count == 1)
    }

    @Test("posts with one Idempotency-Key at the same instant record one message, behind a run too")
    func sameKeyAtOnce() async throws {
        let bench = try TestBench(slow())
        _ = try await bench.runs.start(bench.request("1"))
        let messages = await withTaskGroup(of: Offset?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try? await bench.runs.start(bench.request("2", key: "k", whenBusy: .enqueue)).message
                }
            }
            return await group.reduce(into: [Offset?]()) { $0.append($1) }
        }
        #expect(messages.count { $0 != nil } == 8)
        #expect(Set(messages).count == 1)
        _ = try await bench.runs.cancel(TestBench.session)
        #expect(try await bench.kinds().count { $0 == "message.received" } == 2)
    }

    @Test("a cancelled message that had no run yet leaves an outside producer's message alone")
    func cancelBesideProducer() async throws {
        let bench = try TestBench(slow())
        _ = try await bench.runs.start(bench.request("1"))
        _ = try await bench.runs.start(bench.request("2", whenBusy: .enqueue))
        let outside = try await bench.log.append(
            [try NewEvent(.messageStarted, MessageStarted(role: "assistant", agent: nil, model: nil, streaming: true))],
            to: TestBench.session)
        #expect(try await bench.runs.cancel(TestBench.session))
        let events = try await bench.log.all(TestBench.session)
        #expect(events.count { $0.kind == .runCancelled } == 2)
        #expect(!events.contains { $0.kind == .messageInterrupted && $0.cause == outside.last })
    }

    @Test("a cancel returns after the run that has just ended is put away")
    func cancelAfterTheEnd() async throws {
        let bench = try TestBench(diamond(CallCounter()))
        for number in 0..<20 {
            let session = SessionID.test("c\(number)")
            _ = try await bench.runs.start(bench.request("?", session: session))
            try await bench.until(session) { $0.kind == .runCompleted }
            #expect(try await bench.runs.cancel(session) == false)
            let head = try await bench.log.status(of: session)?.head
            let stored = try #require(try await bench.projector.storedText(session))
            #expect(try CanonicalJSON.decode(SessionState.self, from: stored).head == head)
        }
    }

    @Test("a drained run is left as a crash would leave it, and the next start completes it")
    func drain() async throws {
        let bench = try TestBench(slow())
        _ = try await bench.runs.start(bench.request("?"))
        try await bench.until { $0.kind == .token }
        await bench.runs.drain(grace: .zero)
        await bench.runs.waitUntilIdle(TestBench.session)
        let error = await #expect(throws: WorkflowError.self) { try await bench.runs.start(bench.request("2")) }
        #expect(error?.code == .draining)
        let ends: Set<EventKind> = [.runCompleted, .runFailed, .runCancelled, .messageInterrupted, .nodeFailed]
        #expect(try await bench.log.all(TestBench.session).allSatisfy { !ends.contains($0.kind) })
        let next = try TestBench(diamond(CallCounter()), log: bench.log)
        #expect(try await next.runs.resumeOpenRuns() == 1)
        await next.runs.waitUntilIdle(TestBench.session)
        #expect(try await next.kinds().last == "run.completed")
    }

    @Test("a cancel ends a run that nobody runs, and every message behind a run, in one go")
    func cancelsWhatIsLeft() async throws {
        let bench = try TestBench(slow())
        _ = try await bench.runs.start(bench.request("1"))
        for _ in 0..<3 { _ = try await bench.runs.start(bench.request("2", whenBusy: .enqueue)) }
        try await bench.until { $0.kind == .token }
        async let other = bench.runs.cancel(TestBench.session)
        #expect(try await bench.runs.cancel(TestBench.session))
        _ = try await other
        let events = try await bench.log.all(TestBench.session)
        #expect(events.count { $0.kind == .runCancelled } == 4)
        #expect(events.count { $0.kind == .runStarted } == 1)
        #expect(try await bench.log.openRuns().isEmpty)
        // What a crash left and no start has picked up yet.
        let token = try #require(events.firstIndex { $0.kind == .token })
        let crashed = try TestBench(slow(), log: try await MemoryEventLog.prefix(events, token + 1))
        #expect(try await crashed.runs.cancel(TestBench.session))
        #expect(try await crashed.runs.resumeOpenRuns() == 0)
        let kinds = try await crashed.kinds().dropFirst(token + 1)
        #expect(kinds.prefix(3) == ["message.interrupted", "node.failed", "run.cancelled"])
        #expect(try await crashed.log.openRuns().isEmpty)
    }

    @Test("a message to a session that the start has not come to yet picks its run up first")
    func beforeTheStart() async throws {
        let whole = try TestBench(diamond(CallCounter()))
        try await whole.ask()
        let events = try await whole.log.all(TestBench.session)
        let bench = try TestBench(diamond(CallCounter()), log: try await MemoryEventLog.prefix(events, 6))
        _ = try await bench.runs.start(bench.request("2", whenBusy: .enqueue))
        for try await page in bench.log.subscribe(TestBench.session, after: .beginning)
        where page.events.contains(where: { $0.kind == .runCompleted }) {
            if try await bench.kinds().count(where: { $0 == "run.completed" }) == 2 { break }
        }
        #expect(try await bench.kinds().count { $0 == "run.resumed" } == 1)
    }
}
