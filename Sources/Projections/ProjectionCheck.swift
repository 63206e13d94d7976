import EventLog
import Events
import Foundation
import SQLite

/// Compares every stored state with the fold of the log, byte for byte.
///
/// It only reads, so it may run while the server writes.
public struct ProjectionCheck: Sendable {
    /// What is wrong, one sentence each; empty where nothing is.
    public private(set) var findings: [String] = []
    /// States looked at.
    public private(set) var states = 0

    /// A row of `projections.db`.
    private struct Stored: Equatable {
        var session: String
        var checkpoint: Int64
        var state: String
    }

    /// Examines `projections.db` of a data directory; a directory without one has nothing wrong with it.
    ///
    /// - Throws: `EventLogError` or `SQLiteError` where a file cannot be read at all.
    public init(directory: String) throws {
        let path = directory + "/projections.db"
        guard access(path, F_OK) == 0 else { return }
        let connection = try Connection.reading(path, busyTimeoutMs: 5000)
        let integrity = try connection.prepare("PRAGMA integrity_check")
        while try integrity.step() {
            if integrity.text(0) != "ok" { findings.append("projections.db: SQLite: \(integrity.text(0))") }
        }
        // A crash can come between the file and its first table.
        let isMade = try connection.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'states'") == 1
        guard findings.isEmpty, isMade else { return }
        let log = try LogFile(directory: directory)
        var last = ""
        while true {
            let page = try Self.page(connection, after: last, limit: 100)
            guard let end = page.last else { return }
            for stored in page { try check(stored, connection, log) }
            last = end.session
        }
    }

    private mutating func check(_ first: Stored, _ connection: Connection, _ log: LogFile) throws {
        states += 1
        var stored = first
        while let problem = try Self.problem(stored, log) {
            // The server may have stored another one, or erased it, while the log was read.
            let now = try Self.page(connection, after: nil, session: stored.session, limit: 1).first
            guard let now, now != stored else {
                if now != nil { findings.append("projection of session \(stored.session): \(problem)") }
                return
            }
            stored = now
        }
    }

    private static func problem(_ stored: Stored, _ log: LogFile) throws -> String? {
        guard let session = SessionID(stored.session) else { return "no session can be named so" }
        var state = SessionState(session: session)
        while state.head.value < stored.checkpoint {
            let page: EventPage?
            do {
                page = try log.page(session, after: state.head)
            } catch let error as EventLogError where error.code == .sessionErased {
                return "it is stored, and the session was erased"
            }
            guard let events = page?.events, !events.isEmpty else {
                return "it is stored at offset \(stored.checkpoint), and the log ends at \(state.head)"
            }
            for event in events where event.offset.value <= stored.checkpoint { state.apply(event) }
        }
        let folded = try CanonicalJSON.encode(state)
        return folded.utf8.elementsEqual(stored.state.utf8)
            ? nil : "what is stored at offset \(stored.checkpoint) is not the fold of the log"
    }

    private static func page(
        _ connection: Connection, after: String?, session: String? = nil, limit: Int
    ) throws -> [Stored] {
        let rows = try connection.prepare(
            """
            SELECT session, checkpoint, state FROM states WHERE projection = ?1 AND version = ?2
                AND (?3 IS NULL OR session > ?3) AND (?4 IS NULL OR session = ?4) ORDER BY session LIMIT ?5
            """)
        try rows.bind(Projector.name, at: 1)
        rows.bind(Int64(Projector.version), at: 2)
        try rows.bind(after, at: 3)
        try rows.bind(session, at: 4)
        rows.bind(Int64(limit), at: 5)
        defer { rows.reset() }
        var found: [Stored] = []
        while try rows.step() {
            found.append(Stored(session: rows.text(0), checkpoint: rows.integer(1), state: rows.text(2)))
        }
        return found
    }
}
