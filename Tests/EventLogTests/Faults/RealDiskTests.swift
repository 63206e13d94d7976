import EventLog
import Events
import FaultVFS
import Foundation
import SQLite
import TestSupport
import Testing

/// What happens to real files: a clear error that says what to do, and never a silent empty log.
@Suite("Damaged and missing files") struct RealDiskTests {
    private static let names = ["log.mark", "log.db", "log.db-wal"]
    let session = SessionID.test("s")

    @Test(
        "A file system that is full refuses appends, keeps what was acknowledged, and the log goes on with room again")
    func fullFileSystem() throws {
        let directory = try TemporaryDirectory()
        let worker = try Worker(
            ["fill", directory.path + "/data", directory.path + "/ballast"],
            mounting: "mount -t tmpfs -o size=3m tmpfs '\(directory.path)'")
        let said = worker.end().map(String.init)
        guard said.first == "mounted" else { return skip() }
        try #require(said.count == 6, "\(said)")
        #expect(said[1] == "storage_full")
        #expect(said[2].contains("free space"))
        let counts = said[3].split(separator: " ").compactMap { Int($0) }
        try #require(counts.count == 2)
        #expect(counts[0] > 20 && counts[0] == counts[1])
        #expect(said[4] == "\(counts[0] + 1)")
        #expect(said[5] == "[]")
    }

    @Test("A directory that cannot be written is refused with what to do, and still read")
    func readOnlyDirectory() async throws {
        let directory = try TemporaryDirectory()
        try await make(directory.path)
        let mounting =
            "mount --bind '\(directory.path)' '\(directory.path)' && "
            + "mount -o remount,ro,bind '\(directory.path)'"
        let opened = try Worker(["open", directory.path], mounting: mounting).end()
        guard opened.first == "mounted" else { return skip() }
        #expect(opened.dropFirst().first == "storage_failed")
        #expect(opened.last?.contains("may write") == true)
        let read = try Worker(["follow", directory.path, session.name, "2"], mounting: mounting).end()
        #expect(read.suffix(2).map { $0.split(separator: " ").last } == ["a", "b"])
    }

    @Test(
        "A database deleted under a running log fails appends, and so does its WAL",
        arguments: ["log.db", "log.db-wal"])
    func deletedWhileOpen(_ name: String) async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path, logger: .silent)
        defer { log.shutDown() }
        try await log.append(.tokens(["a"]), to: session)
        unlink(directory.path + "/" + name)
        let error = try await expectError(.storageFailed) { try await log.append(.tokens(["b"]), to: session) }
        #expect(error.message.contains(name) && error.hint?.contains("restore a backup") == true)
    }

    @Test(
        "A log of which files are missing does not open as an empty one",
        arguments: [["log.db"], ["log.db-wal"], ["log.db", "log.db-wal"], ["log.db", "log.mark"]])
    func missing(_ names: [String]) async throws {
        let directory = try await crashed()
        for name in names { unlink(directory.path + "/" + name) }
        expectRefusal(directory.path, "\(names)")
    }

    @Test("A log of an older schema that lacks an event is refused before it is brought up to date")
    func olderLog() async throws {
        let directory = try TemporaryDirectory()
        try await OlderLog.make(in: directory.path, seed: TestLength.seed, steps: 20)
        let connection = try Connection(path: directory.path + "/log.db", mode: .readWrite)
        try connection.execute("DELETE FROM recent_events WHERE position = (SELECT max(position) FROM recent_events)")
        #expect(connection.changes == 1)
        expectRefusal(directory.path, "an older log")
        #expect(try connection.integer("PRAGMA user_version") == 1)
        connection.close()
    }

    @Test("A database that was emptied does not open as a new one", arguments: ["log.db", "log.db-wal"])
    func emptied(_ name: String) async throws {
        let directory = try await crashed()
        truncate(directory.path + "/" + name, 0)
        let files = try contents(directory.path)
        expectRefusal(directory.path, name)
        if name == "log.db" {
            let target = try TemporaryDirectory()
            for read: () throws -> Void in [
                { _ = try LogFile(directory: directory.path) }, { _ = try LogCheck(directory: directory.path) },
                { _ = try LogBackup(from: directory.path, to: target.path) },
            ] {
                let error = #expect(throws: EventLogError.self) { try read() }
                #expect(error?.code == .storageFailed && error?.message.contains("empty") == true)
            }
        }
        // Nothing was changed: whoever examines it finds what was there.
        #expect(try contents(directory.path) == files)
    }

    @Test("A WAL that was cut short at any frame, or within one, is noticed")
    func truncatedWAL() async throws {
        let source = try await crashed()
        let size = try #require(FileManager.default.contents(atPath: source.path + "/log.db-wal")).count
        let frame = 24 + 4_096
        for end in stride(from: 32, to: size, by: frame).flatMap({ [$0, $0 + 24, $0 + frame - 1] }) {
            let directory = try TemporaryDirectory(inMemory: true)
            try copy(source.path, to: directory.path)
            truncate(directory.path + "/log.db-wal", off_t(end))
            expectRefusal(directory.path, "WAL of \(end) bytes")
        }
    }

    @Test(
        "A page that was overwritten is noticed, or nothing that is read was in it",
        arguments: [0x00, 0xFF, 0x5A] as [UInt8])
    func corruptedPage(_ pattern: UInt8) async throws {
        let sound = try FaultDisk()
        let log = try SQLiteEventLog(directory: sound.path, options: sound.options)
        var workload = Workload(seed: TestLength.seed, log)
        for _ in 0..<15 { await workload.step() }
        let expected = try await contents(log)
        log.shutDown()
        let database = try #require(sound.bytes("log.db"))
        var noticed = 0
        for page in 0..<database.count / 4_096 {
            let disk = try sound.copy()
            var damaged = database
            for index in page * 4_096..<(page + 1) * 4_096 { damaged[index] = pattern }
            disk.put(damaged, as: "log.db")
            do {
                let log = try SQLiteEventLog(directory: disk.path, options: disk.options, logger: .silent)
                defer { log.shutDown() }
                let found = try await contents(log)
                #expect(found.mapValues(\.count) == expected.mapValues(\.count), "page \(page)")
                let isSame = found == expected
                #expect(isSame, "page \(page)")
            } catch let error as EventLogError {
                #expect(error.code == .storageFailed, "page \(page): \(error)")
                #expect(error.hint?.contains("restore a backup") == true, "page \(page): \(error)")
                noticed += 1
            }
        }
        let pages = database.count / 4_096
        #expect(noticed > pages / 3)
        print("overwritten pages: \(pages) tried, \(noticed) refused, in the others nothing was missing")
    }

    /// Every session's events, by name, without their texts where those are long: the middle of such a text is on pages
    /// that are nothing but text, and only the audit's seals tell whether it was changed.
    private func contents(_ log: SQLiteEventLog) async throws -> [SessionID: [Event]] {
        var contents: [SessionID: [Event]] = [:]
        for summary in try await log.sessions(before: nil, limit: 1_000) {
            contents[summary.session] = try await log.all(summary.session).map { event in
                var event = event
                if event.body?.utf8.count ?? 0 > 1_000 { event.body = nil }
                return event
            }
        }
        return contents
    }

    private func contents(_ directory: String) throws -> [Data?] {
        Self.names.map { FileManager.default.contents(atPath: "\(directory)/\($0)") }
    }

    private func make(_ directory: String) async throws {
        let log = try SQLiteEventLog(directory: directory, logger: .silent)
        try await log.append(.tokens(["a", "b"]), to: session)
        log.shutDown()
    }

    /// The files that a crash left: a part of the events is in the WAL only.
    private func crashed() async throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory(inMemory: true)
        let log = try SQLiteEventLog(directory: directory.path, logger: .silent)
        defer { log.shutDown() }
        for number in 0..<5 { try await log.append(.tokens(["\(number)"]), to: session) }
        let crashed = try TemporaryDirectory(inMemory: true)
        try copy(directory.path, to: crashed.path)
        return crashed
    }

    private func copy(_ source: String, to target: String) throws {
        for name in Self.names {
            try FileManager.default.copyItem(atPath: "\(source)/\(name)", toPath: "\(target)/\(name)")
        }
    }

    private func expectRefusal(_ directory: String, _ what: String) {
        let error = #expect(throws: EventLogError.self, "\(what)") {
            try SQLiteEventLog(directory: directory, logger: .silent).shutDown()
        }
        #expect(error?.code == .storageFailed, "\(what): \(String(describing: error))")
        #expect(error?.hint?.contains("backup") == true, "\(what): \(String(describing: error))")
    }

    private func skip() {
        Issue.record("not tested: this system lets nobody mount a file system (unshare, mount)", severity: .warning)
    }
}
