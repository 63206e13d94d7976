import EventLog
import Events
import FaultVFS
import SQLite
import TestSupport
import Testing

/// Each call to the disk fails once, at each occurrence in turn.
@Suite("Failing calls") struct FaultTests {
    struct Fault: CustomTestStringConvertible, Sendable {
        var kind: fault_kind
        var code: Int32
        var testDescription: String

        /// What the log says of it.
        var answer: EventLogError.Code { code == 13 ? .storageFull : .storageFailed }
    }

    static let faults = [
        Fault(kind: FAULT_READ, code: 266, testDescription: "reads with IOERR_READ"),
        Fault(kind: FAULT_WRITE, code: 778, testDescription: "writes with IOERR_WRITE"),
        Fault(kind: FAULT_WRITE, code: 13, testDescription: "writes with FULL"),
        Fault(kind: FAULT_SYNC, code: 1_034, testDescription: "syncs with IOERR_FSYNC"),
        Fault(kind: FAULT_TRUNCATE, code: 1_546, testDescription: "truncates with IOERR_TRUNCATE"),
        Fault(kind: FAULT_OPEN, code: 14, testDescription: "opens with CANTOPEN"),
        Fault(kind: FAULT_SHARED_MEMORY, code: 5_386, testDescription: "shared memory with IOERR_SHMMAP"),
    ]

    @Test("A call that fails fails what depends on it, loses nothing, and the log goes on", arguments: faults)
    func everyCall(fault: Fault) async throws {
        let seeds = TestLength.count(1, long: 100)
        for number in 0..<seeds {
            TestLength.note(number, of: seeds, "workloads whose calls fail in turn, \(fault.testDescription)")
            let seed = TestLength.seed + UInt64(number)
            let expected = try await run(fault, nth: .max, seed: seed).calls
            let isRare = fault.kind == FAULT_TRUNCATE || fault.kind == FAULT_SHARED_MEMORY
            try #require(expected >= (isRare ? 1 : 5))
            var failures: Int64 = 0
            for nth in 1...expected {
                let (calls, failed) = try await run(fault, nth: nth, seed: seed)
                // How its appends meet decides how many calls a run makes; the nth of them has failed, if there was one.
                #expect(failed == (calls >= nth ? 1 : 0), "call \(nth) of \(calls), seed \(seed)")
                failures += failed
            }
            print("\(fault.testDescription): \(expected) calls, \(failures) runs with one that failed")
            #expect(failures > 0)
        }
    }

    /// Runs a workload in which the nth call fails.
    private func run(_ fault: Fault, nth: Int64, seed: UInt64) async throws -> (calls: Int64, failed: Int64) {
        let place = "call \(nth) of seed \(seed)"
        let disk = try FaultDisk()
        fault_disk_arm(disk.handle, fault.kind, nth, 1, fault.code)
        let log = try open(disk, fault)
        defer { log.shutDown() }
        var workload = Workload(seed: seed, log)
        var acknowledged: [(append: Append, answer: Appended)] = []
        var failedSteps = 0
        for _ in 0..<6 {
            let before = fault_disk_failed(disk.handle)
            var hasFailed = false
            for (append, answer) in await workload.step() {
                switch answer {
                case .success(let appended): acknowledged.append((append, appended))
                case .failure(let error):
                    hasFailed = true
                    #expect(error.code == fault.answer && error.hint != nil, "\(error)")
                }
            }
            failedSteps += hasFailed ? 1 : 0
            guard hasFailed else { continue }
            // What failed failed because of this fault, not of one before, and a crash right now does not bring it back.
            #expect(fault_disk_failed(disk.handle) > before)
            try await check(after: disk.copy(), acknowledged, "\(place), crashed where it failed")
        }
        // One fault is in one commit at most.
        #expect(failedSteps <= 1)
        let (calls, failed) = (fault_disk_calls(disk.handle), fault_disk_failed(disk.handle))
        #expect(failedSteps <= failed)
        fault_disk_disarm(disk.handle)

        try await check(log, acknowledged, place)
        try await check(after: disk.copy(), acknowledged, "\(place), after a crash")
        // It goes on by itself.
        try await log.append(.tokens(["after"]), to: .test("after"))
        try await log.settle()
        log.shutDown()
        try await check(after: disk, acknowledged, "\(place), after the end")
        return (calls, failed)
    }

    /// Opening may be what fails; then the next try succeeds.
    private func open(_ disk: FaultDisk, _ fault: Fault) throws -> SQLiteEventLog {
        do {
            return try SQLiteEventLog(directory: disk.path, options: disk.options, logger: .silent)
        } catch let error as EventLogError {
            #expect(error.code == fault.answer && error.hint != nil, "\(error)")
            return try SQLiteEventLog(directory: disk.path, options: disk.options, logger: .silent)
        }
    }

    /// A log opened again has the same and is sound.
    private func check(
        after disk: FaultDisk, _ acknowledged: [(append: Append, answer: Appended)], _ place: String
    ) async throws {
        let log = try SQLiteEventLog(directory: disk.path, options: disk.options, logger: .silent)
        defer { log.shutDown() }
        try await check(log, acknowledged, place)
        #expect(try LogCheck(directory: disk.path, vfs: disk.vfs).findings == [])
    }

    /// Exactly what was acknowledged is there, and nothing of what failed.
    private func check(
        _ log: SQLiteEventLog, _ acknowledged: [(append: Append, answer: Appended)], _ place: String
    ) async throws {
        for (session, appends) in Dictionary(grouping: acknowledged, by: { $0.append.session }) {
            let expected = appends.sorted { $0.answer.first < $1.answer.first }.flatMap { $0.append.events.map(\.body) }
            let found = try await log.all(session).compactMap(\.body)
            #expect(found == expected, "\(place), \(session)")
        }
        let sessions = try await log.sessions(before: nil, limit: 1_000).map(\.session)
        #expect(Set(sessions).subtracting([.test("after")]) == Set(acknowledged.map(\.append.session)))
    }

    @Test("While the disk is full appends fail, reads go on; with room again the log goes on by itself")
    func full() async throws {
        let disk = try FaultDisk()
        let log = try SQLiteEventLog(directory: disk.path, options: disk.options, logger: .silent)
        defer { log.shutDown() }
        let session = SessionID.test("s")
        try await log.append(.tokens(["a"]), to: session)
        fault_disk_arm(disk.handle, FAULT_WRITE, 1, .max, 13)
        for _ in 0..<5 {
            let error = try await expectError(.storageFull) { try await log.append(.tokens(["x"]), to: session) }
            #expect(error.hint?.contains("free space") == true)
            #expect(try await log.all(session).map(\.body) == ["a"])
            _ = try await expectError(.storageFull) { try await log.settle() }
        }
        fault_disk_disarm(disk.handle)
        try await log.append(.tokens(["b"]), to: session, expecting: Offset(1))
        #expect(try await log.all(session).map(\.body) == ["a", "b"])
        #expect(try LogCheck(directory: disk.path, vfs: disk.vfs).findings == [])
    }

    /// The first append after a checkpoint syncs the header of the WAL and then itself.
    @Test("An append whose sync failed is not there after a crash either", arguments: 1...2)
    func failedSync(nth: Int64) async throws {
        let disk = try FaultDisk()
        let log = try SQLiteEventLog(directory: disk.path, options: disk.options, logger: .silent)
        defer { log.shutDown() }
        let session = SessionID.test("s")
        try await log.append(.tokens(["a"]), to: session)
        try disk.connection().checkpoint(.truncate)
        fault_disk_arm(disk.handle, FAULT_SYNC, nth, 1, 1_034)
        _ = try await expectError(.storageFailed) { try await log.append(.tokens(["x"]), to: session) }
        #expect(fault_disk_failed(disk.handle) == 1)
        fault_disk_disarm(disk.handle)
        let crashed = try disk.copy()
        let again = try SQLiteEventLog(directory: crashed.path, options: crashed.options, logger: .silent)
        defer { again.shutDown() }
        #expect(try await again.all(session).map(\.body) == ["a"])
    }
}
