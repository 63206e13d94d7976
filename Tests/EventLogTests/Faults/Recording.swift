@testable import EventLog
import Events
import FaultVFS
import Foundation
import Logging
import SQLite
import Synchronization
import TestSupport
import Testing

/// What a run of the log wrote, and what it had acknowledged when.
final class Recording {
    /// What runs.
    struct Script: Sendable, CustomTestStringConvertible {
        var name: String
        /// What the log promises.
        var durability = SQLiteEventLog.Durability.full
        /// What it does, where that is less.
        var writes: SQLiteEventLog.Durability?
        /// Begins with a log of the oldest schema, which is brought up to date.
        var isOlder = false

        var testDescription: String { name }

        static let all = [
            Script(name: "a new log"), Script(name: "a log of an older schema", isOlder: true),
            Script(name: "a log that syncs at checkpoints only", durability: .normal),
        ]
    }

    /// An instant: so many operations had reached the disk, so many events were acknowledged, and the mark was this.
    struct Instant {
        var operation: Int64
        var events: Int
        var mark: Data?
    }

    let disk: FaultDisk
    let script: Script
    let trace: OpaquePointer
    /// Everything at the end.
    let whole: LogDump
    /// In order; the first is from before the start.
    let instants: [Instant]

    init(_ script: Script, seed: UInt64, steps: Int = 15) async throws {
        self.script = script
        let disk = try FaultDisk()
        self.disk = disk
        var options = disk.options
        options.durability = script.writes ?? script.durability
        var known = 0
        if script.isOlder {
            let older = try TemporaryDirectory(inMemory: true)
            try await OlderLog.make(in: older.path, seed: seed &+ 1, steps: 8)
            try disk.put(contentsOf: older.path)
            let connection = try disk.connection()
            known = try LogDump(connection).count
            connection.close()
        }
        let told = Mutex([Instant(operation: 0, events: known, mark: disk.mark)])
        fault_disk_record(disk.handle)
        let log = try SQLiteEventLog(directory: disk.path, options: options)
        // The log synced the directory when it made the mark.
        fault_disk_sync_directory(disk.handle)
        @Sendable func note(_ events: Int) {
            let instant = (fault_disk_operations(disk.handle), disk.mark)
            told.withLock { told in
                let before = told.last?.events ?? 0
                told.append(Instant(operation: instant.0, events: before + events, mark: instant.1))
            }
        }
        note(0)
        var workload = Workload(seed: seed, log)
        var reader: Connection?
        for step in 0..<steps {
            await workload.step { append, answer in
                if case .success(let answer) = answer, !answer.isDuplicate { note(append.events.count) }
            }
            // A reader that keeps the WAL from starting again for a while.
            if step == 5 {
                reader = try disk.connection()
                try reader?.execute("BEGIN")
                _ = try reader?.integer("SELECT count(*) FROM recent_events")
            }
            if step == 10 {
                reader?.close()
                reader = nil
            }
        }
        log.shutDown()
        trace = try #require(fault_disk_take_trace(disk.handle))
        let connection = try disk.connection()
        whole = try LogDump(connection)
        connection.close()
        instants = told.withLock { $0 }
        try #require(instants.last?.events == whole.count)
    }

    deinit { fault_trace_free(trace) }

    var operations: Int64 { fault_trace_count(trace) }

    /// Cuts the power right before an operation and opens what is left.
    ///
    /// - Returns: what is wrong with it; nil where nothing is.
    func loss(at operation: Int64, seed: UInt64, ignoringSyncs: Bool = false, isThorough: Bool = false) async -> String?
    {
        fault_trace_cut(trace, disk.handle, operation, seed, ignoringSyncs ? 1 : 0)
        let passed = instants.prefix { $0.operation <= operation }
        // The mark waits for no sync: the newest one may be on the disk, or any before it.
        let oldest = min(1, passed.count - 1)
        let marked = seed % 2 == 0 ? passed.count - 1 : oldest + Int(seed / 2 % UInt64(passed.count - oldest))
        disk.mark = passed[marked].mark
        let required = script.durability == .full ? passed[passed.count - 1].events : instants[0].events
        do {
            let opened = try OpenedLog(
                directory: disk.path, options: disk.options, into: SessionDirectory(), logger: .silent)
            defer { opened.connection.close() }
            let found = try LogDump(opened.connection)
            if found.count < required { return "\(required) events acknowledged, \(found.count) found" }
            if !found.isBeginning(of: whole) { return "the events are others" }
            if !isThorough { return nil }
        } catch {
            return "\(error)"
        }
        return await goOn()
    }

    /// The log that a cut left passes every check, and goes on.
    private func goOn() async -> String? {
        do {
            let log = try SQLiteEventLog(directory: disk.path, options: disk.options, logger: .silent)
            defer { log.shutDown() }
            let answer = try await log.append(.tokens(["a"]), to: .test("after"))
            if answer.first != Offset(1) { return "the first event of a session has offset \(answer.first)" }
            return try LogCheck(directory: disk.path, vfs: disk.vfs).findings.first
        } catch {
            return "\(error)"
        }
    }
}

extension Logger {
    /// Says nothing: thousands of starts would.
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
