import Migrations
import SQLite

/// Examines a log: SQLite's own integrity, offsets, positions, times, causes, both tables of events, the open runs, and
/// the attachments that messages name.
///
/// It reads every event, from a connection that only reads, so it may run while the server writes; what it finds is of
/// one instant.
public struct LogCheck: Sendable {
    /// What is wrong, one sentence each; empty where nothing is.
    public private(set) var findings: [String] = []
    /// What is no damage and worth knowing, one sentence each.
    public private(set) var notes: [String] = []
    /// Sessions looked at.
    public private(set) var sessions = 0
    /// Events looked at, each counted once.
    public private(set) var events = 0
    /// Attachments looked at.
    public private(set) var attachments = 0

    /// Examines `log.db` of a data directory.
    ///
    /// - Throws: `EventLogError` with `storageFailed` where it cannot be read at all.
    public init(directory: String) throws {
        try self.init(directory: directory, vfs: nil)
    }

    /// Examines it through a registered SQLite VFS.
    package init(directory: String, vfs: String?) throws {
        let path = vfs == nil ? try LogPath.existing(in: directory) : directory + "/log.db"
        do {
            let connection =
                vfs == nil
                ? try Connection.reading(path, busyTimeoutMs: Limits.busyTimeoutMs)
                : try Connection(path: path, mode: .readOnly, busyTimeoutMs: Limits.busyTimeoutMs, vfs: vfs)
            try connection.disableCheckpoints()
            guard try connection.integer("PRAGMA user_version") == Int64(Migrations.log.count) else {
                throw EventLogError(
                    .storageFailed, "the log in \(directory) was written by another version of this program",
                    hint: "start this version's server once: it brings the log up to date")
            }
            // Before the log: whatever of it was named meanwhile is then known as named.
            let stored = vfs == nil ? try AttachmentStore(of: directory).names() : []
            do {
                try connection.transaction(immediate: false) { try check(connection) }
                try checkAttachments(directory, connection, stored)
            } catch let error as SQLiteError where error.isCorrupt {
                // What was found before says where; nothing more can be read.
                findings.append("SQLite: \(error.message)")
            }
            try connection.checkUnchanged()
        } catch let error as SQLiteError {
            throw EventLogError.storage(error, doing: "be checked")
        }
    }

    private mutating func check(_ connection: Connection) throws {
        let integrity = try connection.prepare("PRAGMA integrity_check")
        while try integrity.step() {
            if integrity.text(0) != "ok" { findings.append("SQLite: \(integrity.text(0))") }
        }
        sessions = Int(try connection.integer("SELECT count(*) FROM sessions") ?? 0)
        events = Int(try connection.integer("SELECT count(*) FROM events") ?? 0)
        for rule in Self.rules {
            let rows = try connection.prepare(rule.sql + " LIMIT \(Limits.findingsPerRule + 1)")
            var found: [String] = []
            while try rows.step() { found.append("\(rule.says): session \(rows.text(0)), \(rows.text(1))") }
            if found.count > Limits.findingsPerRule {
                found[Limits.findingsPerRule] = "\(rule.says): more than \(Limits.findingsPerRule) times"
            }
            findings += found
        }
    }

    /// Every attachment that a message names is there, with the bytes that its name says.
    private mutating func checkAttachments(
        _ directory: String, _ connection: Connection, _ stored: [String]
    ) throws {
        let queries = LogQueries(connection: connection)
        let named = Set(try queries.attachments().map(\.digest)).sorted()
        attachments = named.count
        for name in Set(stored).subtracting(named).sorted() {
            notes.append(
                "attachments/\(name) is named by no message: a crash leaves such a file, or an upload has begun")
        }
        guard !named.isEmpty else { return }
        let store = AttachmentStore(of: directory)
        let damaged = try named.filter { digest in
            try store.condition(of: digest) != .whole
        }
        // An erasure may have taken the attachment and the message meanwhile.
        let stillNamed = damaged.isEmpty ? [] : Set(try queries.attachments().map(\.digest))
        for digest in damaged where stillNamed.contains(digest) {
            findings.append("an attachment is missing, or has other bytes: \(digest)")
        }
    }

    /// A query that gives a session and a place for everything that breaks it.
    private struct Rule {
        var says: String
        var sql: String
    }

    private static let rules = [
        Rule(
            says: "an offset is missing among the settled events",
            sql: """
                SELECT session, 'offset ' || (before + 1) FROM
                    (SELECT session, "offset", lag("offset", 1, 0) OVER (PARTITION BY session ORDER BY "offset") AS before
                    FROM settled_events) WHERE "offset" <> before + 1
                """),
        Rule(
            says: "an offset is missing or repeated among the recent events",
            sql: """
                SELECT session, 'offset ' || "offset" FROM
                    (SELECT r.session, r."offset", lag(r."offset") OVER (PARTITION BY r.session ORDER BY r.position) AS before,
                        (SELECT coalesce(max(s."offset"), 0) FROM settled_events AS s WHERE s.session = r.session) AS settled
                    FROM recent_events AS r)
                WHERE CASE WHEN before IS NULL THEN "offset" > settled + 1 ELSE "offset" <> before + 1 END
                """),
        Rule(
            says: "an event differs between the two tables",
            sql: """
                SELECT r.session, 'offset ' || r."offset" FROM recent_events AS r
                    JOIN settled_events AS s ON s.session = r.session AND s."offset" = r."offset"
                WHERE r.position <> s.position OR r.at <> s.at OR r.kind <> s.kind OR r.v <> s.v
                    OR r.cause IS NOT s.cause OR r.body IS NOT s.body
                """),
        Rule(
            says: "a position or a time does not grow",
            sql: """
                SELECT session, 'offset ' || "offset" FROM
                    (SELECT session, "offset", position, at,
                        lag(position) OVER session_order AS earlier, lag(at) OVER session_order AS earlier_at
                    FROM settled_events WINDOW session_order AS (PARTITION BY session ORDER BY "offset"))
                WHERE position <= earlier OR at < earlier_at
                """),
        Rule(
            says: "a position is missing among the recent events",
            sql: """
                SELECT '-', 'position ' || position FROM
                    (SELECT position, lag(position, 1, (SELECT CAST(value AS INTEGER) FROM log_properties
                        WHERE name = 'trimmed_position')) OVER (ORDER BY position) AS before FROM recent_events)
                WHERE position <> before + 1
                """),
        Rule(
            says: "an event belongs to no session",
            sql: """
                SELECT session, 'offset ' || "offset" FROM
                    (SELECT session, "offset" FROM settled_events UNION ALL SELECT session, "offset" FROM recent_events)
                WHERE session NOT IN (SELECT id FROM sessions)
                """),
        Rule(
            says: "a session is closed and has no session.closed at its end, or has one and is not closed",
            sql: """
                SELECT s.name, 'closed ' || s.closed FROM sessions AS s
                WHERE s.id NOT IN (SELECT session FROM pruned_sessions) AND
                    (s.closed <> (SELECT count(*) FROM events AS e WHERE e.session = s.name AND e.kind = 'session.closed')
                    OR (s.closed = 1 AND (SELECT e.kind FROM events AS e WHERE e.session = s.name
                        ORDER BY e."offset" DESC LIMIT 1) <> 'session.closed'))
                """),
        Rule(
            says: "a cause is no earlier event of its session",
            sql: """
                SELECT session, 'offset ' || "offset" FROM
                    (SELECT session, "offset", cause FROM settled_events
                    UNION ALL SELECT session, "offset", cause FROM recent_events)
                WHERE cause <= 0 OR cause >= "offset"
                """),
        Rule(
            says: "a session's events were deleted after their time, and something of them is there",
            sql: """
                SELECT s.name, 'head ' || p.head FROM pruned_sessions AS p LEFT JOIN sessions AS s ON s.id = p.session
                WHERE s.erased IS NOT 1 OR s.closed IS NOT 1
                    OR EXISTS (SELECT 1 FROM settled_events AS e WHERE e.session = p.session)
                    OR EXISTS (SELECT 1 FROM open_runs AS o WHERE o.session = p.session)
                """),
        Rule(
            says: "a run is open and not recorded as such, or the other way round",
            sql: """
                WITH started AS (SELECT session, "offset" AS run, cause AS message FROM events WHERE kind = 'run.started'),
                    ended AS (SELECT session, cause AS run FROM events
                        WHERE kind IN ('run.completed', 'run.failed', 'run.cancelled')),
                    open AS (SELECT session, message, run FROM started WHERE message IS NOT NULL
                        EXCEPT SELECT started.session, message, started.run FROM started JOIN ended
                            ON ended.session = started.session AND ended.run = started.run),
                    recorded AS (SELECT s.name AS session, message, run FROM open_runs
                        JOIN sessions AS s ON s.id = open_runs.session WHERE run IS NOT NULL)
                SELECT session, 'run ' || run FROM
                    (SELECT * FROM (SELECT * FROM open EXCEPT SELECT * FROM recorded)
                    UNION ALL SELECT * FROM (SELECT * FROM recorded EXCEPT SELECT * FROM open))
                """),
        Rule(
            says: "a message awaits a run that is recorded or is no message",
            sql: """
                SELECT s.name, 'message ' || o.message FROM open_runs AS o JOIN sessions AS s ON s.id = o.session
                WHERE o.run IS NULL AND (NOT EXISTS (SELECT 1 FROM events AS e
                        WHERE e.session = s.name AND e."offset" = o.message AND e.kind = 'message.received')
                    OR EXISTS (SELECT 1 FROM events AS e WHERE e.session = s.name AND e.cause = o.message
                        AND e.kind IN ('run.started', 'run.cancelled')))
                """),
    ]
}
