import Audit
import EventLog
import Events
import Foundation
import TestSupport
import Testing

@Suite("Attachments as evidence") struct AttachmentTests {
    let session = SessionID.test("demo")

    /// Records a message with an attachment; gives the digest.
    func record(_ bench: AuditBench, in session: SessionID, _ text: String) async throws -> String {
        let digest = try bench.attachments.store(Array(text.utf8))
        let part = ContentPart(contentType: "file", name: "a.csv", sha256: digest, size: text.utf8.count)
        let message = MessageReceived(chatbot: "x", contents: [part])
        try await bench.log.append([.custom("first"), try NewEvent(.messageReceived, message)], to: session)
        return digest
    }

    @Test("A changed or missing attachment is a finding at its message, for both verifiers, until it is put right")
    func findings() async throws {
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        let digest = try await record(bench, in: session, "holdings")
        _ = try await record(bench, in: .test("other"), "other holdings")
        let path = "\(bench.path)/attachments/\(digest)"
        let damages: [(Verification.Change, () throws -> Void)] = [
            (.edited, { try Data("holdingz".utf8).write(to: URL(fileURLWithPath: path)) }),
            (.removed, { try FileManager.default.removeItem(atPath: path) }),
        ]
        for (change, damage) in damages {
            try damage()
            for result in [
                try await bench.desk.verify(session), try await bench.desk.verify(nil),
                try LogVerifier(directory: bench.path).verify(nil),
            ] {
                let found = result.findings.map { [$0.session, $0.offset.map(String.init), $0.change.rawValue] }
                #expect(found == [["demo", "2", change.rawValue]])
            }
            #expect(try await bench.desk.verify(.test("other")).isSound)
            #expect(try bench.secondVerifier(["log", bench.path]).contains("demo, offset 2: its attachment \(digest)"))
        }
        _ = try bench.attachments.store(Array("holdings".utf8))
        let sound = try await bench.desk.verify(nil)
        #expect(sound.findings == [])
        #expect(sound.attachments == 2)
    }

    @Test("A session with a changed or missing attachment is not exported, and no access is recorded")
    func export() async throws {
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        let digest = try await record(bench, in: session, "holdings")
        let path = "\(bench.path)/attachments/\(digest)"
        try Data("holdingz".utf8).write(to: URL(fileURLWithPath: path))
        for _ in 0..<2 {
            let error = await #expect(throws: AuditError.self) {
                try await bench.desk.export(session, who: "x", why: nil)
            }
            #expect(error?.code == .attachmentDamaged)
            try? FileManager.default.removeItem(atPath: path)
        }
        #expect(try await bench.log.status(of: AccessRecord.session) == nil)
        // One that goes while the export is written ends it.
        _ = try bench.attachments.store(Array("holdings".utf8))
        let begun = try await bench.desk.export(session, who: "x", why: nil)
        try FileManager.default.removeItem(atPath: path)
        await #expect(throws: AuditError.self) { try await begun.write { _ in } }
    }

    @Test("An import that is refused stores nothing: the session exists, was erased, or has an unfinished run")
    func refusedImport() async throws {
        let origin = try AuditBench()
        defer { origin.log.shutDown() }
        _ = try await record(origin, in: session, "holdings")
        let path = origin.path + "/demo.playhead"
        func export() async throws -> ExportFile {
            var bytes: [UInt8] = []
            try await origin.desk.export(session, who: "x", why: nil).write { bytes += $0 }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            return try ExportFile(path: path)
        }
        let file = try await export()
        let (started, target) = (NewEvent(kind: .runStarted, cause: .event(Offset(2)), body: "{}"), try AuditBench())
        defer { target.log.shutDown() }
        try await origin.log.append([started], to: session)
        let unfinished = try await export()
        func stored() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: target.path + "/attachments")
        }
        await #expect(throws: EventLogError.self) { try await unfinished.restore(to: target.desk, who: "x") }
        #expect(try stored() == [])

        try await target.log.append(.tokens(["another one"]), to: session)
        for _ in 0..<2 {
            let error = await #expect(throws: EventLogError.self) {
                try await file.restore(to: target.desk, who: "x")
            }
            #expect(error?.code == .headConflict)
            #expect(try stored() == [])
            try await target.desk.erase(session, who: "x", why: nil, forget: { _ in })
        }
        let record = try await target.log.all(AccessRecord.session).map(\.kind)
        #expect(record == [.sessionErased, .sessionErased])
    }

    @Test("An erasure while a log is copied leaves a sound copy, without what was erased")
    func erasedWhileCopied() async throws {
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        let kept = try await record(bench, in: .test("kept"), "holdings")
        let gone = try await record(bench, in: session, "other holdings")
        let (source, target) = (bench.path, try TemporaryDirectory())
        let (copies, copy) = AsyncStream<Void>.makeStream()
        let isErased = DispatchSemaphore(value: 0)
        async let copied = withCheckedThrowingContinuation { (done: CheckedContinuation<Int, any Error>) in
            Thread.detachNewThread {
                done.resume(
                    with: Result {
                        try LogBackup(from: source, to: target.path) {
                            copy.yield()
                            isErased.wait()
                            isErased.signal()
                        }.attachments
                    })
            }
        }
        for await _ in copies { break }
        do {
            try await bench.desk.erase(session, who: "x", why: nil, forget: { _ in })
        } catch {
            Issue.record(error)
        }
        isErased.signal()
        #expect(try await copied == 1)
        #expect(try LogCheck(directory: target.path).findings == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: target.path + "/attachments") == [kept])
        #expect(try bench.attachments.bytes(gone) == nil)
    }

    @Test("A file that no message names is noted and no damage")
    func unnamed() async throws {
        let bench = try AuditBench()
        _ = try await record(bench, in: session, "holdings")
        bench.log.shutDown()
        #expect(try LogCheck(directory: bench.path).notes == [])
        let digest = try bench.attachments.store(Array("left behind".utf8))
        let check = try LogCheck(directory: bench.path)
        #expect(check.findings == [])
        #expect(check.notes.count == 1)
        #expect(check.notes.first?.contains(digest) == true)
    }
}
