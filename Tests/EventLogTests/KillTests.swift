import EventLog
import Events
import Foundation
import SQLite
import TestSupport
import Testing

/// Guarantee 5: processes that write are killed at random instants: while they start, append, settle, checkpoint, end.
@Suite("Kills") struct KillTests {
    /// An append that a process said was durable.
    struct Acknowledged {
        var session: SessionID
        var first: Offset
        var last: Offset
        var body: String

        /// Nil for a line that says something else.
        init?(_ line: Substring) {
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count == 4, let session = SessionID(fields[0]), let first = Int64(fields[1]),
                let last = Int64(fields[2])
            else { return nil }
            (self.session, self.first, self.last, body) = (session, Offset(first), Offset(last), fields[3])
        }
    }

    @Test("A kill -9 while many producers append loses nothing acknowledged", arguments: 0..<4)
    func writing(chain: Int) async throws {
        var random = SeededGenerator(seed: TestLength.seed &* 10 &+ UInt64(chain))
        let rounds = TestLength.count(1, long: 50)
        for round in 0..<rounds {
            TestLength.note(round, of: rounds, "rounds of 15 kills of writers, chain \(chain)")
            let directory = try TemporaryDirectory()
            for _ in 0..<15 { try await kill(["write", directory.path, "8"], directory, lines: 60, &random) }
            try await checkOrder(directory)
        }
    }

    @Test("A kill -9 while a log ends and starts loses nothing acknowledged")
    func restarting() async throws {
        var random = SeededGenerator(seed: TestLength.seed &* 10 &+ 4)
        let rounds = TestLength.count(1, long: 50)
        for round in 0..<rounds {
            TestLength.note(round, of: rounds, "rounds of 20 kills while a log ends and starts")
            let directory = try TemporaryDirectory()
            for _ in 0..<20 { try await kill(["restart", directory.path], directory, lines: 20, &random) }
            try await checkOrder(directory)
        }
    }

    @Test("A kill -9 while a log of an older schema is opened loses nothing")
    func migrating() async throws {
        var random = SeededGenerator(seed: TestLength.seed &* 10 &+ 5)
        let source = try TemporaryDirectory()
        try await OlderLog.make(in: source.path, seed: TestLength.seed, steps: 60)
        let older = try Connection(path: source.path + "/log.db", mode: .readOnly)
        let before = try LogDump(older)
        older.close()
        let kills = TestLength.count(20, long: 1_000)
        for number in 0..<kills {
            TestLength.note(number, of: kills, "kills while an older log is opened")
            let directory = try TemporaryDirectory()
            let worker = try Worker(["migrate", source.path, directory.path])
            worker.lines(atLeast: Int.random(in: 1...6, using: &random))
            usleep(UInt32.random(in: 0..<12_000, using: &random))
            let said = try #require(worker.kill())
            let copies = Int(try #require(said.last { Int($0) != nil })) ?? 0
            let copy = "\(directory.path)/\(copies)"
            let acknowledged = said.suffix(1).compactMap { Acknowledged($0) }
            try await check(copy, acknowledged)
            let connection = try Connection(path: copy + "/log.db", mode: .readOnly)
            #expect(before.isBeginning(of: try LogDump(connection)))
            connection.close()
        }
    }

    /// Starts a writer, kills it at a random instant and checks what it leaves.
    private func kill(
        _ arguments: [String], _ directory: TemporaryDirectory, lines: Int, _ random: inout SeededGenerator
    ) async throws {
        let worker = try Worker(arguments)
        // Now and then while it opens the log.
        let isEarly = Int.random(in: 0..<5, using: &random) == 0
        worker.lines(atLeast: isEarly ? 1 : Int.random(in: 2...lines, using: &random))
        usleep(UInt32.random(in: 0..<(isEarly ? 30_000 : 5_000), using: &random))
        let said = try #require(worker.kill())
        try await check(directory.path, said.compactMap { Acknowledged($0) })
    }

    /// The log opens, has every acknowledged event, and is sound.
    private func check(_ directory: String, _ acknowledged: [Acknowledged]) async throws {
        let log = try SQLiteEventLog(directory: directory, logger: .silent)
        defer { log.shutDown() }
        for (session, appends) in Dictionary(grouping: acknowledged, by: \.session) {
            let status = try #require(try await log.status(of: session), "\(session) is lost")
            let last = appends.map(\.last).max() ?? .beginning
            #expect(status.head >= last, "\(session) ends at \(status.head), \(last) was acknowledged")
            let named = appends.filter { $0.first > .beginning }
            guard let first = named.map(\.first).min() else { continue }
            let bodies = try await log.all(session, after: Offset(first.value - 1)).map(\.body)
            for append in named { #expect(bodies[Int(append.first.value - first.value)] == append.body) }
        }
        let findings = try LogCheck(directory: directory).findings
        #expect(findings == [])
    }

    /// No producer's event is missing before a later one of its own, and none is there twice.
    private func checkOrder(_ directory: TemporaryDirectory) async throws {
        let log = try SQLiteEventLog(directory: directory.path, logger: .silent)
        defer { log.shutDown() }
        var events = 0
        for name in ["stream-0", "answer-1", "outside-2", "stream-4", "answer-5", "outside-6", "restart"] {
            guard try await log.status(of: .test(name)) != nil else { continue }
            var next: [Substring: Int] = [:]
            for body in try await log.all(.test(name)).compactMap(\.body) where !body.hasSuffix("b") {
                let parts = body.split(separator: ".")
                let producer = body[..<parts[1].endIndex]
                #expect(parts.last == "\(next[producer, default: 0])", "\(name) \(body)")
                next[producer, default: 0] += 1
                events += 1
            }
        }
        #expect(events > 0)
    }
}
