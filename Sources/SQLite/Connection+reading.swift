internal import CSQLite
import Foundation

extension Connection {
    /// Opens a file to be read only, also for a user who may write neither the file nor its directory.
    ///
    /// SQLite reads a WAL with the help of the file `-shm`, which it makes where it is missing. Where it may not, a file
    /// without a WAL is read as it is, and one with a WAL in a copy, whose names are gone again on return. Either is a
    /// snapshot, which follows no writer: `isOutdated` says when one has come.
    ///
    /// - Throws: `SQLiteError`.
    public static func reading(_ path: String, busyTimeoutMs: Int32 = 0) throws -> Connection {
        for _ in 0..<attempts {
            let connection = try openedOrSnapshot(path, busyTimeoutMs)
            // A writer may have come while the files were copied.
            if !connection.isOutdated { return connection }
        }
        throw changed(path)
    }

    /// True where a snapshot is not what its files hold any more.
    public var isOutdated: Bool { origin.map { $0 != FileState($0.path) } ?? false }

    /// Says that what was read may be of two instants, where somebody wrote a file that is read as it is.
    ///
    /// - Throws: `SQLiteError`.
    public func checkUnchanged() throws {
        // A copy is of one instant whatever comes after.
        if let origin, origin.path == path, isOutdated { throw Self.changed(path) }
    }

    /// How often the files are read before a writer that comes and goes is in the way for good.
    private static let attempts = 5

    private static func changed(_ path: String) -> SQLiteError {
        SQLiteError(code: SQLITE_BUSY, message: "somebody began to write it meanwhile; try again", context: path)
    }

    private static func openedOrSnapshot(_ path: String, _ busyTimeoutMs: Int32) throws -> Connection {
        let before = FileState(path)
        do {
            return try opened(path, .readOnly, busyTimeoutMs)
        } catch let error as SQLiteError where error.cannotOpen || error.isReadOnly {
            // One that may not be read at all is not helped by another way.
            guard access(path, R_OK) == 0 else { throw error }
            let connection: Connection
            var information = stat()
            if stat(path + "-wal", &information) == 0, information.st_size > 0 {
                guard access(path + "-wal", R_OK) == 0 else { throw error }
                connection = try copied(path, error)
            } else {
                connection = try opened(path, .immutable, busyTimeoutMs)
            }
            connection.origin = before
            return connection
        }
    }

    private static func opened(_ path: String, _ mode: Mode, _ busyTimeoutMs: Int32) throws -> Connection {
        let connection = try Connection(path: path, mode: mode, busyTimeoutMs: busyTimeoutMs)
        if mode != .immutable { try connection.disableCheckpoints() }
        // SQLite opens lazily.
        _ = try connection.integer("SELECT count(*) FROM sqlite_schema")
        return connection
    }

    /// Both files are of one instant where nobody writes: `reading` looks whether somebody did.
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

/// What tells that a writer has come: a database, its WAL, and the index of that.
struct FileState: Equatable {
    private struct File: Equatable {
        var inode: UInt64
        var size: Int64
        var seconds: Int
        var nanoseconds: Int
    }

    let path: String
    private let files: [File?]
    /// It is written through memory, so only that it is there says anything.
    private let index: UInt64?

    init(_ path: String) {
        self.path = path
        files = [path, path + "-wal"].map(Self.file)
        index = Self.file(path + "-shm")?.inode
    }

    private static func file(_ path: String) -> File? {
        var information = stat()
        guard stat(path, &information) == 0 else { return nil }
        return File(
            inode: UInt64(information.st_ino), size: Int64(information.st_size), seconds: information.st_mtim.tv_sec,
            nanoseconds: information.st_mtim.tv_nsec)
    }
}
