internal import CSQLite

/// An error as SQLite reports it.
public struct SQLiteError: Error, Sendable, CustomStringConvertible {
    /// The extended result code, for instance 13 (`SQLITE_FULL`) or 778 (`SQLITE_IOERR_WRITE`).
    public var code: Int32
    /// What SQLite says about it.
    public var message: String
    /// The statement or file it happened with.
    public var context: String

    /// Makes an error.
    public init(code: Int32, message: String, context: String) {
        self.code = code
        self.message = message
        self.context = context
    }

    /// The primary result code: the low byte.
    public var primaryCode: Int32 { code & 0xFF }

    /// True for `SQLITE_FULL`: the disk or a quota is full.
    public var isDiskFull: Bool { primaryCode == SQLITE_FULL }
    /// True for `SQLITE_BUSY` and `SQLITE_LOCKED`: another connection holds the lock.
    public var isBusy: Bool { primaryCode == SQLITE_BUSY || primaryCode == SQLITE_LOCKED }
    /// True for `SQLITE_CORRUPT` and `SQLITE_NOTADB`: the file is damaged or is no database.
    public var isCorrupt: Bool { primaryCode == SQLITE_CORRUPT || primaryCode == SQLITE_NOTADB }
    /// True for `SQLITE_CANTOPEN`: the file or its directory cannot be opened.
    public var cannotOpen: Bool { primaryCode == SQLITE_CANTOPEN }
    /// True for `SQLITE_READONLY`: the file or its directory cannot be written.
    public var isReadOnly: Bool { primaryCode == SQLITE_READONLY }
    /// True for `SQLITE_CONSTRAINT`: a CHECK, UNIQUE or trigger refused the row.
    public var isConstraint: Bool { primaryCode == SQLITE_CONSTRAINT }

    /// The message, the code and where it happened.
    public var description: String { "\(message) (SQLite \(code), \(context))" }

    static func of(_ handle: OpaquePointer?, _ result: Int32, _ context: String) -> SQLiteError {
        guard let handle else {
            return SQLiteError(code: result, message: String(cString: sqlite3_errstr(result)), context: context)
        }
        let extended = sqlite3_extended_errcode(handle)
        return SQLiteError(
            code: extended & 0xFF == result & 0xFF ? extended : result,
            message: String(cString: sqlite3_errmsg(handle)), context: context)
    }
}
