import SQLite

/// Writes events into one of the two tables, many rows a statement: SQLite's cost of starting a statement and of finding
/// the end of the table is then paid once for all of them.
final class EventInserter {
    /// An event and where it belongs.
    struct Row {
        var event: StoredEvent
        var session: Int64
        var offset: Int64
    }

    /// Rows a statement, the most first; what does not fill one goes on to the next.
    private static let sizes = [32, 8, 1]
    private static let columns = 8

    private let statements: [(rows: Int, statement: Statement)]
    /// The bodies of one statement, which SQLite reads where they are.
    private let texts: UnsafeMutableBufferPointer<UInt8>

    /// Prepares the statements for `recent_events` or `settled_events`.
    init(_ connection: Connection, table: String) throws {
        statements = try Self.sizes.map { rows in
            let places = Array(repeating: "(?, ?, ?, ?, ?, ?, ?, ?)", count: rows).joined(separator: ", ")
            let statement = try connection.prepare(
                """
                INSERT INTO \(table) (position, session, "offset", at, kind, v, cause, body) VALUES \(places)
                """)
            return (rows, statement)
        }
        texts = .allocate(capacity: Limits.bytesPerInsert)
    }

    deinit { texts.deallocate() }

    /// Inserts the rows in order.
    func insert(_ rows: [Row]) throws {
        var rest = rows[...]
        for (count, statement) in statements {
            while rest.count >= count {
                try insert(rest.prefix(count), statement)
                rest = rest.dropFirst(count)
            }
        }
    }

    private func insert(_ rows: ArraySlice<Row>, _ statement: Statement) throws {
        var first: Int32 = 1
        var used = 0
        for row in rows {
            let event = row.event
            statement.bind(event.position, at: first)
            statement.bind(row.session, at: first + 1)
            statement.bind(row.offset, at: first + 2)
            statement.bind(event.at, at: first + 3)
            statement.bind(Int64(event.kind), at: first + 4)
            statement.bind(Int64(event.version), at: first + 5)
            statement.bind(event.cause == 0 ? nil : event.cause, at: first + 6)
            if let body = event.body {
                used = try bind(body, at: first + 7, statement, used: used)
            } else {
                statement.bindNull(at: first + 7)
            }
            first += Int32(Self.columns)
        }
        try statement.run()
    }

    /// Puts a body behind those of the same statement; one that finds no room there is copied by SQLite.
    ///
    /// - Returns: how many bytes of the buffer are used then.
    private func bind(_ body: String, at index: Int32, _ statement: Statement, used: Int) throws -> Int {
        let count = body.utf8.count
        guard count <= texts.count - used else {
            try statement.bind(body, at: index)
            return used
        }
        let place = texts[used..<used + count]
        _ = place.update(fromContentsOf: body.utf8)
        try statement.bind(borrowing: UnsafeBufferPointer(rebasing: place), at: index)
        return used + count
    }
}
