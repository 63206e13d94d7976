import Events
import Evidence
import Foundation
import Logging
import Migrations
import SQLite

/// A log whose files are opened, checked against the mark beside them, and read into memory.
///
/// Nothing is written before the check: where it fails, the files are what they were, for whoever examines them.
struct OpenedLog {
    let path: String
    let connection: Connection
    let files: LogFiles
    let incarnation: String
    let trimmed: CommitMark
    let tree: TreeFrontier
    let isSealing: Bool
    let recovered: LogRecovery

    init(directory: String, options: SQLiteEventLog.Options, into sessions: SessionDirectory, logger: Logger) throws {
        path = directory + "/log.db"
        let content = try MarkFile.read(directory: directory)
        if options.vfs == nil { try Self.checkPresence(path, content) }
        connection = try Connection(
            path: path, mode: .create, busyTimeoutMs: Limits.busyTimeoutMs, vfs: options.vfs)
        try connection.disableCheckpointOnClose()
        try Self.checkSchema(connection, content, path)
        try Self.configure(connection, options)
        try Self.checkBeforeMigrating(connection, directory)
        try Migrator.migrate(connection, Migrations.log, name: path)

        var properties = try LogProperties(connection)
        trimmed = properties.trimmed
        tree = properties.tree
        isSealing = properties.isSealing
        guard try connection.integer("SELECT coalesce(max(number) + 1, 0) FROM seals") == Int64(tree.size) else {
            throw EventLogError.damaged("the seals are not those that were recorded")
        }
        recovered = try LogRecovery(
            LogQueries(connection: connection), trimmed: trimmed,
            mark: try Self.mark(content, properties), eventsPerBoundary: options.slices.eventsPerBoundary,
            into: sessions)
        if content == .missing, recovered.newest.position > 0 {
            // The database was copied here without its mark: a restored log, whose clients must be told.
            try LogProperties.renew(connection)
            properties = try LogProperties(connection)
            logger.notice("the log was restored or its mark deleted: it has a new incarnation")
        } else if content == .damaged {
            logger.warning("log.mark is damaged, so this start could not tell whether every event is there")
        }
        incarnation = properties.incarnation

        let markFile = try MarkFile(directory: directory)
        files = LogFiles(
            path: path, markFile: markFile, incarnation: properties.incarnationNumber, isReal: options.vfs == nil)
        try files.write(recovered.newest)
        try markFile.sync(directory: directory)
    }

    /// A database that is gone must not be taken for a new one; SQLite deletes the WAL of one that is empty.
    private static func checkPresence(_ path: String, _ content: MarkFile.Content) throws {
        var information = stat()
        guard stat(path, &information) != 0 || information.st_size == 0 else { return }
        let hasWAL = stat(path + "-wal", &information) == 0 && information.st_size > 0
        guard hasWAL || content.hasEvents else { return }
        throw EventLogError(
            .storageFailed, "\(path) is missing or empty, but what is beside it says that events were recorded",
            hint: "put log.db back or restore a backup; to begin anew, move log.mark and log.db-wal away too")
    }

    private static func checkSchema(_ connection: Connection, _ content: MarkFile.Content, _ path: String) throws {
        guard try connection.integer("PRAGMA user_version") == 0, content.hasEvents else { return }
        throw EventLogError.damaged("\(path) is empty, but log.mark says that events were recorded")
    }

    /// A log of an older schema is compared with its mark before anything is written to it.
    private static func checkBeforeMigrating(_ connection: Connection, _ directory: String) throws {
        let version = try connection.integer("PRAGMA user_version") ?? 0
        guard version > 0, version < Int64(Migrations.log.count) else { return }
        if let difference = try LogMark(directory: directory).difference(connection) {
            throw EventLogError.damaged(difference)
        }
    }

    private static func configure(_ connection: Connection, _ options: SQLiteEventLog.Options) throws {
        // SQLite answers with another mode where it cannot, and no error.
        guard let mode = try connection.text("PRAGMA journal_mode=WAL"), mode == "wal" else {
            throw EventLogError(
                .storageFailed, "the log cannot be written ahead: SQLite refuses the journal mode WAL",
                hint: "use a local file system, and look for a process that keeps log.db open")
        }
        try connection.execute(options.durability.pragma)
        try connection.execute("PRAGMA journal_size_limit=\(Limits.walBytes)")
        // After a transaction that moved pages SQLite looks at every page it holds: a larger cache costs more than it spares.
        try connection.execute("PRAGMA cache_size=-\(Limits.cacheKiB)")
        try connection.execute("PRAGMA temp_store=MEMORY")
        connection.keepWAL()
        connection.countWALPages()
    }

    /// The mark to compare with; nil where there is none to be had.
    private static func mark(_ content: MarkFile.Content, _ properties: LogProperties) throws -> CommitMark? {
        guard case .mark(let mark, let incarnation) = content else { return nil }
        guard incarnation == properties.incarnationNumber || mark.position == 0 else {
            throw EventLogError.damaged("log.db is not the log that log.mark was written for")
        }
        return mark
    }
}

extension MarkFile.Content {
    /// True where the mark names an event.
    fileprivate var hasEvents: Bool {
        if case .mark(let mark, _) = self { mark.position > 0 } else { false }
    }
}
