import EventLog
import Events
import Synchronization
import TestSupport
import Testing
import Workflow

@Suite("A run that could not be started")
struct StartFailureTests {
    /// What a crash left: a message whose run had begun.
    private func crashed() async throws -> StumblingLog {
        let whole = try TestBench(diamond(CallCounter()))
        try await whole.ask()
        return StumblingLog(try await MemoryEventLog.prefix(try await whole.log.all(TestBench.session), 6))
    }

    @Test("is tried again once the log takes appends")
    func triedAgain() async throws {
        let log = try await crashed()
        let bench = try TestBench(diamond(CallCounter()), log: log)
        log.refuse(2)
        #expect(try await bench.runs.resumeOpenRuns() == 1)
        try await bench.until { $0.kind == .runCompleted }
        await bench.runs.waitUntilIdle(TestBench.session)
        #expect(bench.runs.activeRuns == 0)
        #expect(try await bench.kinds().count { $0 == "run.resumed" } == 1)
    }

    @Test("is tried again once the configuration can be read")
    func configuration() async throws {
        let bench = try TestBench(diamond(CallCounter()), log: try await crashed())
        try bench.configure("ALTER TABLE agent_configs RENAME TO away")
        #expect(try await bench.runs.resumeOpenRuns() == 1)
        #expect(bench.runs.activeRuns == 1)
        try bench.configure("ALTER TABLE away RENAME TO agent_configs")
        try await bench.until { $0.kind == .runCompleted }
    }

    @Test("keeps its session: a message to it is refused, once, and frees nothing of somebody else's")
    func keepsItsSession() async throws {
        let log = try await crashed()
        let bench = try TestBench(diamond(CallCounter()), log: log)
        log.refuse(1)
        let error = await #expect(throws: WorkflowError.self) { try await bench.runs.start(bench.request("2")) }
        #expect(error?.code == .runInProgress)
        #expect(bench.runs.activeRuns == 1)
        await bench.runs.waitUntilIdle(TestBench.session)
        #expect(try await bench.kinds().last == "run.completed")
        #expect(bench.runs.activeRuns == 0)
    }

    @Test("is cancelled like any other, and left for the next start where the process stops")
    func stopped() async throws {
        let log = try await crashed()
        let bench = try TestBench(diamond(CallCounter()), log: log)
        log.refuse(1)
        #expect(try await bench.runs.resumeOpenRuns() == 1)
        #expect(try await bench.runs.cancel(TestBench.session))
        #expect(try await bench.kinds().last == "run.cancelled")
        let other = try await crashed()
        let draining = try TestBench(diamond(CallCounter()), log: other)
        other.refuse(.max)
        #expect(try await draining.runs.resumeOpenRuns() == 1)
        await draining.runs.drain(grace: .zero)
        await draining.runs.waitUntilIdle(TestBench.session)
        #expect(try await draining.kinds().count == 6)
        #expect(try await other.openRuns().count == 1)
    }
}

/// A log that refuses appends as one on a full disk does.
private final class StumblingLog: EventLog {
    private let log: MemoryEventLog
    private let refusals = Mutex(0)

    init(_ log: MemoryEventLog) { self.log = log }

    func refuse(_ count: Int) { refusals.withLock { $0 = count } }

    func submit(_ append: Append, _ completion: any AppendCompletion) {
        let isRefused = refusals.withLock { count in
            defer { count = max(0, count - 1) }
            return count > 0
        }
        guard isRefused else { return log.submit(append, completion) }
        completion.appendEnded(append, .failure(EventLogError(.storageFailed, "the disk is full")))
    }

    func read(_ session: SessionID, after: Offset, limit: Int) async throws -> EventPage {
        try await log.read(session, after: after, limit: limit)
    }

    func waitForEvents(in session: SessionID, after: Offset) async throws {
        try await log.waitForEvents(in: session, after: after)
    }

    func status(of session: SessionID) async throws -> SessionStatus? { try await log.status(of: session) }

    func sessions(before: Int64?, limit: Int) async throws -> [SessionSummary] {
        try await log.sessions(before: before, limit: limit)
    }

    func openRuns() async throws -> [(session: SessionID, runs: [OpenRun])] { try await log.openRuns() }
}
