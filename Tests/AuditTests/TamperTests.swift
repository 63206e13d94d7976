import Audit
import EventLog
import Events
import Evidence
import Foundation
import SQLite
import TestSupport
import Testing

@Suite("A log that was changed") struct TamperTests {
    @Test("A sound log has no findings, settled or not")
    func sound() async throws {
        for isSettled in [true, false] {
            let log = try await TamperedLog(isSettled: isSettled)
            let result = try log.verify()
            #expect(result.findings == [])
            #expect(result.events == (isSettled ? 11 : 14))
            #expect(result.sealed == 11)
            #expect(result.seals == 4)
            for session in ["a", "b", "c"] { #expect(try log.verify(.test(session)).isSound) }
        }
    }

    @Test("Every byte of every column of every event is flipped in turn, and each time it is found")
    func everyByte() async throws {
        var tried = 0
        var refused = 0
        var missed: [String] = []
        var misplaced: [String] = []
        for isSettled in [true, false] {
            let log = try await TamperedLog(isSettled: isSettled)
            for table in TamperedLog.tables {
                let key = table == "settled_events" ? "position" : "position"
                for position in try positions(table, log) {
                    let place = try place(table, position, log)
                    for flip in try flips(table, position, log) {
                        let isMade = try log.change(
                            "UPDATE \(table) SET \(flip.change) WHERE \(key) = \(position)", flip.bytes)
                        guard isMade else {
                            refused += 1
                            continue
                        }
                        tried += 1
                        let result = try log.verify()
                        let what = "\(table) position \(position): \(flip.name)"
                        if result.isSound { missed.append(what) }
                        // Within what is sealed a changed body is named by its session and offset.
                        let isNamed = result.findings.contains {
                            $0.session == place.session && $0.offset == place.offset
                        }
                        if table == "settled_events", flip.isContent, !isNamed { misplaced.append(what) }
                        try flip.undo(log, table, position)
                    }
                }
            }
            #expect(try log.verify().findings == [], "put right again")
        }
        print(
            "flipped bytes: \(tried) tried, \(tried - missed.count) found; \(refused) refused by the keys of the tables"
        )
        #expect(missed == [])
        #expect(misplaced == [])
        #expect(tried > 800)
    }

    /// Changes of rows, and the first place and the kind that each is told as.
    static let changes: [(sql: String, session: String?, offset: Int64?, change: Verification.Change)] = [
        ("DELETE FROM settled_events WHERE session = 1 AND \"offset\" = 4", "a", 4, .removed),
        ("DELETE FROM settled_events WHERE session = 1 AND \"offset\" = 1", "a", 1, .removed),
        ("DELETE FROM settled_events WHERE session = 1 AND \"offset\" > 5", "a", 6, .truncated),
        ("DELETE FROM settled_events WHERE session = 3", "c", 1, .sessionMissing),
        (
            """
            DELETE FROM settled_events WHERE session = 1 AND "offset" = 3;
            UPDATE settled_events SET "offset" = "offset" - 1 WHERE session = 1 AND "offset" > 3
            """, "a", 3, .removed
        ),
        (
            """
            UPDATE settled_events SET "offset" = 99 WHERE session = 1 AND "offset" = 3;
            UPDATE settled_events SET "offset" = 3 WHERE session = 1 AND "offset" = 4;
            UPDATE settled_events SET "offset" = 4 WHERE session = 1 AND "offset" = 99
            """, "a", 3, .reordered
        ),
        (
            """
            UPDATE settled_events SET body = CASE "offset" WHEN 1 THEN 'world' ELSE 'hello ' END
            WHERE session = 2 AND "offset" < 3
            """, "b", 1, .reordered
        ),
        (
            """
            UPDATE settled_events SET "offset" = -"offset" - 1 WHERE session = 1 AND "offset" > 3;
            UPDATE settled_events SET "offset" = -"offset" WHERE session = 1 AND "offset" < 0;
            INSERT INTO settled_events SELECT session, 4, position, at, kind, v, cause, 'more' FROM settled_events
            WHERE session = 1 AND "offset" = 3
            """, "a", 4, .inserted
        ),
        (
            """
            INSERT INTO settled_events SELECT session, 8, 12, at, kind, v, cause, 'more' FROM settled_events
            WHERE session = 1 AND "offset" = 7; UPDATE log_properties SET value = '12' WHERE name = 'trimmed_position'
            """, "a", 8, .inserted
        ),
        ("UPDATE settled_events SET body = NULL WHERE session = 1 AND \"offset\" = 4", "a", 4, .edited),
        (
            """
            UPDATE settled_events SET body = NULL WHERE session = 1 AND "offset" = 4;
            INSERT INTO erased_leaves VALUES (1, 4, zeroblob(32))
            """, "a", 4, .removed
        ),
        ("DELETE FROM sessions WHERE id = 2", nil, nil, .sessionMissing),
        ("UPDATE sessions SET name = 'bb' WHERE id = 2", "bb", 1, .edited),
        ("DELETE FROM seals WHERE number = 1", nil, nil, .sessionMissing),
        ("UPDATE seals SET chain = zeroblob(32) WHERE number = 0", "a", 1, .edited),
        ("DELETE FROM session_salts WHERE session = 1", "a", 1, .edited),
        (
            """
            DELETE FROM settled_events WHERE session = 3; DELETE FROM seals WHERE session = 3;
            DELETE FROM session_salts WHERE session = 3; DELETE FROM sessions WHERE id = 3
            """, nil, nil, .sessionMissing
        ),
        (
            """
            INSERT INTO recent_events SELECT position, session, "offset", at, kind, v, cause, body
            FROM settled_events WHERE session = 2
            """, nil, nil, .inserted
        ),
        (
            """
            INSERT INTO recent_events SELECT 12, session, "offset", at, kind, v, cause, 'other'
            FROM settled_events WHERE session = 2 AND "offset" = 1
            """, "b", 1, .inserted
        ),
    ]

    @Test(
        "Rows deleted, swapped, duplicated and inserted are found, and told as what they are",
        arguments: changes.indices)
    func rows(index: Int) async throws {
        let log = try await TamperedLog(isSettled: true)
        let change = Self.changes[index]
        try log.connection.execute(change.sql)
        let findings = try log.verify().findings
        #expect(
            findings.contains {
                $0.session == change.session && $0.offset == change.offset && $0.change == change.change
            },
            "\(change.sql): \(findings.map(\.line))")
    }

    @Test("A changed byte on a page that is nothing but text is found, by the seals alone")
    func textPage() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        let around = String(repeating: "x", count: 10_000)
        try await log.append(.tokens(["a", around + "the middle" + around]), to: .test("s"))
        try await log.settle()
        log.shutDown()
        let file = URL(fileURLWithPath: directory.path + "/log.db")
        var bytes = try Data(contentsOf: file)
        var changes = 0
        while let place = bytes.range(of: Data("the middle".utf8)) {
            bytes[place.lowerBound] ^= 1
            changes += 1
        }
        try #require(changes > 0)
        try bytes.write(to: file)
        #expect(try LogCheck(directory: directory.path).findings == [])
        let findings = try LogVerifier(directory: directory.path).verify(nil).findings
        #expect(findings.contains { $0.session == "s" && $0.offset == 2 && $0.change == .edited }, "\(findings)")
    }

    @Test("A seal without its session or its chain fails the verification of every other session and checkpoint")
    func brokenSeal() async throws {
        for change in [
            "DELETE FROM sessions WHERE id = 2", "UPDATE seals SET chain = x'00' WHERE session = 2",
        ] {
            let log = try await TamperedLog(isSettled: true)
            let note = Checkpoint(origin: "log", size: try log.verify().seals, root: Hash256.of([]))
            try log.connection.execute(change)
            let found = try log.verify(.test("a"), checkpoints: [("kept checkpoint", note)])
            #expect(found.findings.map(\.change) == [.sessionMissing, .rewritten], "\(change)")
            #expect(found.checkpoints == [])
        }
    }

    @Test("A session that is gone without a trace, an older copy and a rewritten history are seen from a checkpoint")
    func checkpoints() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/log"
        let log = try SQLiteEventLog(directory: path)
        try await TamperedLog.fill(log)
        try await log.settle()
        log.shutDown()
        try FileManager.default.copyItem(atPath: path, toPath: directory.path + "/older")
        let again = try SQLiteEventLog(directory: path)
        try await again.append(.tokens(["later"]), to: .test("later"))
        try await again.settle()
        let tree = try #require(again.tree)
        let kept = Checkpoint(origin: "log", size: tree.size, root: tree.root)
        again.shutDown()
        let sound = try LogVerifier(directory: path).verify(nil, checkpoints: [("kept checkpoint", kept)])
        #expect(sound.isSound)
        #expect(sound.checkpoints == ["kept checkpoint"])

        // The older copy fits itself, and not what was kept outside.
        let older = directory.path + "/older"
        #expect(try LogVerifier(directory: older).verify(nil).isSound)
        let found = try LogVerifier(directory: older).verify(nil, checkpoints: [("kept checkpoint", kept)])
        #expect(found.findings.map(\.change) == [.truncated])

        // Somebody who has the program makes the same log anew, without one word.
        let forged = directory.path + "/forged"
        let other = try SQLiteEventLog(directory: forged)
        try await TamperedLog.fill(other)
        try await other.settle()
        try await other.append(.tokens(["LATER"]), to: .test("later"))
        try await other.settle()
        other.shutDown()
        #expect(try LogVerifier(directory: forged).verify(nil).isSound)
        let rewritten = try LogVerifier(directory: forged).verify(nil, checkpoints: [("kept checkpoint", kept)])
        #expect(rewritten.findings.map(\.change) == [.rewritten])
    }

    @Test("A database replaced by an older copy beside a newer mark is found")
    func olderDatabase() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/log"
        let log = try SQLiteEventLog(directory: path)
        try await TamperedLog.fill(log)
        log.shutDown()
        try FileManager.default.copyItem(atPath: path + "/log.db", toPath: directory.path + "/older.db")
        let again = try SQLiteEventLog(directory: path)
        try await again.append(.tokens(["later"]), to: .test("later"))
        again.shutDown()
        try FileManager.default.removeItem(atPath: path + "/log.db")
        try FileManager.default.copyItem(atPath: directory.path + "/older.db", toPath: path + "/log.db")
        #expect(!(try LogVerifier(directory: path).verify(nil).isSound))
    }

    // MARK: Flips

    struct Flip {
        var name: String
        var change: String
        var bytes: [UInt8]?
        var undo: (TamperedLog, String, Int64) throws -> Void
        /// True where the row stays in its place.
        var isContent = true
    }

    private func positions(_ table: String, _ log: TamperedLog) throws -> [Int64] {
        let rows = try log.connection.prepare("SELECT position FROM \(table) ORDER BY position")
        var found: [Int64] = []
        while try rows.step() { found.append(rows.integer(0)) }
        return found
    }

    private func place(_ table: String, _ position: Int64, _ log: TamperedLog) throws -> (
        session: String, offset: Int64
    ) {
        let row = try log.connection.prepare(
            "SELECT s.name, e.\"offset\" FROM \(table) AS e JOIN sessions AS s ON s.id = e.session WHERE position = ?1")
        row.bind(position, at: 1)
        defer { row.reset() }
        guard try row.step() else { throw CocoaError(.fileReadCorruptFile) }
        return (row.text(0), row.integer(1))
    }

    private func flips(_ table: String, _ position: Int64, _ log: TamperedLog) throws -> [Flip] {
        let columns = TamperedLog.integers.joined(separator: ", ")
        let row = try log.connection.prepare("SELECT \(columns), body FROM \(table) WHERE position = ?1")
        row.bind(position, at: 1)
        defer { row.reset() }
        guard try row.step() else { return [] }
        var flips: [Flip] = []
        for (index, column) in TamperedLog.integers.enumerated() {
            let isContent = !["session", "\"offset\"", "position"].contains(column)
            let old = row.optionalInteger(Int32(index))
            for byte in 0..<8 {
                let new = (old ?? 0) ^ (0xFF << (8 * Int64(byte)))
                let from = old.map(String.init) ?? "NULL"
                let flip = Flip(
                    name: "byte \(byte) of \(column)", change: "\(column) = \(new)",
                    undo: { log, table, position in
                        let key = column == "position" ? new : position
                        _ = try log.change("UPDATE \(table) SET \(column) = \(from) WHERE position = \(key)")
                    }, isContent: isContent)
                flips.append(flip)
            }
        }
        let body = row.bytes(Int32(TamperedLog.integers.count))
        for index in body.indices {
            var changed = body
            changed[index] ^= 1
            let undo = { (log: TamperedLog, table: String, position: Int64) in
                _ = try log.change("UPDATE \(table) SET body = CAST(?1 AS TEXT) WHERE position = \(position)", body)
            }
            flips.append(
                Flip(name: "byte \(index) of body", change: "body = CAST(?1 AS TEXT)", bytes: changed, undo: undo))
        }
        return flips
    }
}
