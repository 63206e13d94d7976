import EventLog
import Events
import Synchronization

/// A log that tells how many readers wait at its head.
final class WatchedLog: EventLog {
    private struct State {
        var waiting = 0
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let log = MemoryEventLog()
    private let state = Mutex(State())

    /// Returns once exactly that many readers wait.
    func untilWaiting(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if state.waiting != count { state.watchers.append((count, continuation)) }
                return state.waiting == count
            }
            if isReached { continuation.resume() }
        }
    }

    func waitForEvents(in session: SessionID, after: Offset) async throws {
        change(1)
        defer { change(-1) }
        try await log.waitForEvents(in: session, after: after)
    }

    private func change(_ difference: Int) {
        let reached = state.withLock { state in
            state.waiting += difference
            let reached = state.watchers.filter { $0.count == state.waiting }
            state.watchers.removeAll { $0.count == state.waiting }
            return reached
        }
        for watcher in reached { watcher.continuation.resume() }
    }

    func submit(_ append: Append, _ completion: any AppendCompletion) { log.submit(append, completion) }
    func read(_ session: SessionID, after: Offset, limit: Int) async throws -> EventPage {
        try await log.read(session, after: after, limit: limit)
    }
    func status(of session: SessionID) async throws -> SessionStatus? { try await log.status(of: session) }
    func sessions(before: Int64?, limit: Int) async throws -> [SessionSummary] {
        try await log.sessions(before: before, limit: limit)
    }
    func openRuns() async throws -> [(session: SessionID, runs: [OpenRun])] { try await log.openRuns() }
}
