internal import CSQLite

/// One connection to one database file, used by one thread at a time.
///
/// It is opened with `SQLITE_OPEN_NOMUTEX`: whoever owns it serialises its use.
public final class Connection {
    /// How the file is opened.
    public enum Mode: Sendable {
        /// Read and write; made where it is missing.
        case create
        /// Read and write; an error where it is missing.
        case readWrite
        /// Read only; follows a writer in another process.
        case readOnly
        /// Read only, and promised not to change: for files in a directory that cannot be written.
        case immutable
    }

    private var handle: OpaquePointer?
    let path: String
    private var statements: [String: Statement] = [:]
    /// Pages in the WAL after the last commit, once `countWALPages` was called; 0 after all of them were copied.
    public private(set) var walPages: Int32 = 0
    /// The files that a snapshot is of, as they were then; nil where the connection follows a writer.
    var origin: FileState?

    /// Opens the file.
    ///
    /// - Parameter busyTimeoutMs: how long a statement waits for another process's lock.
    /// - Parameter vfs: the name of a registered VFS, for fault tests.
    /// - Throws: `SQLiteError`; SQLite opens lazily, so a file that is no database is noticed by the first statement.
    public init(path: String, mode: Mode, busyTimeoutMs: Int32 = 0, vfs: String? = nil) throws {
        let flags: Int32 =
            switch mode {
            case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .readWrite: SQLITE_OPEN_READWRITE
            case .readOnly, .immutable: SQLITE_OPEN_READONLY
            }
        let name = mode == .immutable ? Self.immutableName(path) : path
        var opened: OpaquePointer?
        let result = sqlite3_open_v2(name, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, vfs)
        guard result == SQLITE_OK, let opened else {
            let error = SQLiteError.of(opened, result, path)
            sqlite3_close_v2(opened)
            throw error
        }
        handle = opened
        self.path = path
        sqlite3_extended_result_codes(opened, 1)
        sqlite3_busy_timeout(opened, busyTimeoutMs)
    }

    deinit { close() }

    /// Closes the file; every later use throws.
    public func close() {
        for statement in statements.values { statement.finalize() }
        statements = [:]
        sqlite3_close_v2(handle)
        handle = nil
    }

    /// False after `close`.
    public var isOpen: Bool { handle != nil }

    /// Runs SQL that takes no parameters and gives no rows, several statements included.
    public func execute(_ sql: String) throws {
        try check(sqlite3_exec(try open(), sql, nil, nil, nil), sql)
    }

    /// Prepares a statement once and keeps it for the life of the connection.
    public func prepare(_ sql: String) throws -> Statement {
        if let statement = statements[sql] { return statement }
        let handle = try open()
        var prepared: OpaquePointer?
        try check(sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil), sql)
        guard let prepared else {
            throw SQLiteError(code: SQLITE_MISUSE, message: "the statement is empty", context: sql)
        }
        let statement = Statement(handle: prepared, connection: handle, sql: sql)
        statements[sql] = statement
        return statement
    }

    /// The first column of the first row as an integer; nil where there is no row or it is NULL.
    public func integer(_ sql: String) throws -> Int64? {
        let statement = try prepare(sql)
        defer { statement.reset() }
        guard try statement.step(), !statement.isNull(0) else { return nil }
        return statement.integer(0)
    }

    /// The first column of the first row as text; nil where there is no row or it is NULL.
    public func text(_ sql: String) throws -> String? {
        let statement = try prepare(sql)
        defer { statement.reset() }
        guard try statement.step(), !statement.isNull(0) else { return nil }
        return statement.text(0)
    }

    /// Runs `body` in a transaction, rolled back where it throws.
    public func transaction<Result>(immediate: Bool = true, _ body: () throws -> Result) throws -> Result {
        try prepare(immediate ? "BEGIN IMMEDIATE" : "BEGIN").run()
        do {
            let result = try body()
            try prepare("COMMIT").run()
            return result
        } catch {
            rollback()
            throw error
        }
    }

    /// Rolls back, where a transaction is still open: SQLite itself rolls back after a full disk and some I/O errors.
    public func rollback() {
        if isInTransaction { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
    }

    /// True between BEGIN and the end of the transaction.
    public var isInTransaction: Bool { handle.map { sqlite3_get_autocommit($0) == 0 } ?? false }

    /// Rows changed by the last statement.
    public var changes: Int64 { handle.map { sqlite3_changes64($0) } ?? 0 }

    /// The rowid that the last INSERT gave.
    public var lastInsertRowid: Int64 { handle.map { sqlite3_last_insert_rowid($0) } ?? 0 }

    /// Writes what the database holds now into a new file, in one read transaction, without free pages.
    public func copy(to path: String) throws {
        let statement = try prepare("VACUUM INTO ?1")
        try statement.bind(path, at: 1)
        try statement.run()
    }

    /// Keeps the WAL file when the last connection closes, so that read-only readers can open the database later.
    public func keepWAL() {
        var on: Int32 = 1
        sqlite3_file_control(handle, "main", SQLITE_FCNTL_PERSIST_WAL, &on)
    }

    /// Takes over checkpoints from SQLite: counts the WAL's pages after each commit instead.
    public func countWALPages() {
        // The hook is gone with the connection, so the unretained pointer never outlives it.
        sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue().walPages = pages
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Leaves checkpoints to the one connection that owns them.
    public func disableCheckpoints() throws {
        try execute("PRAGMA wal_autocheckpoint=0")
        try disableCheckpointOnClose()
    }

    /// Leaves the WAL as it is when the last connection closes, so that a close never changes what is to be examined.
    public func disableCheckpointOnClose() throws {
        try check(playhead_sqlite_no_checkpoint_on_close(try open()), "SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE")
    }

    /// How long a statement waits for another connection's lock from now on.
    public func setBusyTimeout(milliseconds: Int32) {
        sqlite3_busy_timeout(handle, milliseconds)
    }

    /// How much a checkpoint waits for others.
    public enum Checkpoint: Sendable {
        /// Copies what it can without waiting for anyone.
        case passive
        /// Waits for the readers, at most the busy timeout, so that the next commit starts the WAL again.
        case restart
        /// The same, and cuts the WAL file to nothing.
        case truncate
    }

    /// Copies pages from the WAL into the database.
    ///
    /// - Returns: true where everything is copied; false where a reader was in the way.
    @discardableResult
    public func checkpoint(_ mode: Checkpoint) throws -> Bool {
        var frames: Int32 = 0
        var copied: Int32 = 0
        let flag =
            switch mode {
            case .passive: SQLITE_CHECKPOINT_PASSIVE
            case .restart: SQLITE_CHECKPOINT_RESTART
            case .truncate: SQLITE_CHECKPOINT_TRUNCATE
            }
        let result = sqlite3_wal_checkpoint_v2(try open(), nil, flag, &frames, &copied)
        if result & 0xFF != SQLITE_BUSY { try check(result, "wal_checkpoint \(mode)") }
        let isWhole = result == SQLITE_OK && frames == copied
        if isWhole { walPages = 0 }
        return isWhole
    }

    /// True where the file at the path is no longer the one that is open: deleted, moved or replaced.
    public var hasMoved: Bool {
        var moved: Int32 = 0
        guard let handle else { return true }
        return sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0
    }

    /// The version of the linked library, for instance `3.40.1`.
    public static var libraryVersion: String { String(cString: sqlite3_libversion()) }

    private func check(_ result: Int32, _ context: String) throws {
        guard result == SQLITE_OK else { throw SQLiteError.of(handle, result, context) }
    }

    private func open() throws -> OpaquePointer {
        guard let handle else {
            throw SQLiteError(code: SQLITE_MISUSE, message: "the connection is closed", context: path)
        }
        return handle
    }

    /// A URI file name; `?`, `#` and `%` of the path are escaped.
    private static func immutableName(_ path: String) -> String {
        var name = "file:"
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "%"): name += "%25"
            case UInt8(ascii: "?"): name += "%3f"
            case UInt8(ascii: "#"): name += "%23"
            default: name.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        return name + "?immutable=1"
    }
}
