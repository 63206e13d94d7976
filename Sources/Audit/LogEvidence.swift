import EventLog
import Evidence
import Foundation
import SQLite

/// Reads the evidence of a log from its file, beside a running server or without one.
///
/// It belongs to one thread.
package final class LogEvidence {
    let connection: Connection
    let directory: String

    /// Opens `log.db` of a data directory.
    ///
    /// - Throws: `EventLogError` with `storageFailed`, `AuditError` with `auditOff` where the log was never sealed.
    package init(directory: String) throws {
        self.directory = directory
        let path = try LogPath.existing(in: directory)
        do {
            connection = try Connection.reading(path, busyTimeoutMs: Limits.busyTimeoutMs)
        } catch let error as SQLiteError {
            throw EventLogError.storage(error, doing: "be verified")
        }
        guard try connection.integer("PRAGMA user_version") ?? 0 >= 3 else {
            throw AuditError(
                .auditOff, "the log in \(directory) has no seals yet",
                hint: "start the server once: it seals what is there")
        }
    }

    /// A property of the log.
    func property(_ name: String) throws -> String? {
        let row = try connection.prepare("SELECT value FROM log_properties WHERE name = ?1")
        try row.bind(name, at: 1)
        defer { row.reset() }
        return try row.step() ? row.text(0) : nil
    }

    /// The number and name of a session; nil where there is none.
    func session(named name: String) throws -> Int64? {
        let row = try connection.prepare("SELECT id FROM sessions WHERE name = ?1")
        try row.bind(name, at: 1)
        defer { row.reset() }
        return try row.step() ? row.integer(0) : nil
    }

    /// The name of a session; nil where there is none of that number.
    func name(of id: Int64) throws -> String? {
        let row = try connection.prepare("SELECT name FROM sessions WHERE id = ?1")
        row.bind(id, at: 1)
        defer { row.reset() }
        return try row.step() ? row.text(0) : nil
    }

    /// What is known of a session beside its events.
    func evidence(id: Int64, name: String) throws -> SessionEvidence {
        var evidence = SessionEvidence(name: name)
        let seals = try connection.prepare(
            "SELECT number, \"offset\", chain, fingerprints FROM seals WHERE session = ?1 ORDER BY \"offset\"")
        seals.bind(id, at: 1)
        while try seals.step() {
            evidence.seals.append(
                .init(
                    number: seals.integer(0), offset: seals.integer(1),
                    chain: Hash256(seals.bytes(2)) ?? Hash256.of([]), fingerprints: seals.bytes(3)))
        }
        let salts = try connection.prepare("SELECT first_offset, derived, secret FROM session_salts WHERE session = ?1")
        salts.bind(id, at: 1)
        var stretches: [SessionSalts.Stretch] = []
        while try salts.step() {
            stretches.append(.init(first: salts.integer(0), isDerived: salts.integer(1) == 1, secret: salts.bytes(2)))
        }
        evidence.salts = SessionSalts(stretches)
        let erased = try connection.prepare("SELECT \"offset\", leaf FROM erased_leaves WHERE session = ?1")
        erased.bind(id, at: 1)
        while try erased.step() { evidence.erased[erased.integer(0)] = Hash256(erased.bytes(1)) }
        evidence.prunedHead = try LogQueries(connection: connection).prunedHead(of: id)
        return evidence
    }

    /// Calls `body` for each event of a session, settled and not, in the order of offsets, until it gives false.
    ///
    /// Rows of `recent_events` that are settled too are left out.
    func forEachEvent(
        of id: Int64, _ body: (EvidenceRow, UnsafeRawBufferPointer?) throws -> Bool
    ) throws {
        let settled = try connection.prepare(
            """
            SELECT "offset", position, at, kind, v, cause, body FROM settled_events WHERE session = ?1 ORDER BY "offset"
            """)
        settled.bind(id, at: 1)
        defer { settled.reset() }
        var head: Int64 = 0
        while try settled.step() {
            head = settled.integer(0)
            guard try settled.withBytes(6, { try body(Self.row(settled), $0) }) else { return }
        }
        let recent = try connection.prepare(
            """
            SELECT "offset", position, at, kind, v, cause, body FROM recent_events
            WHERE session = ?1 AND "offset" > ?2 ORDER BY "offset", position
            """)
        recent.bind(id, at: 1)
        recent.bind(head, at: 2)
        defer { recent.reset() }
        while try recent.step() {
            guard try recent.withBytes(6, { try body(Self.row(recent), $0) }) else { return }
        }
    }

    /// The row that is at an offset now, with its body.
    func row(of id: Int64, at offset: Int64) throws -> EvidenceRow? {
        for table in ["settled_events", "recent_events"] {
            let found = try connection.prepare(
                """
                SELECT "offset", position, at, kind, v, cause, body FROM \(table) WHERE session = ?1 AND "offset" = ?2
                """)
            found.bind(id, at: 1)
            found.bind(offset, at: 2)
            defer { found.reset() }
            guard try found.step() else { continue }
            var row = Self.row(found)
            row.body = found.isNull(6) ? nil : found.bytes(6)
            return row
        }
        return nil
    }

    /// The hashes of the tree's leaves, as far as they are numbered without a gap; nil for one whose session is gone.
    func treeLeaves(_ numbers: Range<Int> = 0..<Int.max) throws -> [Hash256?] {
        let rows = try connection.prepare(
            """
            SELECT seals.number, sessions.name, seals."offset", seals.chain FROM seals
                LEFT JOIN sessions ON sessions.id = seals.session
            WHERE seals.number >= ?1 AND seals.number < ?2 ORDER BY seals.number
            """)
        rows.bind(Int64(numbers.lowerBound), at: 1)
        rows.bind(Int64(numbers.upperBound), at: 2)
        defer { rows.reset() }
        var leaves: [Hash256?] = []
        while try rows.step(), rows.integer(0) == Int64(numbers.lowerBound + leaves.count) {
            guard !rows.isNull(1), let chain = Hash256(rows.bytes(3)) else {
                leaves.append(nil)
                continue
            }
            leaves.append(Seal(session: rows.text(1), offset: rows.integer(2), chain: chain).treeLeaf)
        }
        return leaves
    }

    static func row(_ statement: Statement) -> EvidenceRow {
        EvidenceRow(
            offset: statement.integer(0), position: statement.integer(1), at: statement.integer(2),
            kind: statement.integer(3), version: statement.integer(4), cause: statement.optionalInteger(5))
    }
}
