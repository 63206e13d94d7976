import EventLog
import Events
import Foundation
import SQLite
import TestSupport
import Testing

/// A log in a directory where SQLite may not make the index of the WAL, before and after a writer comes.
@Suite("A log that is read without its writer's help") struct SnapshotTests {
    let session = SessionID.test("demo")

    /// Nobody can make an index here, not even root: its name is a link that leads nowhere.
    func withoutIndex(_ directory: String) throws {
        unlink(directory + "/log.db-shm")
        try #require(symlink("nowhere", directory + "/log.db-shm") == 0)
    }

    @Test("A page comes from a copy or from the file as it is, and from the log itself once a server writes it")
    func followed() async throws {
        for hasWAL in [true, false] {
            let directory = try TemporaryDirectory()
            let log = try SQLiteEventLog(directory: directory.path)
            try await log.append(.tokens(["a", "b"]), to: session)
            let place = try TemporaryDirectory()
            if !hasWAL { log.shutDown() }
            for name in ["log.db", "log.db-wal"] {
                unlink("\(place.path)/\(name)")
                try FileManager.default.copyItem(atPath: "\(directory.path)/\(name)", toPath: "\(place.path)/\(name)")
            }
            if hasWAL { log.shutDown() }
            if !hasWAL { try #require(truncate(place.path + "/log.db-wal", 0) == 0) }
            try withoutIndex(place.path)
            let file = try LogFile(directory: place.path)
            #expect(try file.page(session, after: .beginning)?.events.count == 2)
            try file.waitForChange()
            unlink(place.path + "/log.db-shm")
            let other = try SQLiteEventLog(directory: place.path)
            for count in 3...5 {
                try await other.append(.tokens(["c"]), to: session)
                try file.waitForChange()
                #expect(try file.page(session, after: .beginning)?.events.count == count, "with a WAL: \(hasWAL)")
            }
            other.shutDown()
            #expect(try file.page(session, after: .beginning)?.events.count == 5)
        }
    }

    @Test("Whoever reads a file as it is notices that a writer came; a copy stays of one instant")
    func noticed() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/log.db"
        let writer = try Connection(path: path, mode: .create)
        try writer.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (a)")
        try writer.checkpoint(.truncate)
        writer.keepWAL()
        writer.close()
        try withoutIndex(directory.path)
        let asItIs = try Connection.reading(path)
        try asItIs.checkUnchanged()
        unlink(path + "-shm")
        let other = try Connection(path: path, mode: .readWrite)
        try other.disableCheckpoints()
        try other.execute("INSERT INTO t VALUES (1)")
        #expect(asItIs.isOutdated)
        #expect(throws: SQLiteError.self) { try asItIs.checkUnchanged() }
        let following = try Connection.reading(path)
        try other.execute("INSERT INTO t VALUES (2)")
        #expect(!following.isOutdated)
        #expect(try following.integer("SELECT count(*) FROM t") == 2)
        other.keepWAL()
        other.close()
        following.close()
        try withoutIndex(directory.path)
        let copied = try Connection.reading(path)
        #expect(try copied.integer("SELECT count(*) FROM t") == 2)
        unlink(path + "-shm")
        let last = try Connection(path: path, mode: .readWrite)
        try last.execute("INSERT INTO t VALUES (3)")
        #expect(copied.isOutdated)
        try copied.checkUnchanged()
        #expect(try copied.integer("SELECT count(*) FROM t") == 2)
    }
}
