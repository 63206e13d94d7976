import Audit
import EventLog
import Events
import Evidence
import Foundation
import SQLite
import Synchronization
import TestSupport
import Testing

@Suite("Erasing") struct EraseTests {
    static let secret = "the-secret-of-the-person-who-asked"
    let session = SessionID.test("person")

    @Test("An erased session is gone from every file, and everything else still verifies")
    func wholeSession() async throws {
        let bench = try AuditBench()
        let digest = try bench.attachments.store(Array("bytes of \(Self.secret)".utf8))
        let shared = try bench.attachments.store(Array("bytes of everybody".utf8))
        let part = { ContentPart(contentType: "file", name: "a.csv", sha256: $0, size: 1) }
        let contents = [ContentPart(contentType: "text", content: Self.secret), part(digest), part(shared)]
        try await bench.log.append(
            [NewEvent(.messageReceived, MessageReceived(chatbot: "x", contents: contents))], to: session)
        for _ in 0..<50 { try await bench.log.append(.tokens((0..<40).map { "\(Self.secret) \($0)" }), to: session) }
        let other = [ContentPart(contentType: "text", content: "kept"), part(shared)]
        try await bench.log.append(
            [NewEvent(.messageReceived, MessageReceived(chatbot: "x", contents: other))], to: .test("other"))
        try await bench.log.settle()
        let before = try Checkpoint(text: try bench.desk.checkpoint())

        try await bench.desk.erase(session, who: "officer", why: "asked on paper", forget: { _ in })
        #expect(try bench.files(holding: Self.secret) == [])
        #expect(try bench.attachments.bytes(digest) == nil)
        #expect(try bench.attachments.bytes(shared) != nil)

        let error = await #expect(throws: EventLogError.self) { try await bench.log.read(session, after: .beginning) }
        #expect(error?.code == .sessionErased)
        await #expect(throws: EventLogError.self) { try await bench.log.append(.tokens(["x"]), to: session) }
        try await bench.log.append(.tokens(["more"]), to: .test("other"))
        let record = try await bench.log.read(AccessRecord.session, after: .beginning).events
        #expect(record.map(\.kind) == [.sessionErased])
        #expect(try record[0].decode(Access.self) == Access(session: session, who: "officer", why: "asked on paper"))

        bench.log.shutDown()
        let verified = try LogVerifier(directory: bench.path).verify(nil, checkpoints: [("checkpoint", before)])
        #expect(verified.findings == [])
        #expect(verified.erased == 2_002)
        #expect(verified.checkpoints == ["checkpoint"])
        #expect(try bench.secondVerifier(["log", bench.path]) == "verified\n")

        // A restart remembers it, and a projection made anew passes it by.
        let again = try SQLiteEventLog(directory: bench.path)
        defer { again.shutDown() }
        await #expect(throws: EventLogError.self) { try await again.read(session, after: .beginning) }
        #expect(try await again.sessions(before: nil, limit: 10).filter(\.status.isErased).map(\.session) == [session])
    }

    @Test("One event is erased; the events around it still verify, and its leaf can no longer be guessed")
    func oneEvent() async throws {
        let bench = try AuditBench()
        try await bench.log.append(.tokens(["before", Self.secret, "after"]), to: session)
        try await bench.log.settle()
        try await bench.desk.erase(session, at: Offset(2), who: "officer", why: nil, forget: { _ in })
        #expect(try bench.files(holding: Self.secret) == [])
        try await bench.log.append(.tokens(["later"]), to: session)
        try await bench.log.settle()
        #expect(try await bench.log.all(session).map(\.body) == ["before", nil, "after", "later"])
        // Once more changes nothing.
        try await bench.desk.erase(session, at: Offset(2), who: "officer", why: nil, forget: { _ in })
        bench.log.shutDown()
        let verified = try LogVerifier(directory: bench.path).verify(nil)
        #expect(verified.findings == [])
        #expect(verified.erased == 1)
        #expect(try bench.secondVerifier(["log", bench.path]) == "verified\n")

        let connection = try Connection(path: bench.path + "/log.db", mode: .readOnly)
        let rows = try connection.prepare("SELECT secret FROM session_salts WHERE derived = 0")
        #expect(try rows.step())
        #expect(Array(rows.bytes(0)[16..<32]) == Array(repeating: 0, count: 16))
        rows.reset()
    }

    @Test("What is erased before it was ever sealed is sealed later, one event or a whole session")
    func neverSealed() async throws {
        let bench = try AuditBench(audit: false)
        let other = SessionID.test("other")
        try await bench.log.append(.tokens(["before", Self.secret, "after"]), to: session)
        try await bench.log.append(.tokens([Self.secret, "all of it"]), to: other)
        try await bench.desk.erase(session, at: Offset(2), who: "officer", why: nil, forget: { _ in })
        try await bench.desk.erase(other, who: "officer", why: nil, forget: { _ in })
        bench.log.shutDown()
        let again = try SQLiteEventLog(directory: bench.path)
        try await again.append(.tokens(["later"]), to: session)
        try await again.settle()
        #expect(try await again.all(session).map(\.body) == ["before", nil, "after", "later"])
        again.shutDown()
        let verified = try LogVerifier(directory: bench.path).verify(nil)
        #expect(verified.findings == [])
        #expect(verified.erased == 4)
        #expect(try bench.secondVerifier(["log", bench.path]) == "verified\n")
        #expect(try bench.files(holding: Self.secret) == [])
    }

    @Test("While a reader holds the old text, nobody else is given it, and the next start takes it out of the files")
    func unfinished() async throws {
        let bench = try AuditBench()
        let forgotten = Mutex<[SessionID]>([])
        try await bench.log.append(.tokens(["before", Self.secret]), to: session)
        try await bench.log.settle()
        let reader = try Connection(path: bench.path + "/log.db", mode: .readOnly)
        try reader.execute("BEGIN; SELECT count(*) FROM settled_events")
        let error = await #expect(throws: EventLogError.self) {
            try await bench.desk.erase(
                session, who: "officer", why: nil, forget: { names in forgotten.withLock { $0 += names } })
        }
        #expect(error?.code == .storageFailed)
        #expect(forgotten.withLock { $0 } == [session])
        let refused = await #expect(throws: EventLogError.self) { try await bench.log.read(session, after: .beginning) }
        #expect(refused?.code == .sessionErased)
        try reader.execute("COMMIT")
        reader.close()
        bench.log.shutDown()

        let again = try SQLiteEventLog(directory: bench.path)
        defer { again.shutDown() }
        let desk = AuditDesk(log: again, directory: bench.path, attachments: bench.attachments, keys: bench.keys)
        #expect(try await again.hasUnfinishedErasures())
        #expect(try await desk.finishErasures { names in forgotten.withLock { $0 += names } })
        // The file was written anew before, and only the WAL had to be cut.
        #expect(forgotten.withLock { $0 } == [session])
        #expect(!(try await again.hasUnfinishedErasures()))
        #expect(try bench.files(holding: Self.secret) == [])
    }

    @Test("Bytes that somebody stores again while they are erased are not lost, and those of a crash are taken away")
    func storedMeanwhile() async throws {
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        let bytes = Array("bytes of everybody".utf8)
        let digest = AttachmentStore.digest(bytes)
        let part = ContentPart(contentType: "file", name: "a.csv", sha256: digest, size: 1)
        let message = try NewEvent(.messageReceived, MessageReceived(chatbot: "x", contents: [part]))
        _ = try await bench.attachments.storing([digest: bytes]) { try await bench.log.append([message], to: session) }

        // The upload has found the bytes and has not yet recorded its message when the erasure begins.
        let (stored, erasing) = (Gate(), Gate())
        async let upload: Void = bench.attachments.storing([digest: bytes]) {
            stored.open()
            await erasing.wait()
            try await bench.log.append([message], to: .test("other"))
        }
        await stored.wait()
        async let erasure: Void = bench.desk.erase(session, who: "officer", why: nil, forget: { _ in })
        // The erasure has closed the session, and comes to the attachments next.
        let deadline = ContinuousClock.now + .seconds(20)
        while try await bench.log.status(of: session)?.isClosed != true, .now < deadline { await Task.yield() }
        erasing.open()
        _ = try await (upload, erasure)
        #expect(try bench.attachments.bytes(digest) == bytes)

        try await bench.desk.erase(.test("other"), who: "officer", why: nil, forget: { _ in })
        #expect(try bench.attachments.bytes(digest) == nil)
        let leftover = "\(bench.path)/attachments/.\(digest).\(UUID().uuidString)"
        try Data(bytes).write(to: URL(fileURLWithPath: leftover))
        try bench.attachments.removeLeftovers()
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.path + "/attachments") == [])
    }

    @Test("Two erasures in one session at the same time each throw away what was made of it after their own commit")
    func parallel() async throws {
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        let (desk, log) = (bench.desk, bench.log)
        for round in 0..<5 {
            let session = SessionID.test("s\(round)")
            try await bench.log.append(.tokens(["a", "b"]), to: session)
            // How many bodies were erased at each throwing away: the last one must see both.
            let seen = Mutex<[Int]>([])
            let forget: @Sendable ([SessionID]) async throws -> Void = { _ in
                let erased = try await log.all(session).filter { $0.body == nil }.count
                seen.withLock { $0.append(erased) }
            }
            async let first: Void = desk.erase(session, at: Offset(1), who: "x", why: nil, forget: forget)
            async let second: Void = desk.erase(session, at: Offset(2), who: "x", why: nil, forget: forget)
            _ = try await (first, second)
            #expect(seen.withLock { $0 } == [1, 2])
        }
    }

    @Test("An attachment that a fork names too goes with the second of both, erased at the same time")
    func forkAndOriginal() async throws {
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        let digest = try bench.attachments.store(Array("bytes of \(Self.secret)".utf8))
        let part = ContentPart(contentType: "file", name: "a.csv", sha256: digest, size: 1)
        let message = MessageReceived(chatbot: "x", contents: [part])
        try await bench.log.append([try NewEvent(.messageReceived, message)], to: session)
        _ = try await bench.log.fork(session, at: nil, to: .test("fork"))
        async let first: Void = bench.desk.erase(session, who: "x", why: nil, forget: { _ in })
        async let second: Void = bench.desk.erase(.test("fork"), who: "x", why: nil, forget: { _ in })
        _ = try await (first, second)
        #expect(try bench.attachments.bytes(digest) == nil)
        #expect(try await bench.log.notedAttachments() == [])
    }

    @Test("A fork does not record what was erased while it was copied")
    func forkMeanwhile() async throws {
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        try await bench.log.append(.tokens(["before", Self.secret]), to: session)
        let log = ErasingLog(log: bench.log, desk: bench.desk)
        let error = await #expect(throws: EventLogError.self) {
            try await log.fork(session, at: nil, to: .test("fork"))
        }
        #expect(error?.code == .headConflict)
        #expect(try await bench.log.status(of: .test("fork")) == nil)
        #expect(try bench.files(holding: Self.secret) == [])
        _ = try await bench.log.fork(session, at: nil, to: .test("fork"))
        #expect(try await bench.log.all(.test("fork")).prefix(2).map(\.body) == ["before", ""])
    }

    @Test("What cannot be erased is refused")
    func refused() async throws {
        let bench = try AuditBench()
        await #expect(throws: AuditError.self) {
            try await bench.desk.erase(session, who: "x", why: nil, forget: { _ in })
        }
        let message = NewEvent(kind: .messageReceived, cause: .none, body: "{}")
        _ = try await bench.log.append(Append(to: session, [message], awaitsRun: true))
        let busy = await #expect(throws: AuditError.self) {
            try await bench.desk.erase(session, who: "x", why: nil, forget: { _ in })
        }
        #expect(busy?.code == .sessionBusy)
        await #expect(throws: AuditError.self) {
            try await bench.desk.erase(session, at: Offset(9), who: "x", why: nil, forget: { _ in })
        }
        await #expect(throws: AuditError.self) {
            try await bench.desk.erase(AccessRecord.session, who: "x", why: nil, forget: { _ in })
        }
    }
}

/// A log in which the second event is erased right after each reading.
private struct ErasingLog: ForwardingEventLog {
    let log: any EventLog
    let desk: AuditDesk

    func read(
        _ session: SessionID, after: Offset, limit: Int, withCauses: Bool
    ) async throws -> EventPage {
        let page = try await log.read(session, after: after, limit: limit, withCauses: withCauses)
        try await desk.erase(session, at: Offset(2), who: "x", why: nil, forget: { _ in })
        return page
    }
}
