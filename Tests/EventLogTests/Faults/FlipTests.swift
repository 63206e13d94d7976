@testable import EventLog
import Events
import FaultVFS
import Foundation
import SQLite
import TestSupport
import Testing

/// SQLite takes a damaged WAL for the end of the WAL and says nothing.
@Suite("Flipped bits") struct FlipTests {
    @Test("Every flip in the WAL that changes what can be read is noticed", arguments: [false, true])
    func wal(afterCheckpoint: Bool) async throws {
        let disk = try FaultDisk()
        var options = disk.options
        options.slices.checkpointPages = .max
        // The end of the first one leaves nothing in the WAL.
        try SQLiteEventLog(directory: disk.path, options: options, logger: .silent).shutDown()
        let log = try SQLiteEventLog(directory: disk.path, options: options, logger: .silent)
        defer { log.shutDown() }
        var workload = Workload(seed: TestLength.seed, log)
        if afterCheckpoint {
            for _ in 0..<3 { await workload.step() }
            // By another connection, so that the WAL holds both what is copied and what is not.
            let other = try disk.connection()
            try other.checkpoint(.passive)
            other.close()
        }
        while try #require(disk.bytes("log.db-wal")).count < 64 << 10 { await workload.step() }
        let crashed = try disk.copy()
        let (database, wal) = (try #require(crashed.bytes("log.db")), try #require(crashed.bytes("log.db-wal")))
        let mark = crashed.mark
        let sound = try disk.connection()
        let events = try LogDump(sound)
        sound.close()

        let places = Self.places(wal.count, isWhole: TestLength.isLong)
        let noticed = try await withThrowingTaskGroup(of: Int.self) { group in
            for half in 0..<2 {
                group.addTask {
                    let disk = try FaultDisk()
                    var noticed = 0
                    for index in places where index % 2 == half {
                        var flipped = wal
                        flipped[index] ^= 1 << UInt8(index / 2 % 8)
                        disk.put(database, as: "log.db")
                        disk.put(flipped, as: "log.db-wal")
                        disk.mark = mark
                        let isNoticed = try open(disk, events, "byte \(index) of \(wal.count)")
                        // Nothing was changed: whoever examines it finds what was there.
                        if isNoticed { try #require(disk.bytes("log.db") == database, "byte \(index)") }
                        noticed += isNoticed ? 1 : 0
                    }
                    return noticed
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(noticed > places.count / 4)
        print("flipped bytes of a WAL: \(places.count) tried, \(noticed) refused, in the others nothing was missing")
    }

    /// - Returns: true where the log refuses to open; false where everything is there.
    private func open(_ disk: FaultDisk, _ events: LogDump, _ place: String) throws -> Bool {
        do {
            let opened = try OpenedLog(
                directory: disk.path, options: disk.options, into: SessionDirectory(), logger: .silent)
            defer { opened.connection.close() }
            let found = try LogDump(opened.connection)
            try #require(found.count == events.count && found.isBeginning(of: events), "\(place)")
            return false
        } catch let error as SQLiteError {
            #expect(error.isCorrupt, "\(place)")
            return true
        } catch let error as EventLogError {
            #expect(error.code == .storageFailed && error.hint != nil, "\(place)")
            return true
        }
    }

    /// Everything, or all of the headers and a part of the rest.
    private static func places(_ count: Int, isWhole: Bool) -> [Int] {
        if isWhole { return Array(0..<count) }
        let frame = 24 + 4_096
        return (0..<count).filter { index in
            index < 32 || (index - 32) % frame < 24 || index % 211 == Int(TestLength.seed % 211)
        }
    }
}
