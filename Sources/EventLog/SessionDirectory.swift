import Events
import Synchronization

/// The entries of the sessions that have something in memory.
///
/// An entry that is idle is evicted; the next who needs it loads it from the database. A loader reads without the lock,
/// so it must not put back what it read before an append that it did not see: `insert` refuses where an eviction came
/// between, and the loader tries again.
final class SessionDirectory: Sendable {
    private struct State {
        var entries: [SessionID: SessionEntry] = [:]
        var evictions: UInt64 = 0
        var isShutDown = false
    }

    private let state = Mutex(State())

    subscript(_ session: SessionID) -> SessionEntry? {
        state.withLock { $0.entries[session] }
    }

    /// Taken before a load and given to `insert` or `isAbsent` after it.
    var generation: UInt64 { state.withLock { $0.evictions } }

    /// True where the session was never in memory since `generation` was taken, so that what the database said of it is
    /// the whole truth.
    func isAbsent(_ session: SessionID, since generation: UInt64) -> Bool {
        state.withLock { $0.entries[session] == nil && $0.evictions == generation }
    }

    /// Puts a loaded entry in, or gives the one that is there already; nil where the load has to be repeated.
    ///
    /// - Throws: `EventLogError` with `shutDown` after the shutdown, when nobody would wake who waits on it.
    func insert(_ entry: SessionEntry, loadedAt generation: UInt64) throws -> SessionEntry? {
        try state.withLock { state in
            if state.isShutDown { throw EventLogError.isShutDown }
            if let present = state.entries[entry.session] { return present }
            guard state.evictions == generation else { return nil }
            state.entries[entry.session] = entry
            return entry
        }
    }

    /// Puts in the entry of a session that was made just now.
    func add(_ entry: SessionEntry) {
        state.withLock { $0.entries[entry.session] = entry }
    }

    /// Lets go of those entries that are idle.
    func evictIdle(_ entries: some Sequence<SessionEntry>) {
        state.withLock { state in
            for entry in entries where state.entries[entry.session] === entry {
                let isIdle = entry.withState { entryState in
                    if entryState.isIdle { entryState.isEvicted = true }
                    return entryState.isEvicted
                }
                if isIdle {
                    state.entries.removeValue(forKey: entry.session)
                    state.evictions += 1
                }
            }
        }
    }

    /// Every entry, in no order.
    var all: [SessionEntry] { state.withLock { Array($0.entries.values) } }

    /// Takes no more entries and gives those it has.
    func shutDown() -> [SessionEntry] {
        state.withLock { state in
            state.isShutDown = true
            return Array(state.entries.values)
        }
    }
}
