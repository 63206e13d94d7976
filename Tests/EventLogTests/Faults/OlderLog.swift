import EventLog
import Foundation
import Migrations
import SQLite
import TestSupport

/// A log as the first release made it.
enum OlderLog {
    /// Fills a data directory with a random log of the oldest schema.
    static func make(in directory: String, seed: UInt64, steps: Int) async throws {
        let source = try TemporaryDirectory(inMemory: true)
        var options = SQLiteEventLog.Options()
        options.unsettledEvents = 40
        options.slices = .small
        let log = try SQLiteEventLog(directory: source.path, options: options)
        var workload = Workload(seed: seed, log)
        for _ in 0..<steps { await workload.step() }
        log.shutDown()

        let older = try Connection(path: directory + "/log.db", mode: .create)
        try Migrator.migrate(older, Array(Migrations.log.prefix(1)), name: directory)
        try older.execute(
            """
            ATTACH '\(source.path)/log.db' AS source;
            INSERT INTO sessions SELECT id, name, opened_at, closed FROM source.sessions;
            INSERT INTO recent_events SELECT position, session, "offset", at, kind, v, cause, body
                FROM source.recent_events;
            INSERT INTO settled_events SELECT session, "offset", position, at, kind, v, cause, body
                FROM source.settled_events;
            INSERT INTO open_runs SELECT session, message, run, paused FROM source.open_runs;
            INSERT INTO producers SELECT session, producer, epoch, sequence, first_offset, last_offset
                FROM source.producers;
            UPDATE log_properties SET value =
                (SELECT value FROM source.log_properties AS s WHERE s.name = log_properties.name);
            DETACH source;
            PRAGMA journal_mode=WAL;
            """)
        older.close()
        try FileManager.default.copyItem(atPath: source.path + "/log.mark", toPath: directory + "/log.mark")
    }
}
