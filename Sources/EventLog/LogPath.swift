import Foundation

/// Where the database of a log is.
package enum LogPath {
    /// `log.db` of a data directory, for those who only read it.
    ///
    /// An empty one is none: SQLite would delete the WAL beside it, which holds what is left of the log, even for a reader.
    ///
    /// - Throws: `EventLogError` with `storageFailed` where it is missing or empty.
    package static func existing(in directory: String) throws -> String {
        let path = directory + "/log.db"
        var information = stat()
        guard stat(path, &information) == 0 else {
            let code = errno
            guard code == ENOENT || code == ENOTDIR else {
                throw EventLogError(
                    .storageFailed, "cannot read \(path): \(String(cString: strerror(code)))",
                    hint: "check that this user may read the data directory")
            }
            throw EventLogError(
                .storageFailed, "there is no log at \(path)",
                hint: "name the server's data directory with --data")
        }
        guard information.st_size > 0 else {
            throw EventLogError(
                .storageFailed, "there is no log at \(path): the file is empty",
                hint: "keep a copy of the data directory with its log.db-wal, and restore a backup")
        }
        return path
    }
}
