import EventLog
import Events
import Foundation
import SQLite
import TestSupport
import Testing

@Suite("The check of a log") struct LogCheckTests {
    /// Each change breaks one rule; the triggers that forbid such changes are taken away first.
    static let damages: [(sql: String, says: String)] = [
        ("DELETE FROM settled_events WHERE \"offset\" = 2", "missing among the settled"),
        ("DELETE FROM settled_events WHERE \"offset\" = 1", "missing among the settled"),
        ("DELETE FROM recent_events WHERE \"offset\" = 8", "missing or repeated among the recent"),
        (
            "UPDATE recent_events SET \"offset\" = \"offset\" + 1 WHERE session = 1",
            "missing or repeated among the recent"
        ),
        (
            "DELETE FROM recent_events WHERE position = (SELECT max(position) - 1 FROM recent_events)",
            "a position is missing"
        ),
        ("UPDATE settled_events SET position = 1 WHERE \"offset\" = 3", "does not grow"),
        ("UPDATE settled_events SET at = 1 WHERE \"offset\" = 3", "does not grow"),
        ("DELETE FROM sessions WHERE id = 1", "belongs to no session"),
        ("UPDATE sessions SET closed = 1 WHERE id = 1", "is closed and has no"),
        ("UPDATE sessions SET closed = 0 WHERE closed = 1", "is closed and has no"),
        ("DELETE FROM open_runs", "a run is open and not recorded"),
        ("INSERT INTO open_runs VALUES (1, 3, NULL, 0)", "awaits a run"),
        ("INSERT INTO open_runs VALUES (2, 1, 2, 0)", "a run is open and not recorded"),
        (
            "PRAGMA ignore_check_constraints = ON; UPDATE settled_events SET cause = 5 WHERE \"offset\" = 3",
            "a cause is no earlier event"
        ),
        ("INSERT INTO pruned_sessions VALUES (1, 8)", "deleted after their time"),
        (
            """
            INSERT INTO recent_events SELECT (SELECT max(position) + 1 FROM recent_events), session, "offset", at, kind, v,
                cause, 'other' FROM settled_events WHERE session = 1 AND "offset" = 6
            """, "differs between the two tables"
        ),
    ]

    @Test("A file whose pages make no sense is damaged, not unreadable")
    func malformed() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        for name in ["a", "b"] { try await log.append(.tokens(Array(repeating: "text", count: 500)), to: .test(name)) }
        try await log.settle()
        log.shutDown()
        let file = try #require(FileHandle(forUpdatingAtPath: directory.path + "/log.db"))
        try file.seek(toOffset: 2 * 4_096)
        try file.write(contentsOf: Data(repeating: 0xA5, count: 3 * 4_096))
        try file.close()
        let findings = try LogCheck(directory: directory.path).findings
        #expect(findings.contains { $0.contains("malformed") }, "\(findings)")
        #expect(findings.count > 1, "SQLite says more of it: \(findings)")
    }

    @Test("A sound log has no findings, and every damage has one", arguments: damages.indices)
    func damage(index: Int) async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        let message = NewEvent(kind: .messageReceived, cause: .none, body: "{}")
        let run = NewEvent(kind: .runStarted, cause: .event(Offset(1)), body: "{}")
        _ = try await log.append(Append(to: .test("a"), [message], awaitsRun: true))
        try await log.append([run] + .tokens(["a", "b", "c", "d"]), to: .test("a"))
        let close = NewEvent(kind: .sessionClosed, cause: .none, body: "{}")
        try await log.append(.tokens(["a", "b"]) + [close], to: .test("b"))
        try await log.settle()
        try await log.append(.tokens(["a", "b", "c"]), to: .test("a"))
        log.shutDown()
        let sound = try LogCheck(directory: directory.path)
        #expect(sound.findings == [])
        #expect(sound.events == 12)
        #expect(sound.sessions == 2)

        let damage = Self.damages[index]
        let connection = try Connection(path: directory.path + "/log.db", mode: .readWrite)
        try connection.execute("DROP TRIGGER recent_events_are_immutable; DROP TRIGGER settled_events_are_immutable")
        try connection.execute(damage.sql)
        connection.close()
        let findings = try LogCheck(directory: directory.path).findings
        #expect(findings.contains { $0.contains(damage.says) }, "\(findings)")
    }

    @Test("An offset that no log has counted to ends a read and an append of its session with an error")
    func impossibleOffset() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        for session in ["a", "b"] { try await log.append(.tokens(["a", "b"]), to: .test(session)) }
        try await log.settle()
        log.shutDown()
        let connection = try Connection(path: directory.path + "/log.db", mode: .readWrite)
        try connection.execute(
            """
            INSERT INTO settled_events (session, "offset", position, at, kind, v, cause, body)
                SELECT session, 9223372036854775807, position, at, kind, v, cause, body FROM settled_events
                WHERE session = 1 AND "offset" = 2
            """)
        connection.close()
        let again = try SQLiteEventLog(directory: directory.path)
        defer { again.shutDown() }
        let append = await #expect(throws: EventLogError.self) {
            try await again.append([.custom("x")], to: .test("a"))
        }
        #expect(append?.code == .storageFailed)
        let read = await #expect(throws: EventLogError.self) { try await again.read(.test("a"), after: .beginning) }
        #expect(read?.code == .storageFailed)
        try await again.append([.custom("x")], to: .test("b"))
    }
}
