import Audit
import EventLog
import Events
import Evidence
import Foundation
import TestSupport
import Testing

@Suite("Routes of auditors") struct AuditRouteTests {
    /// A server over a real log with a desk.
    func run(_ test: @escaping @Sendable (TestServer, AuditDesk) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        defer { log.shutDown() }
        let desk = AuditDesk(
            log: log, directory: directory.path, attachments: try AttachmentStore(dataDirectory: directory.path),
            keys: try LogKeys.make(directory: directory.path, name: "test.example/log"))
        try await TestServer.run(log: log, audit: desk) { try await test($0, desk) }
    }

    @Test("A checkpoint, a proof and a verification answer what was recorded")
    func proofs() async throws {
        try await run { server, desk in
            try await server.log.append(.tokens(["a", "b"]), to: .test("demo"))
            let verdict = try await server.get("/sessions/demo/verify")
            #expect(verdict.status == 200)
            #expect(verdict.text.contains(#""status":"verified""#), "\(verdict.text)")
            let note = try await server.get("/audit/checkpoint").text
            let key = try NoteVerifier(
                try await server.get("/audit/key").text.trimmingCharacters(in: .whitespacesAndNewlines))
            let checkpoint = try Checkpoint(note: note, verifier: key)
            let answer = try await server.get("/audit/proof/inclusion?session=demo&offset=1&size=\(checkpoint.size)")
                .text
            let proof = try CanonicalJSON.decode(AuditDesk.Inclusion.self, from: answer)
            let seal = Seal(
                session: "demo", offset: proof.offset, chain: try #require(Hash256(hexadecimal: proof.chain)))
            #expect(
                MerkleTree.isIncluded(
                    seal.treeLeaf, at: proof.number, size: proof.size, root: checkpoint.root,
                    proof: proof.proof.compactMap { Hash256(hexadecimal: $0) }))
            #expect(try await server.get("/audit/proof/consistency?from=0").text == #"{"from":0,"proof":[],"to":1}"#)
            for path in [
                "/audit/proof/inclusion?session=none", "/audit/proof/inclusion?session=demo&offset=9",
                "/audit/proof/consistency?from=7", "/sessions/none/verify", "/sessions/none/export",
            ] {
                #expect(try await server.get(path).status == 404, "\(path)")
            }
            #expect(try await server.get("/audit/proof/inclusion").status == 400)
        }
    }

    @Test("An export verifies, an erased session answers 410, and both are recorded")
    func exportAndErase() async throws {
        try await run { server, desk in
            try await server.log.append(.tokens(["a", "b"]), to: .test("demo"))
            let export = try await server.get("/sessions/demo/export?who=me&why=because")
            #expect(export.headers["content-disposition"] == "attachment; filename=\"demo.playhead\"")
            let file = server.data.path + "/demo.playhead"
            try export.text.write(toFile: file, atomically: true, encoding: .utf8)
            let key = try NoteVerifier(try desk.verifierKey())
            #expect(try ExportFile(path: file).verify(with: key).isSound)

            #expect(try await server.request("DELETE", "/sessions/demo/events/9").status == 404)
            #expect(try await server.request("DELETE", "/sessions/demo/events/1?who=me").status == 200)
            #expect(
                try await server.get("/sessions/demo/events?follow=none", ["Accept": "application/x-ndjson"]).status
                    == 200)
            let erased = try await server.request("DELETE", "/sessions/demo?who=me&why=asked")
            #expect(erased.text == #"{"session":"demo","erased":true}"#)
            for path in ["/sessions/demo/events", "/sessions/demo/export", "/sessions/demo/state?at=1"] {
                #expect(try await server.get(path).status == 410, "\(path)")
            }
            #expect(try await server.get("/sessions").text.contains(#""erased":true"#))
            #expect(try await server.get("/sessions/demo/verify").text.contains(#""status":"verified""#))
            #expect(try await server.request("DELETE", "/sessions/playhead.audit").status == 400)
            let record = try await server.log.all(AccessRecord.session).map(\.kind)
            #expect(record == [.custom, .eventErased, .sessionErased])
        }
    }

    @Test("What is refused leaves no record: a replay or an erasure of what is gone, and an offset that is not there")
    func refused() async throws {
        try await run { server, _ in
            try await server.log.append(.tokens(["a", "b"]), to: .test("demo"))
            #expect(try await server.request("DELETE", "/sessions/demo?who=me").status == 200)
            try await server.log.append(.tokens(["a"]), to: .test("other"))
            let message = NewEvent(kind: .messageReceived, cause: .none, body: "{}")
            _ = try await server.log.append(Append(to: .test("other"), [message], awaitsRun: true))
            let record = try await server.log.all(AccessRecord.session).count
            for (method, path, status) in [
                ("GET", "/sessions/demo/events?replay=1", 410), ("GET", "/sessions/none/events?replay=1", 404),
                ("GET", "/sessions/other/events?replay=1&after=9", 409),
                ("DELETE", "/sessions/demo/events/1", 410), ("DELETE", "/sessions/other/events/2", 409),
                ("GET", "/sessions/demo/export", 410),
            ] {
                #expect(try await server.request(method, path).status == status, "\(method) \(path)")
            }
            #expect(try await server.log.all(AccessRecord.session).count == record)
        }
    }

    @Test("A replay gives the same frames as the log, slowly or at once, and ends at the head")
    func replay() async throws {
        try await run { server, _ in
            try await server.log.append(.tokens(["a"]), to: .test("demo"))
            let first = try await server.log.all(.test("demo"))[0].at
            // The next one is recorded at least 60 ms later by the log's own clock.
            while Int64(Date().timeIntervalSince1970 * 1e6) < first.microseconds + 60_000 { await Task.yield() }
            try await server.log.append(.tokens(["b"]), to: .test("demo"))
            let plain = try await server.get("/sessions/demo/events?format=events&follow=none").text
            let start = ContinuousClock.now
            let replayed = try await server.get("/sessions/demo/events?format=events&replay=1").text
            #expect(ContinuousClock.now - start >= .milliseconds(60))
            #expect(replayed == plain)
            #expect(try await server.get("/sessions/demo/events?format=events&replay=1&speed=max").text == plain)
            for query in ["speed=0", "speed=-1", "speed=x", "speed=nan", "max_pause_ms=-1"] {
                #expect(try await server.get("/sessions/demo/events?replay=1&\(query)").status == 400, "\(query)")
            }
            #expect(try await server.log.all(AccessRecord.session).count == 2)
        }
    }
}
