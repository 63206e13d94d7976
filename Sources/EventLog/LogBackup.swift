import Foundation
import SQLite

/// A copy of a log and its attachments, taken while a server writes or when none runs.
///
/// The log is copied in one read transaction, so the copy is of one instant; the attachments come after it, since an
/// attachment is stored before the event that names it. There is no `log.mark`: who opens the copy finds a restored log
/// and gives it a new incarnation, so that no client takes what it read elsewhere for a part of it.
public struct LogBackup: Sendable {
    /// How many attachments were copied.
    public private(set) var attachments = 0

    /// Copies the log of one data directory into another, which exists and is empty.
    ///
    /// - Throws: `EventLogError`; then the target is to be thrown away.
    public init(from directory: String, to target: String) throws {
        try self.init(from: directory, to: target, afterCopy: {})
    }

    /// Copies it, and calls `afterCopy` between the log and its attachments.
    package init(from directory: String, to target: String, afterCopy: () -> Void) throws {
        let path = try LogPath.existing(in: directory)
        do {
            let connection = try Connection.reading(path, busyTimeoutMs: Limits.busyTimeoutMs)
            let store = try AttachmentStore(dataDirectory: target)
            for attempt in 1...Limits.backupAttempts {
                try connection.copy(to: target + "/log.db")
                try connection.checkUnchanged()
                afterCopy()
                let named = try Self.named(in: target)
                let missing = try copy(named, from: AttachmentStore(of: directory), to: store)
                // What an erasure took away meanwhile is named by the copy only: the log is copied as it is now.
                let isErased = try !missing.isSubset(of: LogQueries(connection: connection).attachments().map(\.digest))
                if isErased, attempt < Limits.backupAttempts {
                    unlink(target + "/log.db")
                    continue
                }
                for name in try store.names() where !named.contains(name) { try store.erase(name) }
                break
            }
        } catch let error as SQLiteError {
            throw EventLogError.storage(error, doing: "be copied")
        }
        try Directory.sync(target + "/log.db")
        try Directory.sync(target)
    }

    private static func named(in directory: String) throws -> Set<String> {
        let copy = try Connection(path: directory + "/log.db", mode: .readOnly)
        return Set(try LogQueries(connection: copy).attachments().map(\.digest))
    }

    /// - Returns: those that are not there, or not with their bytes.
    private mutating func copy(
        _ digests: Set<String>, from source: AttachmentStore, to store: AttachmentStore
    ) throws -> Set<String> {
        var missing: Set<String> = []
        attachments = 0
        for digest in digests.sorted() {
            guard let bytes = try source.bytes(digest), AttachmentStore.digest(bytes) == digest else {
                missing.insert(digest)
                continue
            }
            _ = try store.store(bytes)
            attachments += 1
        }
        return missing
    }
}
