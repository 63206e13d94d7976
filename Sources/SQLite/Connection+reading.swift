import Foundation

extension Connection {
    /// Opens a file to be read only, also for a user who may write neither the file nor its directory.
    ///
    /// SQLite reads a WAL with the help of the file `-shm`, which it makes where it is missing. Where it may not, a file
    /// without a WAL is read as it is, and one with a WAL in a copy, whose names are gone again on return.
    ///
    /// - Throws: `SQLiteError`.
    public static func reading(_ path: String, busyTimeoutMs: Int32 = 0) throws -> Connection {
        do {
            return try opened(path, .readOnly, busyTimeoutMs)
        } catch let error as SQLiteError where error.cannotOpen || error.isReadOnly {
            // One that may not be read at all is not helped by another way.
            guard access(path, R_OK) == 0 else { throw error }
            var information = stat()
            guard stat(path + "-wal", &information) == 0, information.st_size > 0 else {
                return try opened(path, .immutable, busyTimeoutMs)
            }
            guard access(path + "-wal", R_OK) == 0 else { throw error }
            return try copied(path, error)
        }
    }

    private static func opened(_ path: String, _ mode: Mode, _ busyTimeoutMs: Int32) throws -> Connection {
        let connection = try Connection(path: path, mode: mode, busyTimeoutMs: busyTimeoutMs)
        if mode != .immutable { try connection.disableCheckpoints() }
        // SQLite opens lazily.
        _ = try connection.integer("SELECT count(*) FROM sqlite_schema")
        return connection
    }

    /// No server writes a log that has a WAL and no `-shm`, so both files are of one instant.
    private static func copied(_ path: String, _ reason: SQLiteError) throws -> Connection {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("playhead-\(UUID().uuidString)").path
        let files = FileManager.default
        defer { try? files.removeItem(atPath: folder) }
        do {
            try files.createDirectory(
                atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            try files.copyItem(atPath: path + "-wal", toPath: folder + "/copy-wal")
            try files.copyItem(atPath: path, toPath: folder + "/copy")
        } catch {
            throw SQLiteError(
                code: reason.code,
                message: "\(reason.message), and it cannot be copied into \(files.temporaryDirectory.path) to be read",
                context: path)
        }
        // The copies have the permissions of the originals.
        for name in ["/copy", "/copy-wal"] { chmod(folder + name, 0o600) }
        return try opened(folder + "/copy", .readOnly, 0)
    }
}
