import Audit
import EventLog
import Events
import Evidence
import Foundation
import SQLite
import TestSupport

/// A small log that is changed behind the program's back, and put right again.
final class TamperedLog {
    static let tables = ["settled_events", "recent_events"]
    static let integers = ["session", "\"offset\"", "position", "at", "kind", "v", "cause"]

    let directory: TemporaryDirectory
    private(set) var connection: Connection

    /// Three sessions; `isSettled` also says whether all of it is sealed, otherwise the newest events are in neither.
    init(isSettled: Bool) async throws {
        directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path + "/live")
        try await Self.fill(log)
        try await log.settle()
        if isSettled {
            log.shutDown()
        } else {
            try await log.append(.tokens(["x", "yz"]), to: .test("a"))
            try await log.append([.custom("new")], to: .test("new"))
        }
        // The process may still have it open: this is what a copy of the files at this instant has.
        try FileManager.default.copyItem(atPath: directory.path + "/live", toPath: directory.path + "/copy")
        log.shutDown()
        connection = try Self.open(directory.path + "/copy")
    }

    var path: String { directory.path + "/copy" }

    static func fill(_ log: SQLiteEventLog) async throws {
        let a = SessionID.test("a")
        try await log.append([NewEvent(.sessionOpened, SessionOpened(chatbot: "echo"))], to: a)
        try await log.append([NewEvent(kind: .messageStarted, cause: .event(Offset(1)), body: "{}")], to: a)
        for text in ["你", "好", "", "abc"] { try await log.append([.token(text, of: Offset(2))], to: a) }
        try await log.settle()
        try await log.append(.tokens(["hello ", "world"]), to: .test("b"))
        try await log.append([.custom("one")], to: a)
        try await log.append([NewEvent(kind: .sessionClosed, cause: .none, body: "{}")], to: .test("b"))
        try await log.append([.custom("single")], to: .test("c"))
    }

    func verify(
        _ session: SessionID? = nil, checkpoints: [(name: String, checkpoint: Checkpoint)] = []
    ) throws -> Verification {
        try LogVerifier(directory: path).verify(session, checkpoints: checkpoints)
    }

    /// Makes a change that the schema would refuse; false where it cannot be made.
    func change(_ sql: String, _ bytes: [UInt8]? = nil) throws -> Bool {
        do {
            let statement = try connection.prepare(sql)
            if let bytes { try statement.bind(bytes, at: 1) }
            try statement.run()
            return true
        } catch let error as SQLiteError where error.isConstraint {
            return false
        }
    }

    /// Runs a body and puts the tables right again.
    func undoing(_ body: () throws -> Void) throws {
        let tables = Self.tables + ["seals", "sessions", "session_salts", "erased_leaves", "log_properties"]
        for table in tables { try connection.execute("CREATE TEMP TABLE kept_\(table) AS SELECT * FROM main.\(table)") }
        try body()
        for table in tables {
            try connection.execute(
                """
                DELETE FROM main.\(table); INSERT INTO main.\(table) SELECT * FROM kept_\(table);
                DROP TABLE kept_\(table)
                """)
        }
    }

    private static func open(_ path: String) throws -> Connection {
        let connection = try Connection(path: path + "/log.db", mode: .readWrite)
        try connection.disableCheckpointOnClose()
        try connection.execute(
            """
            DROP TRIGGER recent_events_are_immutable; DROP TRIGGER settled_events_are_immutable;
            PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF
            """)
        return connection
    }
}
