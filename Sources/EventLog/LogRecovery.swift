import Events
import SQLite

/// Fills memory from an opened log: its unsettled events and the messages that await an answer.
struct LogRecovery {
    /// The newest event and the chain value there.
    private(set) var newest: CommitMark
    /// Places up to which rows of `recent_events` can be deleted with a known chain value.
    private(set) var boundaries: Boundaries
    private(set) var unsettled = 0
    private(set) var unsettledBytes = 0
    private var entries: [Int64: SessionEntry] = [:]

    /// Reads `recent_events`, whose size settling bounds, and compares it with the mark beside the database.
    ///
    /// - Throws: `EventLogError` with `storageFailed` where an event that was recorded is not there.
    init(
        _ queries: LogQueries, trimmed: CommitMark, mark: CommitMark?, eventsPerBoundary: Int,
        into directory: SessionDirectory
    ) throws {
        boundaries = Boundaries(after: trimmed, spacing: eventsPerBoundary)
        newest = trimmed
        let rows = try queries.connection.prepare(
            "SELECT position, session, \"offset\", at, kind, v, cause, body FROM recent_events ORDER BY position")
        defer { rows.reset() }
        if let mark { try check(mark) }
        while try rows.step() {
            let stored = StoredEvent(
                position: rows.integer(0), at: rows.integer(3), kind: Int32(truncatingIfNeeded: rows.integer(4)),
                version: Int32(truncatingIfNeeded: rows.integer(5)), cause: rows.integer(6), body: rows.optionalText(7))
            try take(stored, id: rows.integer(1), offset: rows.integer(2), queries)
            if let mark { try check(mark) }
        }
        if let mark, mark.position > newest.position {
            throw EventLogError.damaged(
                "the log ends at position \(newest.position), but position \(mark.position) was recorded")
        }
        for (id, runs) in try queries.openRuns() {
            try entry(id, queries).withState { $0.openRuns = runs }
        }
        for entry in entries.values { directory.add(entry) }
    }

    private mutating func take(_ stored: StoredEvent, id: Int64, offset: Int64, _ queries: LogQueries) throws {
        guard stored.position == newest.position + 1 else {
            throw EventLogError.damaged("the log has no event at position \(newest.position + 1)")
        }
        newest.position = stored.position
        newest.chain.add(stored, session: id, offset: offset)
        boundaries.note(newest, bytes: stored.cost)
        let entry = try entry(id, queries)
        let head = entry.withState { state in
            let head = state.head
            if offset == head + 1 {
                state.recent.append(stored)
                state.lastAt = stored.at
            }
            return head
        }
        guard offset <= head + 1 else {
            throw EventLogError.damaged("session \(entry.session) has no event at offset \(head + 1)")
        }
        if offset == head + 1 {
            unsettled += 1
            unsettledBytes += stored.cost
        }
    }

    private func check(_ mark: CommitMark) throws {
        guard mark.position == newest.position, mark.chain != newest.chain else { return }
        throw EventLogError.damaged("the events up to position \(mark.position) are not those that were recorded")
    }

    private mutating func entry(_ id: Int64, _ queries: LogQueries) throws -> SessionEntry {
        if let entry = entries[id] { return entry }
        guard let (session, row) = try queries.session(id: id) else {
            throw EventLogError.damaged("events name session number \(id), which does not exist")
        }
        let entry = SessionEntry(row, session: session)
        entries[id] = entry
        return entry
    }
}
