import EventLog
import Events
import Synchronization
import TestSupport

/// A log that tells how many follow its sessions.
final class WatchedLog: ForwardingEventLog {
    private struct State {
        var followers = 0
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    let log: any EventLog = MemoryEventLog()
    private let state = Mutex(State())

    /// How many follow now.
    var followers: Int { state.withLock { $0.followers } }

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

    func observe(_ session: SessionID, _ observer: any SessionObserver) throws -> SessionStatus? {
        let status = try log.observe(session, observer)
        if status != nil { change(1) }
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
}
