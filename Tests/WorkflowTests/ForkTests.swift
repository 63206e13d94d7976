import EventLog
import Events
import Projections
import TestSupport
import Testing
import Workflow

@Suite("A fork")
struct ForkTests {
    @Test("at every offset has the same events there, says where it comes from, and is at rest")
    func everyOffset() async throws {
        let bench = try TestBench(diamond(CallCounter()))
        try await bench.ask()
        let events = try await bench.log.all(TestBench.session)
        for offset in 0...events.count {
            let name = SessionID.test("f\(offset)")
            let fork = try await bench.runs.fork(TestBench.session, at: Offset(Int64(offset)), to: name)
            #expect(fork.origin == SessionForked(session: "s", offset: Offset(Int64(offset))))
            let copies = try await bench.log.all(name)
            #expect(copies.map(\.offset.value) == Array(1...Int64(copies.count)))
            #expect(copies.prefix(offset).map(\.essence) == events.prefix(offset).map(\.essence))
            #expect(copies[offset].kind == .sessionForked)
            #expect(try await bench.log.status(of: name)?.openRuns == [])
            let state = try await bench.projector.state(of: name)
            #expect(state.forkedFrom == fork.origin)
            #expect(state.messages.allSatisfy { $0.status != .streaming }, "at \(offset)")
            #expect(state.runs.allSatisfy { $0.status == .completed || $0.status == .cancelled }, "at \(offset)")
            #expect(state.runs.flatMap(\.nodes).allSatisfy { $0.status != .started }, "at \(offset)")
        }
        // Nobody takes a copied run for one to resume.
        let next = try TestBench(diamond(CallCounter()), log: bench.log)
        #expect(try await next.runs.resumeOpenRuns() == 0)
        #expect(try await bench.log.all(TestBench.session) == events)
    }

    @Test("runs on with another message, while the origin stays as it is")
    func runsOn() async throws {
        let bench = try TestBench(diamond(CallCounter()))
        try await bench.ask()
        let events = try await bench.log.all(TestBench.session)
        let fork = try await bench.runs.fork(TestBench.session, at: Offset(9))
        try await bench.ask("what if?", session: fork.session)
        let after = try await bench.log.all(fork.session)
        #expect(after.last?.kind == .runCompleted)
        #expect(try await bench.projector.state(of: fork.session).messages.last?.text == "一二三四五六七八九十")
        #expect(try await bench.log.all(TestBench.session) == events)
    }

    @Test("of a run in progress, of a queued message and of a question is at rest too")
    func inProgress() async throws {
        let bench = try TestBench(diamond(CallCounter(), tokensPerSecond: 20))
        _ = try await bench.runs.start(bench.request("1"))
        _ = try await bench.runs.start(bench.request("2", whenBusy: .enqueue))
        try await bench.until { $0.kind == .token }
        let fork = try await bench.runs.fork(TestBench.session, at: nil)
        _ = try await bench.runs.cancel(TestBench.session)
        let events = try await bench.log.all(fork.session)
        let ends = events.filter { $0.kind == .runCancelled }
        let messages = events.filter { $0.kind == .messageReceived }
        #expect(ends.map(\.cause) == [events.first { $0.kind == .runStarted }?.offset, messages.last?.offset])
        #expect(try ends.allSatisfy { try $0.decode(RunEnded.self).reason?.code == "forked" })
        #expect(events.count { $0.kind == .messageInterrupted } == 1)
        #expect(events.count { $0.kind == .nodeFailed } == 1)
        #expect(try await bench.log.status(of: fork.session)?.openRuns == [])
    }

    @Test("of a closed session is open, and a fork of a fork says where it comes from")
    func closedAndTwice() async throws {
        let log = MemoryEventLog()
        let bench = try TestBench(diamond(CallCounter()), log: log)
        try await bench.ask()
        let end = try await log.append(
            [NewEvent(kind: .sessionClosed, cause: .none, body: "{}")], to: TestBench.session)
        let fork = try await bench.runs.fork(TestBench.session, at: nil)
        #expect(fork.origin.offset == Offset(end.last.value - 1))
        let name = SessionID.test("closed")
        let made = try await bench.runs.fork(TestBench.session, at: end.last, to: name)
        let again = try await bench.runs.fork(TestBench.session, at: end.last, to: name)
        #expect(!made.isRepeated && again.isRepeated && again.origin == made.origin)
        try await bench.ask("on", session: fork.session)
        let second = try await bench.runs.fork(fork.session, at: nil)
        #expect(try await bench.projector.state(of: second.session).forkedFrom == second.origin)
    }

    @Test("is made once for a key and for a name; another origin or offset under the same is refused")
    func idempotent() async throws {
        let bench = try TestBench(diamond(CallCounter()))
        try await bench.ask()
        try await bench.ask(session: .test("other"))
        let at = Offset(5)
        let first = try await bench.runs.fork(TestBench.session, at: at, idempotencyKey: "k")
        let again = try await bench.runs.fork(TestBench.session, at: at, idempotencyKey: "k")
        #expect(again.session == first.session && again.isRepeated && !first.isRepeated)
        #expect(try await bench.runs.fork(TestBench.session, at: at, idempotencyKey: "l").session != first.session)
        #expect(try await bench.runs.fork(TestBench.session, at: at).session != first.session)
        for (origin, offset) in [(TestBench.session, Offset(6)), (.test("other"), at)] {
            let error = await #expect(throws: WorkflowError.self) {
                try await bench.runs.fork(origin, at: offset, to: first.session)
            }
            #expect(error?.code == .sessionExists)
        }
        let made = await withTaskGroup(of: Bool?.self) { group in
            for _ in 0..<8 {
                group.addTask { try? await bench.runs.fork(TestBench.session, at: at, to: .test("race")).isRepeated }
            }
            return await group.reduce(into: [Bool?]()) { $0.append($1) }
        }
        #expect(made.count { $0 == false } == 1)
        #expect(made.count { $0 == true } == 7)
        // A key that the copied message was posted with does not stand for a post to the fork.
        _ = try await bench.runs.start(bench.request("1", key: "m"))
        await bench.runs.waitUntilIdle(TestBench.session)
        let copy = try await bench.runs.fork(TestBench.session, at: nil).session
        #expect(try await bench.runs.start(bench.request("1", session: copy, key: "m")).isRepeated == false)
        await bench.runs.waitUntilIdle(copy)
    }

    @Test("of what does not exist, or of more than fits, is refused, and nothing is recorded")
    func refused() async throws {
        let log = MemoryEventLog()
        let bench = try TestBench(diamond(CallCounter()), log: log)
        let none = await #expect(throws: EventLogError.self) {
            try await bench.runs.fork(.test("nobody"), at: nil, to: .test("f"))
        }
        #expect(none?.code == .sessionNotFound)
        try await bench.ask()
        let beyond = await #expect(throws: EventLogError.self) {
            try await bench.runs.fork(TestBench.session, at: Offset(9_999), to: .test("f"))
        }
        #expect(beyond?.code == .offsetBeyondHead)
        let large = String(repeating: "x", count: 1 << 20)
        for _ in 0..<34 {
            try await log.append(
                [NewEvent(kind: .custom, cause: .none, body: "{\"name\":\"\(large.dropLast(100))\"}")],
                to: TestBench.session)
        }
        let tooLarge = await #expect(throws: EventLogError.self) {
            try await bench.runs.fork(TestBench.session, at: nil, to: .test("f"))
        }
        #expect(tooLarge?.code == .forkTooLarge)
        #expect(try await log.status(of: .test("f")) == nil)
    }

    @Test("is whole or absent in a file too, however many events it has")
    func large() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        let origin = SessionID.test("long")
        try await log.append(
            [try NewEvent(.messageStarted, MessageStarted(role: "assistant", agent: nil, model: nil, streaming: true))],
            to: origin)
        for _ in 0..<5 {
            try await log.append((0..<1_000).map { .token("t\($0)", of: Offset(1)) }, to: origin)
        }
        try await log.settle()
        _ = try await log.fork(origin, at: Offset(4_000), to: .test("copy"))
        log.shutDown()
        let again = try SQLiteEventLog(directory: directory.path)
        defer { again.shutDown() }
        let copies = try await again.all(.test("copy"))
        let originals = try await again.all(origin)
        #expect(copies.prefix(4_000).map(\.essence) == originals.prefix(4_000).map(\.essence))
        #expect(copies.dropFirst(4_000).map(\.kind) == [.sessionForked, .messageInterrupted])
    }
}

extension Event {
    /// What a copy shares with its original.
    fileprivate var essence: String { "\(offset) \(kind) \(cause?.value ?? 0) \(body ?? "-")" }
}
