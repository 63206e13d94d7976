import Audit
import EventLog
import Events
import Evidence
import Foundation
import SQLite
import TestSupport
import Testing

@Suite("Seals") struct SealTests {
    let session = SessionID.test("s")

    @Test("A run's end is sealed by itself, and the tree grows with proofs from every size to every later one")
    func runEnd() async throws {
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        var trees: [TreeFrontier] = []
        for number in 1...6 {
            let run = NewEvent(kind: .runStarted, cause: .none, body: "{}")
            let end = NewEvent(kind: .runCompleted, cause: .event(Offset(Int64(2 * number - 1))), body: "{}")
            try await bench.log.append([run], to: session)
            try await bench.log.append([end], to: session)
            let deadline = ContinuousClock.now + .seconds(20)
            while bench.log.tree?.size != number, .now < deadline { await Task.yield() }
            trees.append(try #require(bench.log.tree))
            #expect(trees.last?.size == number)
        }
        for newer in trees {
            let head = (newer.size, newer.root)
            let included = try await bench.desk.inclusion(of: session, at: Offset(1), size: newer.size)
            let chain = try #require(Hash256(hexadecimal: included.chain))
            #expect(
                MerkleTree.isIncluded(
                    Seal(session: "s", offset: included.offset, chain: chain).treeLeaf, at: included.number,
                    size: newer.size, root: newer.root, proof: included.proof.compactMap { Hash256(hexadecimal: $0) }))
            for older in trees where older.size <= newer.size {
                let (size, proof) = try await bench.desk.consistency(from: older.size, to: newer.size)
                #expect(size == newer.size)
                #expect(
                    MerkleTree.isConsistent(
                        from: (older.size, older.root), to: head, proof: proof.compactMap { Hash256(hexadecimal: $0) }))
            }
        }
        await #expect(throws: AuditError.self) { try await bench.desk.consistency(from: 3, to: 99) }
        await #expect(throws: AuditError.self) {
            try await bench.desk.inclusion(of: session, at: Offset(99), size: nil)
        }
    }

    @Test("What was recorded without seals is sealed by the first start with them")
    func audit() async throws {
        let directory = try TemporaryDirectory()
        var options = SQLiteEventLog.Options()
        options.audit = false
        let log = try SQLiteEventLog(directory: directory.path, options: options)
        for _ in 0..<3 { try await log.append(.tokens(Array(repeating: "a", count: 700)), to: session) }
        try await log.settle()
        #expect(log.tree == nil)
        try await log.append(.tokens(["b"]), to: session)
        log.shutDown()
        let unsealed = try LogVerifier(directory: directory.path).verify(nil)
        #expect(unsealed.isSound)
        #expect(unsealed.sealed == 0)

        let again = try SQLiteEventLog(directory: directory.path)
        #expect(again.tree?.size == 1)
        try await again.append(.tokens(["c"]), to: session)
        again.shutDown()
        let sealed = try LogVerifier(directory: directory.path).verify(nil)
        #expect(sealed.findings == [])
        #expect(sealed.sealed == 2_102)
    }

    @Test("One session is sealed where one is asked for, and a second time nothing is")
    func oneSession() async throws {
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        for name in ["a", "b", "c"] { try await bench.log.append(.tokens(["x"]), to: .test(name)) }
        for _ in 0..<3 { #expect(try await bench.desk.verify(.test("b")).isSound) }
        _ = try await bench.desk.export(.test("b"), who: "auditor", why: nil)
        #expect(bench.log.tree?.size == 1)
        #expect(try await bench.desk.inclusion(of: .test("b"), at: nil, size: nil).offset == 1)
    }

    @Test("Proofs of a tree of many seals hold while it grows, and a seal that was changed shows")
    func manySeals() async throws {
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        var trees: [TreeFrontier] = []
        for part in 0..<3 {
            for number in 0..<350 { try await bench.log.append(.tokens(["x"]), to: .test("s\(350 * part + number)")) }
            try await bench.log.seal()
            trees.append(try #require(bench.log.tree))
            for tree in trees {
                for name in ["s0", "s255", "s256", "s\(350 * part + 349)"] {
                    let proof = try await bench.desk.inclusion(of: .test(name), at: nil, size: nil)
                    let chain = try #require(Hash256(hexadecimal: proof.chain))
                    let leaf = Seal(session: name, offset: 1, chain: chain).treeLeaf
                    #expect(
                        MerkleTree.isIncluded(
                            leaf, at: proof.number, size: proof.size, root: trees[part].root,
                            proof: proof.proof.compactMap { Hash256(hexadecimal: $0) }))
                }
                let (_, proof) = try await bench.desk.consistency(from: tree.size, to: nil)
                #expect(
                    MerkleTree.isConsistent(
                        from: (tree.size, tree.root), to: (trees[part].size, trees[part].root),
                        proof: proof.compactMap { Hash256(hexadecimal: $0) }))
            }
        }
        try await bench.desk.keeper(command: nil, logger: bench.logger).keep()
        let sound = try await bench.desk.verify(.test("s300"))
        #expect(sound.findings == [])
        #expect(sound.checkpoints == ["checkpoint beside the log"])
        let connection = try Connection(path: bench.path + "/log.db", mode: .readWrite)
        // The seal beside that of the session, of another one.
        let number = try #require(
            try connection.integer(
                "SELECT number FROM seals WHERE session = (SELECT id FROM sessions WHERE name = 's300')"))
        for sql in ["UPDATE seals SET chain = zeroblob(32)", "DELETE FROM seals"] {
            try connection.execute("\(sql) WHERE number = \(number ^ 1)")
            #expect(!(try await bench.desk.verify(.test("s300")).isSound))
        }
        connection.close()
    }

    @Test("A large log without seals opens at once and is sealed while appends go on, however often it is killed")
    func catchingUp() async throws {
        let directory = try TemporaryDirectory()
        var options = SQLiteEventLog.Options()
        options.audit = false
        let log = try SQLiteEventLog(directory: directory.path, options: options)
        let window = AppendWindow(log)
        for number in 0..<60 { try await window.send(Append(to: .test("small\(number)"), .tokens(["x"]))) }
        for _ in 0..<25 {
            try await window.send(Append(to: session, .tokens(Array(repeating: "a", count: 1_000))))
        }
        try await window.flush()
        log.shutDown()

        // A process that ends between two slices leaves the rest to the next.
        let first = try SQLiteEventLog(directory: directory.path)
        #expect((first.tree?.size ?? 0) < 10)
        try await first.append(.tokens(["b"]), to: session)
        first.shutDown()
        let again = try SQLiteEventLog(directory: directory.path)
        try await again.append(.tokens(["c"]), to: session)
        // Another 61 seals and the slices of the large session.
        let deadline = ContinuousClock.now + .seconds(60)
        while (again.tree?.size ?? 0) < 67, .now < deadline { await Task.yield() }
        again.shutDown()
        let result = try LogVerifier(directory: directory.path).verify(nil)
        #expect(result.findings == [])
        #expect(result.sealed == 25_062)
        let connection = try Connection(path: directory.path + "/log.db", mode: .readOnly)
        #expect(try connection.text("SELECT value FROM log_properties WHERE name = 'sealing'") == "on")
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        #expect(try bench.secondVerifier(["log", directory.path]) == "verified\n")
    }

    @Test("Seals of many sessions that settle in slices verify, by both verifiers")
    func slices() async throws {
        let directory = try TemporaryDirectory()
        var options = SQLiteEventLog.Options()
        options.unsettledEvents = 500
        let log = try SQLiteEventLog(directory: directory.path, options: options)
        let window = AppendWindow(log)
        for number in 0..<6_000 {
            try await window.send(Append(to: .test("s\(number % 7)"), .tokens(["\(number)"])))
        }
        try await window.flush()
        log.shutDown()
        let result = try LogVerifier(directory: directory.path).verify(nil)
        #expect(result.findings == [])
        #expect(result.sealed == 6_000)
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        #expect(try bench.secondVerifier(["log", directory.path]) == "verified\n")
    }

    @Test("The checkpoint beside the log is kept, handed on, and set aside where the log does not lead on from it")
    func checkpoint() async throws {
        let bench = try AuditBench()
        let copy = bench.path + "/handed"
        let logger = bench.logger
        try await bench.log.append(.tokens(["a"]), to: session)
        try await bench.log.seal()
        try await bench.desk.keeper(command: "cat > '\(copy)'", logger: logger).keep()
        let note = try LogKeys.read(bench.path + "/checkpoint")
        #expect(try LogKeys.read(copy) == note)
        #expect(try bench.secondVerifierOfLog(note) == "verified\n")
        #expect(try await bench.desk.verify(nil).checkpoints == ["checkpoint beside the log"])

        let foreign = Checkpoint(origin: "test.example/log", size: 1, root: Hash256.of([9]))
        try foreign.signed(by: bench.keys.signer).write(
            toFile: bench.path + "/checkpoint", atomically: true, encoding: .utf8)
        #expect(!(try await bench.desk.verify(nil).isSound))
        try await bench.desk.keeper(command: nil, logger: logger).keep()
        #expect(try await bench.desk.verify(nil).isSound)
        let names = try FileManager.default.contentsOfDirectory(atPath: bench.path)
        #expect(names.contains { $0.hasPrefix("checkpoint.replaced-") })
        bench.log.shutDown()
    }
}
