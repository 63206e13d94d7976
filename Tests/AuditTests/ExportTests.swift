import Audit
import EventLog
import Events
import Evidence
import Foundation
import TestSupport
import Testing

@Suite("Exports") struct ExportTests {
    let session = SessionID.test("demo")

    /// Writes an export of a session with an attachment, several seals and an erased event; gives its path.
    func export(_ bench: AuditBench) async throws -> String {
        let digest = try bench.attachments.store(Array("holdings".utf8))
        let contents = [ContentPart(contentType: "file", name: "a.csv", sha256: digest, size: 8)]
        try await bench.log.append(
            [NewEvent(.messageReceived, MessageReceived(chatbot: "x", contents: contents))], to: session)
        try await bench.log.settle()
        try await bench.log.append(.tokens(["你好", "\"quoted\" \\ and\nbroken \u{1}", "", "e\u{301}"]), to: session)
        try await bench.log.settle()
        try await bench.log.append(
            [.custom("/ü"), NewEvent(kind: EventKind(rawValue: 900), cause: .none, body: "{}")], to: session)
        try await bench.desk.erase(session, at: Offset(3), who: "officer", why: nil, forget: { _ in })
        let path = bench.directory.path + "/demo.playhead"
        var bytes: [UInt8] = []
        try await bench.desk.export(session, who: "auditor", why: "yearly").write { bytes += $0 }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test("An export verifies with nothing but the public key, and both verifiers agree about every changed line")
    func verify() async throws {
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        let path = try await export(bench)
        let key = bench.keys.signer.verifier
        let sound = try ExportFile(path: path).verify(with: key)
        #expect(sound.findings == [])
        #expect(sound.events == 7)
        #expect(sound.erased == 1)
        #expect(try bench.secondVerifier(["export", path, "--key", key.text]) == "verified\n")
        let other = try NoteSigner(newKeyNamed: "test.example/log").verifier
        #expect(!(try ExportFile(path: path).verify(with: other).isSound))

        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        let changed = path + ".changed"
        for index in lines.indices where !lines[index].hasPrefix("{\"key\"") {
            // Of an erased event nothing but its place can be shown.
            for isRemoved in lines[index].hasSuffix("\"body\":null}") ? [true] : [false, true] {
                var copy = lines.map(String.init)
                if isRemoved {
                    copy.remove(at: index)
                } else {
                    // A digit or letter in the middle of the line's data.
                    var bytes = Array(copy[index].utf8)
                    let place = bytes.indices.reversed().first {
                        (0x30...0x38).contains(bytes[$0]) || (0x61...0x65).contains(bytes[$0])
                    }
                    bytes[try #require(place)] += 1
                    copy[index] = String(decoding: bytes, as: UTF8.self)
                }
                try (copy.joined(separator: "\n") + "\n").write(toFile: changed, atomically: true, encoding: .utf8)
                let ours = (try? ExportFile(path: changed).verify(with: key).isSound) ?? false
                #expect(!ours, "line \(index + 1)\(isRemoved ? " removed" : ""): \(copy[min(index, copy.count - 1)])")
                if index % 4 == 0, !isRemoved {
                    let theirs = try bench.secondVerifier(["export", changed, "--key", key.text])
                    #expect(theirs != "verified\n", "line \(index + 1)")
                }
            }
        }
    }

    @Test("An import keeps offsets, times, chain and seals")
    func importing() async throws {
        let bench = try AuditBench()
        let path = try await export(bench)
        let file = try ExportFile(path: path)
        let origin = try await bench.log.all(session)
        let proof = try await bench.desk.inclusion(of: session, at: nil, size: nil)
        bench.log.shutDown()

        let target = try AuditBench()
        try await target.log.append(.tokens(["something", "else"]), to: .test("other"))
        try await file.restore(to: target.desk, who: "auditor")
        let copied = try await target.log.all(session)
        #expect(copied.map(\.position.value) == Array(3...9))
        #expect(
            copied.map { event in
                var event = event
                event.position = Position(event.position.value - 2 + origin[0].position.value - 1)
                return event
            } == origin)
        let again = try await target.desk.inclusion(of: session, at: nil, size: nil)
        #expect(again.chain == proof.chain)
        #expect(again.offset == proof.offset)
        #expect(try target.attachments.bytes(AttachmentStore.digest(Array("holdings".utf8))) == Array("holdings".utf8))
        await #expect(throws: EventLogError.self) { try await file.restore(to: target.desk, who: "auditor") }
        let records = try await target.log.all(AccessRecord.session)
        #expect(records.map(\.kind) == [.custom, .eventErased])
        #expect(try records[1].decode(Access.self).offset == Offset(3))
        target.log.shutDown()
        #expect(try LogVerifier(directory: target.path).verify(nil).findings == [])
        #expect(try LogCheck(directory: target.path).findings == [])
        #expect(try target.secondVerifier(["log", target.path]) == "verified\n")
    }

    @Test("An import that is refused records nothing")
    func refusedImport() async throws {
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        let message = NewEvent(kind: .messageReceived, cause: .none, body: "{}")
        let run = NewEvent(kind: .runStarted, cause: .sameAppend(1), body: "{}")
        try await bench.log.append([.custom("before"), message, run], to: session)
        try await bench.desk.erase(session, at: Offset(1), who: "officer", why: nil, forget: { _ in })
        let path = bench.path + "/open.playhead"
        var bytes: [UInt8] = []
        try await bench.desk.export(session, who: "auditor", why: nil).write { bytes += $0 }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let target = try AuditBench()
        defer { target.log.shutDown() }
        let file = try ExportFile(path: path)
        await #expect(throws: EventLogError.self) { try await file.restore(to: target.desk, who: "auditor") }
        #expect(try await target.log.status(of: AccessRecord.session) == nil)
    }

    @Test("A fork of a session with an erased event is exported, verified and imported")
    func forkOfErased() async throws {
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        try await bench.log.append([.custom("one"), .custom("two")], to: session)
        try await bench.desk.erase(session, at: Offset(1), who: "officer", why: nil, forget: { _ in })
        _ = try await bench.log.fork(session, at: nil, to: .test("fork"))
        let path = bench.path + "/fork.playhead"
        var bytes: [UInt8] = []
        try await bench.desk.export(.test("fork"), who: "auditor", why: nil).write { bytes += $0 }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let key = bench.keys.signer.verifier
        #expect(try ExportFile(path: path).verify(with: key).findings == [])
        #expect(try bench.secondVerifier(["export", path, "--key", key.text]) == "verified\n")
    }

    @Test(
        "Numbers that no log has are refused",
        arguments: [
            ("\"first\":1", "\"first\":-9000000000000000000"), ("\"offset\":1,\"pos", "\"offset\":-1,\"pos"),
            ("\"v\":1", "\"v\":3000000000"), ("\"head\":7", "\"head\":9223372036854775807"),
            ("\"number\":0,\"offset\":1", "\"number\":0,\"offset\":-9223372036854775808"),
        ])
    func numbers(change: (from: String, to: String)) async throws {
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        let path = try await export(bench)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let changed = text.replacing(change.from, with: change.to)
        #expect(changed != text, "\(change.from)")
        try changed.write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: AuditError.self) { try ExportFile(path: path) }
        #expect(error?.code == .invalidExport)
    }

    @Test("A public key that is missing is made from the other one")
    func publicKey() throws {
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        try FileManager.default.removeItem(atPath: bench.path + "/keys/log.pub")
        _ = try LogKeys.load(directory: bench.path)
        #expect(try LogKeys.verifier(directory: bench.path)?.text == bench.keys.signer.verifier.text)
    }

    @Test("Accesses are recorded")
    func accesses() async throws {
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        _ = try await export(bench)
        try await bench.desk.recordReplay(of: session, who: "auditor", why: nil)
        let events = try await bench.log.all(AccessRecord.session)
        #expect(events.map(\.kind) == [.eventErased, .custom, .custom])
        #expect(
            events[1].body == #"{"data":{"session":"demo","who":"auditor","why":"yearly"},"name":"session.exported"}"#)
    }
}
