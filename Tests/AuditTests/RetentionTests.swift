import Audit
import EventLog
import Events
import Evidence
import Foundation
import SQLite
import TestSupport
import Testing

@Suite("Retention") struct RetentionTests {
    static let secret = "what-was-said-long-ago"
    let future = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1e6) + 3_600_000_000)

    /// Two sessions that are old soon, one of them with an attachment, and one in which a message waits.
    func fill(_ bench: AuditBench) async throws -> String {
        let digest = try bench.attachments.store(Array("bytes of \(Self.secret)".utf8))
        let part = ContentPart(contentType: "file", name: "a.csv", sha256: digest, size: 1)
        let message = MessageReceived(
            chatbot: "x", contents: [ContentPart(contentType: "text", content: Self.secret), part])
        try await bench.log.append([NewEvent(.messageReceived, message)], to: .test("old"))
        for _ in 0..<5 {
            try await bench.log.append(.tokens(Array(repeating: Self.secret, count: 200)), to: .test("old"))
        }
        try await bench.log.append(.tokens([Self.secret]), to: .test("older"))
        try await bench.desk.erase(.test("older"), at: Offset(1), who: "officer", why: nil, forget: { _ in })
        let waiting = NewEvent(kind: .messageReceived, cause: .none, body: "{}")
        _ = try await bench.log.append(Append(to: .test("waiting"), [waiting], awaitsRun: true))
        try await bench.log.settle()
        return digest
    }

    @Test("Old sessions go with everything that was theirs, everything else still verifies, and nothing comes back")
    func prune() async throws {
        let bench = try AuditBench()
        let digest = try await fill(bench)
        let before = try Checkpoint(text: try bench.desk.checkpoint())
        let none = try await bench.desk.prune(
            before: Timestamp(microseconds: 1), who: "officer", why: "age", forget: { _ in })
        #expect(none.pruned == [] && none.unfinished == [])
        let planned = try await bench.desk.oldSessions(before: future)
        #expect(planned.events == 1_002)
        #expect(try await bench.log.read(.test("old"), after: .beginning).events.count > 0)

        let pruning = try await bench.desk.prune(before: future, who: "officer", why: "age", forget: { _ in })
        #expect(pruning == planned)
        #expect(pruning.pruned.map(\.session.name) == ["old", "older"])
        #expect(pruning.unfinished.map(\.session.name) == ["waiting"])
        #expect(pruning.attachments == 1)
        #expect(try bench.attachments.bytes(digest) == nil)
        #expect(try bench.files(holding: Self.secret) == [])
        let error = await #expect(throws: EventLogError.self) {
            try await bench.log.read(.test("old"), after: .beginning)
        }
        #expect(error?.code == .sessionErased)
        await #expect(throws: EventLogError.self) { try await bench.log.append(.tokens(["x"]), to: .test("old")) }
        #expect(try await bench.log.status(of: .test("old"))?.head == Offset(1_001))
        #expect(try await bench.desk.verify(.test("old")).findings == [])
        let listed = try await bench.log.sessions(before: nil, limit: 10).filter(\.status.isErased)
        #expect(Set(listed.map(\.session.name)) == ["old", "older"])
        #expect(try await bench.desk.prune(before: future, who: "officer", why: "age", forget: { _ in }).pruned == [])
        try await bench.log.append(.tokens(["more"]), to: .test("new"))
        bench.log.shutDown()

        let result = try LogVerifier(directory: bench.path).verify(nil, checkpoints: [("checkpoint", before)])
        #expect(result.findings == [])
        #expect(result.pruned == 2)
        #expect(result.checkpoints == ["checkpoint"])
        #expect(try LogCheck(directory: bench.path).findings == [])
        #expect(try bench.secondVerifier(["log", bench.path]) == "verified\n")
        #expect(throws: EventLogError.self) { try LogFile(directory: bench.path).page(.test("old"), after: .beginning) }
        let again = try SQLiteEventLog(directory: bench.path)
        defer { again.shutDown() }
        await #expect(throws: EventLogError.self) { try await again.append(.tokens(["x"]), to: .test("old")) }
    }

    @Test("A pruning that was interrupted leaves a sound log, and the next start deletes the attachments")
    func interruptedPrune() async throws {
        let bench = try AuditBench()
        let digest = try await fill(bench)
        let record = Append(to: AccessRecord.session, [.custom("interrupted")])
        try await bench.log.prune([.test("old")], with: record)
        bench.log.shutDown()
        #expect(try LogCheck(directory: bench.path).findings == [])
        #expect(try bench.attachments.bytes(digest) != nil)

        let again = try SQLiteEventLog(directory: bench.path)
        let desk = AuditDesk(log: again, directory: bench.path, attachments: bench.attachments, keys: bench.keys)
        #expect(try await desk.finishErasures { _ in })
        #expect(try bench.attachments.bytes(digest) == nil)
        again.shutDown()
        for text in [Self.secret, digest] { #expect(try bench.files(holding: text) == []) }
        #expect(try LogCheck(directory: bench.path).findings == [])
    }

    @Test("Whoever verifies a log whose database was emptied is told so, and its WAL stays")
    func emptied() throws {
        let bench = try AuditBench()
        bench.log.shutDown()
        let wal = URL(fileURLWithPath: bench.path + "/log.db-wal")
        try Data("what is left".utf8).write(to: wal)
        try Data().write(to: URL(fileURLWithPath: bench.path + "/log.db"))
        #expect(throws: EventLogError.self) { try LogVerifier(directory: bench.path).verify(nil) }
        #expect(try Data(contentsOf: wal) == Data("what is left".utf8))
    }

    @Test(
        "A deletion that looks like pruning and was none is found",
        arguments: [
            // Nobody recorded it.
            """
            INSERT INTO pruned_sessions VALUES ((SELECT id FROM sessions WHERE name = 'waiting'), 1);
            DELETE FROM settled_events WHERE session = (SELECT id FROM sessions WHERE name = 'waiting')
            """,
            // A part of another session goes with it.
            "UPDATE pruned_sessions SET head = head + 1",
            "UPDATE pruned_sessions SET head = 1",
            "DELETE FROM pruned_sessions",
            """
            INSERT INTO settled_events SELECT (SELECT max(session) FROM pruned_sessions), 1, position, at, kind, v, NULL, 'x'
            FROM settled_events LIMIT 1
            """,
        ])
    func tampering(sql: String) async throws {
        let bench = try AuditBench()
        _ = try await fill(bench)
        _ = try await bench.desk.prune(before: future, who: "officer", why: "age", forget: { _ in })
        bench.log.shutDown()
        let connection = try Connection(path: bench.path + "/log.db", mode: .readWrite)
        try connection.execute(sql)
        connection.close()
        #expect(!(try LogVerifier(directory: bench.path).verify(nil).isSound))
    }

    @Test("A log that is compacted has the same events in fewer bytes")
    func compact() async throws {
        let bench = try AuditBench()
        for _ in 0..<20 {
            try await bench.log.append(.tokens(Array(repeating: "some text", count: 500)), to: .test("s"))
        }
        try await bench.log.append(.tokens(["x"]), to: .test("other"))
        let before = try await bench.log.all(.test("s"))
        try await bench.log.compact()
        #expect(try await bench.log.all(.test("s")) == before)
        try await bench.log.append(.tokens(["more"]), to: .test("other"))
        bench.log.shutDown()
        #expect(try LogVerifier(directory: bench.path).verify(nil).findings == [])
        #expect(try LogCheck(directory: bench.path).findings == [])
        let connection = try Connection(path: bench.path + "/log.db", mode: .readOnly)
        #expect(try connection.integer("PRAGMA freelist_count") ?? 0 < 10)
    }

    @Test("A copy made while events are appended is sound, of one instant, and opens as a log of its own")
    func backup() async throws {
        let bench = try AuditBench()
        let digest = try await fill(bench)
        let log = bench.log
        let writer = Task {
            var count = 0
            while !Task.isCancelled {
                try await log.append(.tokens(["more"]), to: .test("live"))
                count += 1
            }
            return count
        }
        let target = try TemporaryDirectory()
        _ = try await log.append(.tokens(["first"]), to: .test("live"))
        let backup = try LogBackup(from: bench.path, to: target.path)
        writer.cancel()
        _ = try await writer.value
        #expect(backup.attachments == 1)
        #expect(try LogCheck(directory: target.path).findings == [])
        #expect(try LogVerifier(directory: target.path).verify(nil).findings == [])
        let copy = try SQLiteEventLog(directory: target.path, logger: bench.logger)
        defer { copy.shutDown() }
        #expect(copy.incarnation != log.incarnation)
        let copied = try await copy.all(.test("live"))
        #expect(copied == Array(try await log.all(.test("live")).prefix(copied.count)))
        #expect(try AttachmentStore(dataDirectory: target.path).bytes(digest) != nil)
        bench.log.shutDown()
        // An attachment that is gone or has other bytes is a finding.
        for change in ["other bytes", nil] {
            let file = "\(target.path)/attachments/\(digest)"
            if let change {
                try change.write(toFile: file, atomically: true, encoding: .utf8)
            } else {
                try FileManager.default.removeItem(atPath: file)
            }
            #expect(try LogCheck(directory: target.path).findings.contains { $0.contains(digest) })
        }
    }
}
