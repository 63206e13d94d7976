import Events
import Evidence
package import SQLite

/// A session as its tables have it.
struct SessionRow: Sendable {
    var id: Int64
    var settledHead: Int64
    var isClosed: Bool
    /// The time of the newest settled event; 0 where there is none.
    var lastAt: Int64
    /// True where its events were deleted after their time.
    var isPruned = false
}

/// The reading statements of the log, the same for the server's readers and for other processes.
package struct LogQueries {
    let connection: Connection

    package init(connection: Connection) { self.connection = connection }

    /// A session's row and its settled head; nil where there is no such session.
    func session(_ session: SessionID) throws -> SessionRow? {
        let row = try connection.prepare("SELECT id, closed FROM sessions WHERE name = ?1")
        try row.bind(session.name, at: 1)
        defer { row.reset() }
        guard try row.step() else { return nil }
        return try checked(self.row(id: row.integer(0), isClosed: row.integer(1) == 1), session)
    }

    /// A session by its number, with its name; nil where there is no such session.
    func session(id: Int64) throws -> (session: SessionID, row: SessionRow)? {
        let row = try connection.prepare("SELECT name, closed FROM sessions WHERE id = ?1")
        row.bind(id, at: 1)
        defer { row.reset() }
        guard try row.step(), let session = SessionID(row.text(0)) else { return nil }
        return (session, try checked(self.row(id: id, isClosed: row.integer(1) == 1), session))
    }

    /// A session whose offsets can be counted on.
    private func checked(_ row: SessionRow, _ session: SessionID) throws -> SessionRow {
        guard row.settledHead <= Limits.largestOffset else {
            throw EventLogError.damaged("session \(session) has an event at offset \(row.settledHead)")
        }
        return row
    }

    /// Adds to a session's number what the settled events say.
    func row(id: Int64, isClosed: Bool) throws -> SessionRow {
        let newest = try connection.prepare(
            "SELECT \"offset\", at FROM settled_events WHERE session = ?1 ORDER BY \"offset\" DESC LIMIT 1")
        newest.bind(id, at: 1)
        defer { newest.reset() }
        let isThere = try newest.step()
        if !isThere, let head = try prunedHead(of: id) {
            return SessionRow(id: id, settledHead: head, isClosed: true, lastAt: 0, isPruned: true)
        }
        return SessionRow(
            id: id, settledHead: isThere ? newest.integer(0) : 0, isClosed: isClosed,
            lastAt: isThere ? newest.integer(1) : 0)
    }

    /// How many events a session had before they were deleted after their time; nil where they were not.
    package func prunedHead(of id: Int64) throws -> Int64? {
        // A log that is only read may not have the table yet.
        guard try connection.integer("PRAGMA user_version") ?? 0 >= 4 else { return nil }
        let row = try connection.prepare("SELECT head FROM pruned_sessions WHERE session = ?1")
        row.bind(id, at: 1)
        defer { row.reset() }
        return try row.step() ? row.integer(0) : nil
    }

    /// The attachments that messages name, and where; of every session where none is given.
    package func attachments(of id: Int64? = nil) throws -> [(session: Int64, offset: Int64, digest: String)] {
        let events = ["settled_events", "recent_events"].map { table in
            "SELECT session, \"offset\", body FROM \(table) WHERE kind = \(EventKind.messageReceived.rawValue)"
                + (id == nil ? "" : " AND session = ?1")
        }
        let rows = try connection.prepare(
            """
            SELECT e.session, e."offset", json_extract(e.body, j.fullkey || '.sha256') AS digest
            FROM (\(events.joined(separator: " UNION ALL "))) AS e,
                json_each(CASE WHEN json_valid(e.body) THEN e.body ELSE '{}' END, '$.contents') AS j
            WHERE digest IS NOT NULL
            """)
        if let id { rows.bind(id, at: 1) }
        defer { rows.reset() }
        var found: [(session: Int64, offset: Int64, digest: String)] = []
        while try rows.step() { found.append((rows.integer(0), rows.integer(1), rows.text(2))) }
        return found
    }

    /// Sessions, newest first, as their rows and settled events have them.
    func sessions(before: Int64, limit: Int) throws -> [SessionSummary] {
        let rows = try connection.prepare(
            "SELECT id, name, opened_at, closed FROM sessions WHERE id < ?1 ORDER BY id DESC LIMIT ?2")
        rows.bind(before, at: 1)
        rows.bind(Int64(limit), at: 2)
        defer { rows.reset() }
        var found: [SessionSummary] = []
        while try rows.step() {
            guard let session = SessionID(rows.text(1)) else { continue }
            let row = try row(id: rows.integer(0), isClosed: rows.integer(3) == 1)
            found.append(
                SessionSummary(
                    number: row.id, session: session, openedAt: Timestamp(microseconds: rows.integer(2)),
                    status: SessionStatus(head: Offset(row.settledHead), isClosed: row.isClosed)))
        }
        return found
    }

    /// Settled events after an offset, in order, one page at the most.
    ///
    /// - Throws: `EventLogError` with `storageFailed` where an offset is missing.
    func settledEvents(_ session: SessionID, id: Int64, after: Int64, limit: Int) throws -> [Event] {
        let rows = try connection.prepare(
            """
            SELECT "offset", position, at, kind, v, cause, body FROM settled_events
            WHERE session = ?1 AND "offset" > ?2 ORDER BY "offset" LIMIT ?3
            """)
        rows.bind(id, at: 1)
        rows.bind(after, at: 2)
        rows.bind(Int64(limit), at: 3)
        return try events(session, rows, after: after, limit: limit)
    }

    /// Settled events after an offset, and the chain of causes of the first one.
    func settledPage(
        _ session: SessionID, id: Int64, after: Int64, limit: Int, causes: Int
    ) throws -> (events: [Event], causes: [Event]) {
        let events = try settledEvents(session, id: id, after: after, limit: limit)
        return (events, try self.causes(session, id: id, from: events.first?.cause, limit: causes))
    }

    /// The chain of causes of an event of a session, nearest first, from `cause` on.
    func causes(_ session: SessionID, id: Int64, from cause: Offset?, limit: Int) throws -> [Event] {
        try EventPage.causes(from: cause, limit: limit) {
            try settledEvents(session, id: id, after: $0.value - 1, limit: 1).first
        }
    }

    /// Unsettled events of one session after an offset and after a position.
    ///
    /// The table is ordered by position, so a follower that names the position of the last event it saw reads only
    /// what is new.
    func recentEvents(_ session: SessionID, id: Int64, after: Int64, position: Int64, limit: Int) throws -> [Event] {
        let rows = try connection.prepare(
            """
            SELECT "offset", position, at, kind, v, cause, body FROM recent_events
            WHERE position > ?4 AND session = ?1 AND "offset" > ?2 ORDER BY position LIMIT ?3
            """)
        rows.bind(id, at: 1)
        rows.bind(after, at: 2)
        rows.bind(Int64(limit), at: 3)
        rows.bind(position, at: 4)
        return try events(session, rows, after: after, limit: limit)
    }

    /// The messages that await an answer, by session number.
    func openRuns() throws -> [Int64: [OpenRun]] {
        let rows = try connection.prepare(
            "SELECT session, message, run, paused FROM open_runs ORDER BY session, message")
        var runs: [Int64: [OpenRun]] = [:]
        while try rows.step() {
            runs[rows.integer(0), default: []].append(openRun(rows))
        }
        return runs
    }

    /// The messages of one session that await an answer.
    func openRuns(of id: Int64) throws -> [OpenRun] {
        let rows = try connection.prepare(
            "SELECT session, message, run, paused FROM open_runs WHERE session = ?1 ORDER BY message")
        rows.bind(id, at: 1)
        var runs: [OpenRun] = []
        while try rows.step() { runs.append(openRun(rows)) }
        return runs
    }

    /// The newest seal of a session; nil where it has none.
    func newestSeal(of id: Int64) throws -> (offset: Int64, chain: Hash256)? {
        let row = try connection.prepare(
            "SELECT \"offset\", chain FROM seals WHERE session = ?1 ORDER BY \"offset\" DESC LIMIT 1")
        row.bind(id, at: 1)
        defer { row.reset() }
        guard try row.step() else { return nil }
        guard let chain = Hash256(row.bytes(1)) else { throw EventLogError.damaged("a seal has no hash") }
        return (row.integer(0), chain)
    }

    /// The leaves of a session's erased events.
    func erasedLeaves(of id: Int64) throws -> [Int64: Hash256] {
        let rows = try connection.prepare("SELECT \"offset\", leaf FROM erased_leaves WHERE session = ?1")
        rows.bind(id, at: 1)
        var leaves: [Int64: Hash256] = [:]
        while try rows.step() { leaves[rows.integer(0)] = Hash256(rows.bytes(1)) }
        return leaves
    }

    /// True where no text of a session is left.
    func isErased(_ id: Int64) throws -> Bool {
        // A log that is only read may not have the column yet.
        guard try connection.integer("PRAGMA user_version") ?? 0 >= 3 else { return false }
        let row = try connection.prepare("SELECT erased FROM sessions WHERE id = ?1")
        row.bind(id, at: 1)
        defer { row.reset() }
        return try row.step() && row.integer(0) != 0
    }

    /// The sessions of which no text is left.
    func erasedSessions() throws -> Set<SessionID> {
        let rows = try connection.prepare("SELECT name FROM sessions WHERE erased = 1")
        var names: Set<SessionID> = []
        while try rows.step() { if let name = SessionID(rows.text(0)) { names.insert(name) } }
        return names
    }

    /// The sessions among some that have settled events that no seal covers, by their number.
    func unsealedSessions(in ids: ClosedRange<Int64>) throws -> [SessionID] {
        let rows = try connection.prepare(
            """
            SELECT name FROM sessions WHERE id BETWEEN ?1 AND ?2
                AND coalesce((SELECT max("offset") FROM settled_events WHERE session = id), 0)
                > coalesce((SELECT max("offset") FROM seals WHERE session = id), 0) ORDER BY id
            """)
        rows.bind(ids.lowerBound, at: 1)
        rows.bind(ids.upperBound, at: 2)
        var names: [SessionID] = []
        while try rows.step() { if let name = SessionID(rows.text(0)) { names.append(name) } }
        return names
    }

    /// The secrets from which the salts of a session come.
    func salts(of id: Int64) throws -> [SessionSalts.Stretch] {
        let rows = try connection.prepare("SELECT first_offset, derived, secret FROM session_salts WHERE session = ?1")
        rows.bind(id, at: 1)
        var stretches: [SessionSalts.Stretch] = []
        while try rows.step() {
            stretches.append(.init(first: rows.integer(0), isDerived: rows.integer(1) == 1, secret: rows.bytes(2)))
        }
        return stretches
    }

    private func openRun(_ row: Statement) -> OpenRun {
        OpenRun(
            message: Offset(row.integer(1)), run: row.optionalInteger(2).map(Offset.init), isPaused: row.integer(3) == 1
        )
    }

    private func events(_ session: SessionID, _ rows: Statement, after: Int64, limit: Int) throws -> [Event] {
        defer { rows.reset() }
        var events: [Event] = []
        // Most pages are shorter than they may be.
        events.reserveCapacity(min(limit, 512))
        var bytes = 0
        var last = after
        while try rows.step() {
            let offset = rows.integer(0)
            guard offset == last + 1 else {
                throw EventLogError.damaged("session \(session) has no event at offset \(last + 1)")
            }
            last = offset
            let body = rows.optionalText(6)
            bytes += body?.utf8.count ?? 0
            if bytes > Limits.bytesPerPage, !events.isEmpty { break }
            // A cause is never 0, which is what NULL reads as.
            let cause = rows.integer(5)
            events.append(
                Event(
                    session: session, offset: Offset(offset), position: Position(rows.integer(1)),
                    at: Timestamp(microseconds: rows.integer(2)), kind: EventKind(rawValue: Int(rows.integer(3))),
                    version: Int(rows.integer(4)), cause: cause == 0 ? nil : Offset(cause), body: body))
        }
        return events
    }
}
