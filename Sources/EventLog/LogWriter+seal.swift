import Events
import Logging
import SQLite

extension LogWriter {
    /// Seals the sessions in which something ended, one transaction's worth, and then makes the tree known.
    ///
    /// The seals themselves do not wait for the disk; the commit that makes the tree known does.
    func sealEnded(_ sealer: Sealer) throws {
        let requests = sealer.takeWaiting()
        if !requests.isEmpty { _ = try seal(requests, sealer) }
        try publish(sealer)
    }

    /// Seals everything up to the heads; what was recorded without seals is left to the catching up.
    func sealAll() throws {
        guard let sealer else { return }
        sealer.ended(directory.all.filter { entry in entry.withState { !$0.recent.isEmpty } })
        while sealer.hasWaiting { _ = try seal(sealer.takeWaiting(), sealer) }
        try publish(sealer)
    }

    /// Seals one session up to an offset, one transaction's worth.
    ///
    /// - Returns: false where nothing is left to be sealed.
    func seal(_ session: SessionID, upTo end: Int64) throws -> Bool {
        guard let sealer, let entry = try SessionLoader.entry(session, in: directory, queries: queries) else {
            return false
        }
        // There is nothing to be sealed of what was deleted.
        if try queries.prunedHead(of: entry.id) != nil { return false }
        let sealed = try seal([(entry, end)], sealer, catchesUp: true)
        if sealed.contains(where: \.isCut) { return true }
        try publish(sealer)
        return false
    }

    // MARK: Catching up

    /// Begins to seal what was settled while the audit was off, or by a program that knew no seals.
    ///
    /// The first transaction of it is made at once, since most logs need no other.
    func beginSealing(wasSealing: Bool) throws {
        guard let sealer else {
            if wasSealing { try LogProperties.save(sealing: false, connection) }
            return
        }
        if !wasSealing {
            catchingUp = CatchingUp(lastSession: try connection.integer("SELECT max(id) FROM sessions") ?? 0)
            try catchUp(sealer, events: Limits.eventsPerSealing)
        }
        try publish(sealer)
    }

    /// Seals one transaction's worth of what was settled without seals, between two commits.
    func catchUp(_ sealer: Sealer, events: Int) throws {
        guard var state = catchingUp else { return }
        let end = min(state.lastSession, state.done + Limits.sessionsPerSealing)
        var room = events
        var requests: [(entry: SessionEntry, upTo: Int64)] = []
        for name in try queries.unsealedSessions(in: state.done + 1...max(end, state.done + 1)) {
            guard room > 0, let entry = try SessionLoader.entry(name, in: directory, queries: queries) else { break }
            let settled = entry.withState { $0.settledHead }
            requests.append((entry, settled))
            room -= Int(min(settled, Int64(room)))
        }
        let sealed = try seal(requests, sealer, catchesUp: true, most: events)
        state.events += sealed.reduce(0) { $0 + $1.events.count }
        // A session that was cut, or found no room, has its turn again.
        if room > 0 {
            state.done = end
        } else if let last = requests.last?.entry {
            state.done = sealed.last?.isCut == true ? last.id - 1 : last.id
        }
        // Not at each step: whoever reads a session from the database begins anew after an eviction.
        if Clock.microseconds() - lastEviction > Limits.evictionIntervalMs * 1_000 { evictIdle() }
        catchingUp = state
        if state.done >= state.lastSession { try endCatchingUp(state) }
    }

    private func endCatchingUp(_ state: CatchingUp) throws {
        try LogProperties.save(sealing: true, connection)
        catchingUp = nil
        guard state.events > Limits.eventsPerSealing else { return }
        let seconds = Double(Clock.microseconds() - state.since) / 1e6
        logger.notice(
            "events recorded without seals are sealed now",
            metadata: [
                "events": "\(state.events)", "seconds": "\(seconds)",
                "events_per_second": "\(Int(Double(state.events) / max(seconds, 0.001)))",
            ])
    }

    // MARK: One transaction

    /// Seals sessions in one transaction that does not wait for the disk.
    private func seal(
        _ requests: [(entry: SessionEntry, upTo: Int64)], _ sealer: Sealer, catchesUp: Bool = false,
        most: Int = Limits.eventsPerSealing
    ) throws -> [Sealing.Job] {
        try connection.execute("PRAGMA synchronous=NORMAL")
        defer { restoreDurability() }
        let sealing = try connection.transaction {
            let sealing = try sealer.begin(requests, catchesUp: catchesUp, most: most)
            try sealer.store(sealing)
            return sealing
        }
        sealer.committed(sealing)
        return sealing.jobs
    }

    private func publish(_ sealer: Sealer) throws {
        defer { restoreDurability() }
        try sealer.publish()
    }
}

/// How far what was settled without seals is sealed.
struct CatchingUp {
    /// The newest session that can have such events.
    let lastSession: Int64
    /// Sessions up to here have none.
    var done: Int64 = 0
    var events = 0
    let since = Clock.microseconds()
}
