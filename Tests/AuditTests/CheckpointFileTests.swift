import Audit
import EventLog
import Events
import Evidence
import Foundation
import TestSupport
import Testing

@Suite("Files of checkpoints") struct CheckpointFileTests {
    /// Four checkpoints of a log, the last of them of all of it.
    func notes(_ bench: AuditBench) async throws -> [String] {
        var notes: [String] = []
        for round in 0..<4 {
            try await bench.log.append(.tokens(["\(round)"]), to: .test("s\(round)"))
            try await bench.log.seal()
            notes.append(try bench.desk.checkpoint())
        }
        return notes
    }

    func file(_ bench: AuditBench, _ text: String) throws -> String {
        let path = bench.path + "/notes.txt"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test("Every checkpoint of a file is read, with and without empty lines between them, and each must fit")
    func many() async throws {
        let bench = try AuditBench()
        let notes = try await notes(bench)
        bench.log.shutDown()
        let key = bench.keys.signer.verifier
        for text in [notes.joined(), notes.joined(separator: "\n\n"), "\n" + notes.joined() + "\n"] {
            let found = try Checkpoint.all(in: try file(bench, text), verifier: key)
            #expect(found.map(\.checkpoint.size) == [1, 2, 3, 4])
            let result = try LogVerifier(directory: bench.path).verify(nil, checkpoints: found)
            #expect(result.findings == [])
            #expect(result.checkpoints == found.map(\.name))
            #expect(
                try bench.secondVerifier(["log", bench.path, "--checkpoint", bench.path + "/notes.txt"]) == "verified\n"
            )
        }
        let single = try Checkpoint.all(in: try file(bench, notes[2]), verifier: key)
        #expect(single.map(\.name) == ["checkpoint in \(bench.path)/notes.txt"])

        // One that does not fit is found wherever it stands.
        let forged = try Checkpoint(origin: key.name, size: 2, root: Hash256.of([])).signed(by: bench.keys.signer)
        for place in 0...notes.count {
            var mixed = notes
            mixed.insert(forged, at: place)
            let path = try file(bench, mixed.joined())
            let result = try LogVerifier(directory: bench.path)
                .verify(nil, checkpoints: try Checkpoint.all(in: path, verifier: key))
            #expect(result.findings.map(\.change) == [.rewritten])
            #expect(result.findings.first?.message.contains("checkpoint \(place + 1) in") == true)
            #expect(try bench.secondVerifier(["log", bench.path, "--checkpoint", path]).hasSuffix("CHANGED\n"))
        }
    }

    @Test("A file with nothing in it, a cut checkpoint or one of another key is refused")
    func refused() async throws {
        let bench = try AuditBench()
        let notes = try await notes(bench)
        bench.log.shutDown()
        let key = bench.keys.signer.verifier
        let other = try Checkpoint(origin: key.name, size: 1, root: Hash256.of([]))
            .signed(by: try NoteSigner(newKeyNamed: key.name))
        let first = notes[0].split(separator: "\n", omittingEmptySubsequences: false).dropLast(2).joined(
            separator: "\n")
        for text in ["", "\n\n", notes[0] + notes[1].dropLast(30), notes[0] + other, first + "\n" + notes[1], "x"] {
            let path = try file(bench, text)
            #expect(throws: EvidenceError.self, "\(text)") { try Checkpoint.all(in: path, verifier: key) }
            #expect(try bench.secondVerifier(["log", bench.path, "--checkpoint", path]).hasSuffix("CHANGED\n"))
        }
    }
}
