import SQLite

/// The statements that run for every commit or event, prepared once.
struct WriterStatements {
    let begin: Statement
    let commit: Statement
    let recent: EventInserter
    let settled: EventInserter

    init(_ connection: Connection) throws {
        begin = try connection.prepare("BEGIN IMMEDIATE")
        commit = try connection.prepare("COMMIT")
        recent = try EventInserter(connection, table: "recent_events")
        settled = try EventInserter(connection, table: "settled_events")
    }
}
