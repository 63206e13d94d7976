internal import CSQLite

/// A prepared statement: bind by 1-based index, step, read columns by 0-based index, reset.
public final class Statement {
    private let handle: OpaquePointer
    private let connection: OpaquePointer
    private let sql: String

    init(handle: OpaquePointer, connection: OpaquePointer, sql: String) {
        self.handle = handle
        self.connection = connection
        self.sql = sql
    }

    func finalize() { sqlite3_finalize(handle) }

    /// Binds an integer.
    public func bind(_ value: Int64, at index: Int32) {
        let result = sqlite3_bind_int64(handle, index, value)
        precondition(result == SQLITE_OK, "bind \(index) of \(sql)")
    }

    /// Binds an integer or NULL.
    public func bind(_ value: Int64?, at index: Int32) {
        if let value { bind(value, at: index) } else { bindNull(at: index) }
    }

    /// Binds text; SQLite takes a copy.
    ///
    /// - Throws: `SQLiteError` where the text passes SQLite's length limit.
    public func bind(_ value: String, at index: Int32) throws {
        var value = value
        let result = value.withUTF8 { bytes in
            // An empty buffer may have no address, which SQLite would take for NULL.
            bytes.baseAddress.map { base in
                base.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                    sqlite3_bind_text64(handle, index, $0, UInt64(bytes.count), transient, UInt8(SQLITE_UTF8))
                }
            } ?? sqlite3_bind_text(handle, index, "", 0, transient)
        }
        guard result == SQLITE_OK else { throw SQLiteError.of(connection, result, sql) }
    }

    /// Binds text or NULL.
    public func bind(_ value: String?, at index: Int32) throws {
        if let value { try bind(value, at: index) } else { bindNull(at: index) }
    }

    /// Binds bytes; SQLite takes a copy.
    public func bind(_ value: [UInt8], at index: Int32) throws {
        let result = value.withUnsafeBytes {
            $0.baseAddress.map { sqlite3_bind_blob64(handle, index, $0, UInt64(value.count), transient) }
                ?? sqlite3_bind_zeroblob(handle, index, 0)
        }
        guard result == SQLITE_OK else { throw SQLiteError.of(connection, result, sql) }
    }

    /// Binds text without a copy: the bytes must stay where they are until the statement has run.
    ///
    /// - Throws: `SQLiteError` where the text passes SQLite's length limit.
    public func bind(borrowing text: UnsafeBufferPointer<UInt8>, at index: Int32) throws {
        // An empty buffer may have no address, which SQLite would take for NULL.
        let result =
            text.baseAddress.map { base in
                base.withMemoryRebound(to: CChar.self, capacity: text.count) {
                    sqlite3_bind_text64(handle, index, $0, UInt64(text.count), nil, UInt8(SQLITE_UTF8))
                }
            } ?? sqlite3_bind_text(handle, index, "", 0, nil)
        guard result == SQLITE_OK else { throw SQLiteError.of(connection, result, sql) }
    }

    /// Binds NULL.
    public func bindNull(at index: Int32) {
        let result = sqlite3_bind_null(handle, index)
        precondition(result == SQLITE_OK, "bind \(index) of \(sql)")
    }

    /// Moves to the next row; false at the end, after which the statement is reset.
    public func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            sqlite3_reset(handle)
            return false
        case let result:
            let error = SQLiteError.of(connection, result, sql)
            sqlite3_reset(handle)
            throw error
        }
    }

    /// Runs a statement that gives no rows.
    public func run() throws {
        while try step() {}
    }

    /// Ends reading before the last row; every read path resets, or the read transaction stays open.
    public func reset() { sqlite3_reset(handle) }

    /// The column as an integer; 0 for NULL.
    public func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    /// The column as an integer; nil for NULL.
    public func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    /// The column as a floating-point number; 0 for NULL.
    public func double(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }

    /// The column as text, embedded NULs included; empty for NULL.
    ///
    /// Bytes that are not UTF-8 are replaced.
    public func text(_ column: Int32) -> String { optionalText(column) ?? "" }

    /// The column as text; nil for NULL.
    ///
    /// The database's encoding is UTF-8, as of all that SQLite makes unasked. Bytes that are none are replaced.
    public func optionalText(_ column: Int32) -> String? {
        // As a blob: to a text SQLite adds a zero, for which it takes a copy.
        guard let bytes = sqlite3_column_blob(handle, column) else { return isNull(column) ? nil : "" }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// The column's bytes; empty for NULL.
    public func bytes(_ column: Int32) -> [UInt8] {
        guard let base = sqlite3_column_blob(handle, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: base, count: Int(sqlite3_column_bytes(handle, column))))
    }

    /// Lends the column's bytes; nil for NULL.
    ///
    /// They are gone with the next step.
    public func withBytes<Result>(
        _ column: Int32, _ body: (UnsafeRawBufferPointer?) throws -> Result
    ) rethrows -> Result {
        if isNull(column) { return try body(nil) }
        let base = sqlite3_column_blob(handle, column)
        return try body(UnsafeRawBufferPointer(start: base, count: Int(sqlite3_column_bytes(handle, column))))
    }

    /// True where the column is NULL.
    public func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
}

/// `SQLITE_TRANSIENT`, a macro that Swift does not import: SQLite copies the value before the call returns.
private var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
