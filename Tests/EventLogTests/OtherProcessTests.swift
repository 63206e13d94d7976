import EventLog
import Events
import Foundation
import SQLite
import TestSupport
import Testing

/// Readers in other processes, and how they and the writer get on.
@Suite("Readers in other processes", .serialized) struct OtherProcessTests {
    let session = SessionID.test("s")

    /// A token at a time, as from one model, so that each finds the readers asleep.
    ///
    /// What is wrong with a reader, be it a poll in the place of a notice or an old snapshot, is wrong in every round; a
    /// machine that is busy with other tests is so in some.
    @Test("On a quiet log readers see 95 of 100 events within 50 ms of their acknowledgement, in the best of 5 rounds")
    func lag() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        defer { log.shutDown() }
        try await log.append(.tokens(["0"]), to: session)
        let (rounds, count) = (5, 100)
        let followers = try (0..<2).map { _ in
            try Worker(["follow", directory.path, session.name, "\(rounds * count + 1)"])
        }
        // Ready, and the first event.
        for follower in followers { follower.lines(atLeast: 2) }
        var random = SeededGenerator(seed: TestLength.seed)
        var best = Int64.max
        for round in 0..<rounds where best > 50_000 {
            var lags: [Int64] = []
            for number in round * count + 1...(round + 1) * count {
                // So that the readers are met at every place of their waiting.
                usleep(UInt32.random(in: 0..<10_000, using: &random))
                try await log.append(.tokens(["\(number)"]), to: session)
                let acknowledged = monotonicMicroseconds()
                for follower in followers {
                    let line = try #require(follower.lines(atLeast: number + 2).last).split(separator: " ")
                    try #require(line.last == "\(number)")
                    lags.append((Int64(line[1]) ?? .max) - acknowledged)
                }
            }
            lags.sort()
            let (half, most, all) = (lags[lags.count / 2], lags[lags.count * 95 / 100], lags[lags.count - 1])
            print("readers in other processes: half are \(half) µs late, 95 % \(most) µs, all \(all) µs")
            best = min(best, most)
        }
        #expect(best <= 50_000, "\(best) µs")
        for follower in followers { _ = follower.kill() }
    }

    /// Rounds with the transaction and rounds without it take turns, so that other work of the machine meets both, and the
    /// best of them are compared.
    ///
    /// A writer that waited for the transaction would do so again and again: it is open during all of a round, and
    /// checkpoints meet it.
    @Test("With readers that follow, one that holds a transaction makes appends take at most 4 times as long and 2 ms")
    func writerGoesOn() async throws {
        let directory = try TemporaryDirectory(inMemory: true)
        var options = SQLiteEventLog.Options()
        options.unsettledEvents = 50
        options.slices.settledEvents = 15
        options.slices.checkpointPages = 25
        let log = try SQLiteEventLog(directory: directory.path, options: options)
        defer { log.shutDown() }
        try await log.append(.tokens(["0"]), to: session)
        let (rounds, count) = (5, 100)
        let followers = try (0..<2).map { _ in
            try Worker(["follow", directory.path, session.name, "\(2 * rounds * count + 1)"])
        }
        for follower in followers { follower.lines(atLeast: 2) }
        func round() async throws -> Duration {
            let began = ContinuousClock.now
            for number in 0..<count { try await log.append(.tokens(["\(number)"]), to: session) }
            return .now - began
        }
        let holder = try Connection(path: directory.path + "/log.db", mode: .readOnly)
        var (free, held) = (Duration.seconds(1_000), Duration.seconds(1_000))
        for _ in 0..<rounds {
            free = min(free, try await round())
            try holder.execute("BEGIN")
            _ = try holder.integer("SELECT count(*) FROM recent_events")
            held = min(held, try await round())
            try holder.execute("COMMIT")
        }
        print("\(count) appends: \(free), and \(held) beside a transaction")
        #expect(held < free * 4 + .milliseconds(2 * count))
        for follower in followers { #expect(follower.end().count == 2 * rounds * count + 2) }
    }

    @Test("Readers that follow miss no event, and one that holds a transaction lets no append fail")
    func readers() async throws {
        let directory = try TemporaryDirectory(inMemory: true)
        var options = SQLiteEventLog.Options()
        options.unsettledEvents = 50
        // So small that checkpoints meet the one that holds its transaction.
        options.slices = .small
        let log = try SQLiteEventLog(directory: directory.path, options: options)
        defer { log.shutDown() }
        try await log.append(.tokens(["0"]), to: session)
        let count = TestLength.count(300, long: 20_000)
        let followers = try (0..<3).map { _ in try Worker(["follow", directory.path, session.name, "\(count)"]) }
        for follower in followers { follower.lines(atLeast: 1) }
        let holder = try Connection(path: directory.path + "/log.db", mode: .readOnly)
        for number in 1..<count {
            if number % 50 == 10 {
                try holder.execute("BEGIN")
                _ = try holder.integer("SELECT count(*) FROM recent_events")
            }
            if number % 50 == 40 { try holder.execute("COMMIT") }
            // It would fail after `Limits.busyTimeoutMs`, were it to wait for a reader.
            try await log.append(.tokens(["\(number)"]), to: session)
        }
        for follower in followers {
            let seen = follower.end().dropFirst().map { $0.split(separator: " ").map(String.init) }
            #expect(seen.map { $0[0] } == (1...count).map { "\($0)" })
            #expect(seen.map { $0[2] } == (0..<count).map { "\($0)" })
        }
        #expect(try LogCheck(directory: directory.path).findings == [])
    }

    @Test("The WAL never grows past its limit while readers come and go")
    func walLimit() async throws {
        let directory = try TemporaryDirectory(inMemory: true)
        var options = SQLiteEventLog.Options()
        options.audit = false
        let log = try SQLiteEventLog(directory: directory.path, options: options)
        defer { log.shutDown() }
        let body = "\"" + String(repeating: "x", count: 900 << 10) + "\""
        try await log.append([.custom("0")], to: session)
        let done = Gate()
        let largest = try await withThrowingTaskGroup(of: Int64.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    // Each of them is in a read transaction nearly all the time, and never for long.
                    let file = try LogFile(directory: directory.path)
                    var cursor = Offset.beginning
                    var largest: Int64 = 0
                    while !done.isOpen {
                        let page = try file.page(session, after: cursor)
                        cursor = page?.events.last?.offset ?? .beginning
                        largest = max(largest, Self.walSize(directory))
                        await Task.yield()
                    }
                    return largest
                }
            }
            defer { done.open() }
            for _ in 0..<TestLength.count(200, long: 5_000) {
                try await log.append([NewEvent(kind: .custom, cause: .none, body: body)], to: session)
            }
            done.open()
            return try await group.reduce(Self.walSize(directory), max)
        }
        #expect(largest > 8 << 20)
        #expect(largest <= Int64(Limits.walBytes), "\(largest) bytes")
        print("the WAL: at most \(largest) bytes")
    }

    @Test("A reader that keeps its transaction lets the WAL grow; once it is gone the file is cut to its limit")
    func lastingReader() async throws {
        let directory = try TemporaryDirectory(inMemory: true)
        var options = SQLiteEventLog.Options()
        options.audit = false
        let log = try SQLiteEventLog(directory: directory.path, options: options)
        defer { log.shutDown() }
        let large = NewEvent(kind: .custom, cause: .none, body: "\"" + String(repeating: "x", count: 900 << 10) + "\"")
        try await log.append([large], to: session)
        let holder = try Connection(path: directory.path + "/log.db", mode: .readOnly)
        try holder.execute("BEGIN")
        #expect(try holder.integer("SELECT count(*) FROM recent_events") == 1)
        var appends = 1
        while Self.walSize(directory) <= Int64(Limits.walBytes), appends < 200 {
            try await log.append([large], to: session)
            appends += 1
        }
        #expect(Self.walSize(directory) > Int64(Limits.walBytes))
        // It reads what was there when it began, and gets nobody into trouble.
        #expect(try holder.integer("SELECT count(*) FROM recent_events") == 1)
        try holder.execute("COMMIT")
        while Self.walSize(directory) > Int64(Limits.walBytes), appends < 400 {
            try await log.append([large], to: session)
            appends += 1
        }
        #expect(Self.walSize(directory) <= Int64(Limits.walBytes))
        #expect(try await log.status(of: session)?.head == Offset(Int64(appends)))
    }

    private static func walSize(_ directory: TemporaryDirectory) -> Int64 {
        var information = stat()
        return stat(directory.path + "/log.db-wal", &information) == 0 ? Int64(information.st_size) : 0
    }
}
