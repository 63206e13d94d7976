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
        let path = try LogPath.existing(in: directory)
        do {
            let connection = try Connection.reading(path, busyTimeoutMs: Limits.busyTimeoutMs)
            try connection.copy(to: target + "/log.db")
            try connection.checkUnchanged()
            let copy = try Connection(path: target + "/log.db", mode: .readOnly)
            let named = Set(try LogQueries(connection: copy).attachments().map(\.digest))
            let source = AttachmentStore(of: directory)
            let store = try AttachmentStore(dataDirectory: target)
            for digest in named.sorted() {
                guard let bytes = try source.bytes(digest) else { continue }
                _ = try store.store(bytes)
                attachments += 1
            }
        } catch let error as SQLiteError {
            throw EventLogError.storage(error, doing: "be copied")
        }
        try Directory.sync(target + "/log.db")
        try Directory.sync(target)
    }
}
