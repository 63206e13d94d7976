import Events

/// Gets the entry of a session from memory or, by what the database says of it, into memory.
enum SessionLoader {
    /// For the writer, which sees rows that it has not committed.
    static func entry(
        _ session: SessionID, in directory: SessionDirectory, queries: LogQueries
    ) throws -> SessionEntry? {
        while true {
            if let entry = directory[session] { return entry }
            let generation = directory.generation
            guard let row = try queries.session(session) else { return nil }
            let entry = SessionEntry(row, session: session)
            if let inserted = try directory.insert(entry, loadedAt: generation) { return inserted }
        }
    }

    /// For everyone else.
    ///
    /// A session without a settled event that is not in memory is one whose first commit is not yet published, so there
    /// is no such session yet.
    static func entry(
        _ session: SessionID, in directory: SessionDirectory, readers: ReaderPool
    ) async throws -> SessionEntry? {
        while true {
            if let entry = directory[session] { return entry }
            let generation = directory.generation
            guard let row = try await readers.read({ try $0.session(session) }), row.settledHead > 0 else {
                return directory[session]
            }
            let entry = SessionEntry(row, session: session)
            if let inserted = try directory.insert(entry, loadedAt: generation) { return inserted }
        }
    }
}
