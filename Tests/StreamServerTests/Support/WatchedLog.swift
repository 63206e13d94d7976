import EventLog
import Events
import Synchronization
import TestSupport

/// A log that tells how many readers wait at its head.
final class WatchedLog: ForwardingEventLog {
    private struct State {
        var waiting = 0
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    let log: any EventLog = MemoryEventLog()
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
}
