import EventLog
import Events
import Projections
import Synchronization
import TestSupport
import Testing
import Workflow

@Suite("A run that cannot be started or recorded")
struct RefusalTests {
    /// What a crash left: a message whose run had begun, or the message only.
    private func crashed(_ events: Int = 6) async throws -> StumblingLog {
        let whole = try TestBench(diamond(CallCounter()))
        try await whole.ask()
        return StumblingLog(try await MemoryEventLog.prefix(try await whole.log.all(TestBench.session), events))
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

    @Test("fails with the reason after a number of attempts, begun or not", arguments: [6, 2])
    func givenUp(events count: Int) async throws {
        var limits = RunLimits()
        limits.startAttempts = 2
        let bench = try TestBench(diamond(CallCounter()), log: try await crashed(count), limits: limits)
        try bench.configure("ALTER TABLE agent_configs RENAME TO away")
        #expect(try await bench.runs.resumeOpenRuns() == 1)
        await bench.runs.waitUntilIdle(TestBench.session)
        #expect(try await bench.log.openRuns().isEmpty && bench.runs.activeRuns == 0)
        let events = try await bench.log.all(TestBench.session)
        #expect(events.dropFirst(count).map(\.kind) == [.runFailed])
        #expect(events.last?.cause == events.first { $0.kind == (count == 6 ? .runStarted : .messageReceived) }?.offset)
        #expect(try events.last?.decode(RunEnded.self).reason?.code == "start_failed")
        let state = try await bench.projector.state(of: TestBench.session)
        #expect((state.runs.last?.reason ?? state.messages.last?.reason)?.code == "start_failed")
        // The session goes on with its next message.
        try bench.configure("ALTER TABLE away RENAME TO agent_configs")
        try await bench.ask("2")
        #expect(try await bench.kinds().last == "run.completed")
    }

    @Test(
        "fails where the log refuses the start itself, but not where it takes nothing at all", arguments: [true, false])
    func refused(isFull: Bool) async throws {
        let log = try await crashed()
        var limits = RunLimits()
        limits.startAttempts = 1
        let bench = try TestBench(diamond(CallCounter()), log: log, limits: limits)
        log.refuse(1, isFull ? .storageFull : .invalidAppend)
        #expect(try await bench.runs.resumeOpenRuns() == 1)
        await bench.runs.waitUntilIdle(TestBench.session)
        #expect(try await bench.kinds().last == (isFull ? "run.completed" : "run.failed"))
        #expect(try await bench.log.openRuns().isEmpty && bench.runs.activeRuns == 0)
    }

    @Test("leaves nothing open where the disk fails in the middle of it", arguments: [1, 2])
    func midway(refusals: Int) async throws {
        for place in 1... {
            let log = StumblingLog(MemoryEventLog())
            let bench = try TestBench(diamond(CallCounter()), log: log)
            log.refuse(refusals, after: place, .storageFull)
            try await bench.ask()
            #expect(try await log.openRuns().isEmpty)
            let state = try await bench.projector.state(of: TestBench.session)
            let run = try #require(state.runs.last)
            #expect(run.status == .completed || run.reason?.code == "storage_full", "after \(place) appends")
            #expect(!run.nodes.contains { $0.status == .started }, "after \(place) appends")
            #expect(!state.messages.contains { $0.status == .streaming }, "after \(place) appends")
            if log.left > 0 { break }
        }
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
private final class StumblingLog: ForwardingEventLog {
    let log: any EventLog
    private let refusals = Mutex((after: 0, left: 0, code: EventLogError.Code.storageFailed))

    init(_ log: any EventLog) { self.log = log }

    /// - Parameter after: appends that are still taken before.
    func refuse(_ count: Int, after: Int = 0, _ code: EventLogError.Code = .storageFailed) {
        refusals.withLock { $0 = (after, count, code) }
    }

    /// Appends that it is still to refuse.
    var left: Int { refusals.withLock { $0.left } }

    func submit(_ append: Append, _ completion: any AppendCompletion) {
        let refusal = refusals.withLock { refusals -> EventLogError.Code? in
            guard refusals.after == 0, refusals.left > 0 else {
                refusals.after = max(0, refusals.after - 1)
                return nil
            }
            refusals.left -= 1
            return refusals.code
        }
        guard let refusal else { return log.submit(append, completion) }
        completion.appendEnded(append, .failure(EventLogError(refusal, "a test refuses it")))
    }
}
