import EventLog
import Events
import Foundation
import SQLite
import TestSupport
import Testing

/// Readers in other processes, and how they and the writer get on.
@Suite("Readers in other processes", .serialized) struct OtherProcessTests {
    let session = SessionID.test("s")

    @Test("Readers that follow and one that holds a transaction neither hold up the writer nor miss an event")
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

    private static func walSize(_ directory: TemporaryDirectory) -> Int64 {
        var information = stat()
        return stat(directory.path + "/log.db-wal", &information) == 0 ? Int64(information.st_size) : 0
    }
}
