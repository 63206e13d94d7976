import EventLog
import Events
import Synchronization

/// A log that tells how many follow its sessions.
final class WatchedLog: EventLog {
    private struct State {
        var followers = 0
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let log = MemoryEventLog()
    private let state = Mutex(State())

    /// Returns once exactly that many follow.
    func untilFollowed(by count: Int) async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if state.followers != count { state.watchers.append((count, continuation)) }
                return state.followers == count
            }
            if isReached { continuation.resume() }
        }
    }

    func observe(_ session: SessionID, _ observer: any SessionObserver) async throws -> SessionStatus {
        let status = try await log.observe(session, observer)
        change(1)
        return status
    }

    func stopObserving(_ session: SessionID, _ observer: any SessionObserver) {
        log.stopObserving(session, observer)
        change(-1)
    }

    private func change(_ difference: Int) {
        let reached = state.withLock { state in
            state.followers += difference
            let reached = state.watchers.filter { $0.count == state.followers }
            state.watchers.removeAll { $0.count == state.followers }
            return reached
        }
        for watcher in reached { watcher.continuation.resume() }
    }

    func submit(_ append: Append, _ completion: any AppendCompletion) { log.submit(append, completion) }
    func read(_ session: SessionID, after: Offset, limit: Int) async throws -> EventPage {
        try await log.read(session, after: after, limit: limit)
    }
    func recent(_ session: SessionID, after: Offset, limit: Int) throws -> EventPage? {
        try log.recent(session, after: after, limit: limit)
    }
    func status(of session: SessionID) async throws -> SessionStatus? { try await log.status(of: session) }
    func sessions(before: Int64?, limit: Int) async throws -> [SessionSummary] {
        try await log.sessions(before: before, limit: limit)
    }
    func openRuns() async throws -> [(session: SessionID, runs: [OpenRun])] { try await log.openRuns() }
}
