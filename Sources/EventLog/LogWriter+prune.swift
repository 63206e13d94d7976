package import Events
import SQLite

/// A session with nothing new for a long time.
package struct OldSession: Sendable, Equatable {
    /// Its name.
    package var session: SessionID
    /// Its newest event.
    package var head: Offset
    /// When that was recorded.
    package var lastAt: Timestamp
    /// True where a message awaits its answer, or a run the user's.
    package var isUnfinished: Bool
}

extension LogWriter {
    /// The sessions whose newest event is older than a time, oldest session first, as many as are looked at once; the
    /// server's own are left out.
    func sessions(olderThan time: Timestamp) throws -> [OldSession] {
        try settleAll()
        let rows = try connection.prepare(
            """
            SELECT s.name, e."offset", e.at, EXISTS (SELECT 1 FROM open_runs AS o WHERE o.session = s.id)
            FROM sessions AS s JOIN settled_events AS e ON e.session = s.id
                AND e."offset" = (SELECT max("offset") FROM settled_events WHERE session = s.id)
            WHERE e.at < ?1 ORDER BY s.id LIMIT \(Limits.oldSessions)
            """)
        rows.bind(time.microseconds, at: 1)
        defer { rows.reset() }
        var found: [OldSession] = []
        while try rows.step() {
            guard let session = SessionID(rows.text(0)), !session.isReserved else { continue }
            found.append(
                OldSession(
                    session: session, head: Offset(rows.integer(1)), lastAt: Timestamp(microseconds: rows.integer(2)),
                    isUnfinished: rows.integer(3) == 1))
        }
        return found
    }

    /// Deletes the events of whole sessions, and with them all that is kept of single events.
    ///
    /// What is left: the names, the seals and the heads. The text stays in the free pages of the file until `rewriteFile`.
    ///
    /// - Parameter append: what is recorded of it elsewhere, in the same commit.
    func prune(_ sessions: [SessionID], with append: Append) throws {
        try settleAll()
        // A seal is all that will be left to show what they were.
        for session in sessions {
            let head = try queries.session(session)?.settledHead ?? 0
            while try seal(session, upTo: head) {}
        }
        try commit(with: append) { _ in
            for session in sessions { try delete(session) }
        }
        for session in sessions { directory[session]?.withState { $0.isClosed = true } }
    }

    private func delete(_ session: SessionID) throws {
        guard let row = try queries.session(session), !row.isPruned else { throw EventLogError.noSuchSession(session) }
        guard try queries.openRuns(of: row.id).isEmpty else {
            throw EventLogError(.invalidAppend, "session \(session) has an unfinished run", hint: "cancel it first")
        }
        try noteAttachments(of: row.id)
        try connection.execute(
            """
            INSERT INTO pruned_sessions VALUES (\(row.id), \(row.settledHead));
            DELETE FROM settled_events WHERE session = \(row.id);
            DELETE FROM session_salts WHERE session = \(row.id);
            DELETE FROM erased_leaves WHERE session = \(row.id);
            DELETE FROM producers WHERE session = \(row.id);
            UPDATE seals SET fingerprints = x'' WHERE session = \(row.id);
            UPDATE sessions SET closed = 1, erased = 1 WHERE id = \(row.id);
            INSERT OR REPLACE INTO log_properties VALUES ('erasing \(session)', '')
            """)
    }

    /// Settles everything and writes the file anew, without free pages; appends wait meanwhile.
    func compact() throws {
        try settleAll()
        try vacuum()
        _ = try cutWAL()
    }
}
