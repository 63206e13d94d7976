import EventLog
import Events
import Foundation
import Migrations
import SQLite

/// Stored folds in `projections.db`: a cache of what the log says, made anew where it is missing or damaged.
actor StateStore {
    private let connection: Connection
    /// Grows when something is removed: what was folded before may hold what was erased.
    private(set) var removals = 0

    /// Opens the file.
    ///
    /// - Parameter incarnation: the log that the states are of; those of another one, which a restored backup is, go.
    init(path: String, incarnation: String?) throws {
        do {
            connection = try Self.open(path)
        } catch let error as SQLiteError where error.isCorrupt {
            // Nothing is lost: the log holds everything that stood here.
            for suffix in ["", "-wal", "-shm"] where access(path + suffix, F_OK) == 0 {
                try FileManager.default.removeItem(atPath: path + suffix)
            }
            connection = try Self.open(path)
        }
        guard let incarnation = incarnation.flatMap({ UInt64($0, radix: 16) }) else { return }
        // The file's header has room for a number: 31 bits of the incarnation, never 0, which stands for none.
        let log = Int64(incarnation & 0x7FFF_FFFF | 1)
        let known = try connection.integer("PRAGMA application_id") ?? 0
        if known != 0, known != log { try connection.execute("DELETE FROM states") }
        if known != log { try connection.execute("PRAGMA application_id = \(log)") }
    }

    /// The stored state of a session; nil where there is none of this version.
    func load(_ session: SessionID, projection: String, version: Int) throws -> String? {
        let row = try connection.prepare(
            "SELECT state FROM states WHERE session = ?1 AND projection = ?2 AND version = ?3")
        try row.bind(session.name, at: 1)
        try row.bind(projection, at: 2)
        row.bind(Int64(version), at: 3)
        defer { row.reset() }
        return try row.step() ? row.text(0) : nil
    }

    /// Stores a state with its checkpoint.
    ///
    /// - Returns: false, and stores nothing, where something was removed since the log was read for it.
    func save(
        _ session: SessionID, projection: String, version: Int, checkpoint: Offset, state: String, since removals: Int
    ) throws -> Bool {
        guard removals == self.removals else { return false }
        let row = try connection.prepare("INSERT OR REPLACE INTO states VALUES (?1, ?2, ?3, ?4, ?5)")
        try row.bind(session.name, at: 1)
        try row.bind(projection, at: 2)
        row.bind(Int64(version), at: 3)
        row.bind(checkpoint.value, at: 4)
        try row.bind(state, at: 5)
        try row.run()
        return true
    }

    /// Throws the stored state of every session away.
    func removeAll() throws {
        try connection.execute("DELETE FROM states")
    }

    /// Throws the stored states of some sessions away.
    func remove(_ sessions: [SessionID]) throws {
        removals += 1
        try connection.transaction {
            for session in sessions {
                let row = try connection.prepare("DELETE FROM states WHERE session = ?1")
                try row.bind(session.name, at: 1)
                try row.run()
            }
        }
        // For good: no page of the file and no frame of the WAL still holds it.
        try connection.execute("VACUUM")
        guard try connection.checkpoint(.truncate) else {
            throw EventLogError(
                .storageFailed, "the erased text may still be in projections.db-wal: somebody reads it all the time",
                hint: "stop the readers and erase once more")
        }
    }

    private static func open(_ path: String) throws -> Connection {
        let connection = try Connection(path: path, mode: .create, busyTimeoutMs: 5000)
        try connection.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL")
        try Migrator.migrate(connection, Migrations.projections, name: path)
        return connection
    }
}
