import EventLog
import Events
import Projections
import SQLite
import Synchronization
import TestSupport
import Testing

@Suite("Stored projections") struct ProjectionCheckTests {
    static let secret = "the-secret-of-the-person-who-asked"
    let session = SessionID.test("s")

    private func message(_ text: String) throws -> NewEvent {
        let contents = [ContentPart(contentType: "text", content: text)]
        return try NewEvent(.messageReceived, MessageReceived(chatbot: "bot", contents: contents))
    }

    @Test("A fold that was begun before an erasure is not stored after it")
    func erasedMeanwhile() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        defer { log.shutDown() }
        try await log.append([try message("first"), try message(Self.secret)], to: session)
        let held = HeldLog(log)
        let projector = try Projector(log: held, dataDirectory: directory.path)
        async let saving: Void = projector.save(session)
        await held.hasRead.wait()
        try await log.erase(session, at: Offset(2), with: Append(to: .test("record"), [.custom("erased")]))
        try await projector.forget([session])
        held.mayGoOn.open()
        try await saving
        let stored = try #require(try await projector.storedText(session))
        #expect(stored.contains("first"))
        #expect(!stored.contains(Self.secret))
    }

    @Test("A stored state that is not the fold of the log is found")
    func check() async throws {
        let directory = try TemporaryDirectory()
        #expect(try ProjectionCheck(directory: directory.path).states == 0)
        // A crash came between the file and its first table.
        let empty = try Connection(path: directory.path + "/projections.db", mode: .create)
        try empty.execute("PRAGMA journal_mode = WAL")
        empty.close()
        #expect(try ProjectionCheck(directory: directory.path).findings == [])
        let log = try SQLiteEventLog(directory: directory.path)
        let projector = try Projector(log: log, dataDirectory: directory.path)
        for name in ["a", "b", "c"] {
            try await log.append([try message("of \(name)")], to: .test(name))
            try await projector.save(.test(name))
        }
        // What comes later changes nothing about what is stored.
        try await log.append([try message("later")], to: .test("a"))
        let sound = try ProjectionCheck(directory: directory.path)
        #expect(sound.findings == [])
        #expect(sound.states == 3)
        log.shutDown()
        for (sql, says) in [
            (
                "UPDATE states SET state = replace(state, 'of b', 'of B') WHERE session = 'b'",
                "session b: what is stored"
            ),
            ("UPDATE states SET checkpoint = 9 WHERE session = 'c'", "session c: it is stored at offset 9"),
        ] {
            let connection = try Connection(path: directory.path + "/projections.db", mode: .readWrite)
            try connection.execute(sql)
            connection.close()
            let findings = try ProjectionCheck(directory: directory.path).findings
            #expect(findings.contains { $0.contains(says) }, "\(findings)")
        }
    }
}

/// A log whose first long read is held up after it has read.
private final class HeldLog: ForwardingEventLog {
    let hasRead = Gate()
    let mayGoOn = Gate()
    let log: any EventLog
    private let isHeld = Mutex(true)

    init(_ log: any EventLog) { self.log = log }

    func read(
        _ session: SessionID, after: Offset, limit: Int, withCauses: Bool
    ) async throws -> EventPage {
        let page = try await log.read(session, after: after, limit: limit, withCauses: withCauses)
        let isFirst = isHeld.withLock { isHeld in
            defer { if limit > 1 { isHeld = false } }
            return isHeld && limit > 1
        }
        if isFirst {
            hasRead.open()
            await mayGoOn.wait()
        }
        return page
    }
}
