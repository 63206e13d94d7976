import SQLite

/// The statements that run for every commit or event, prepared once.
struct WriterStatements {
    let begin: Statement
    let commit: Statement
    let insertRecent: Statement
    let insertSettled: Statement

    init(_ connection: Connection) throws {
        begin = try connection.prepare("BEGIN IMMEDIATE")
        commit = try connection.prepare("COMMIT")
        insertRecent = try connection.prepare("INSERT INTO recent_events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
        insertSettled = try connection.prepare("INSERT INTO settled_events VALUES (?2, ?3, ?1, ?4, ?5, ?6, ?7, ?8)")
    }
}

extension Statement {
    /// Inserts an event with a statement whose parameters are position, session, offset, at, kind, v, cause and body.
    func insert(_ event: StoredEvent, session: Int64, offset: Int64) throws {
        bind(event.position, at: 1)
        bind(session, at: 2)
        bind(offset, at: 3)
        bind(event.at, at: 4)
        bind(Int64(event.kind), at: 5)
        bind(Int64(event.version), at: 6)
        if event.cause == 0 { bindNull(at: 7) } else { bind(event.cause, at: 7) }
        if let body = event.body {
            try run(binding: body, at: 8)
        } else {
            bindNull(at: 8)
            try run()
        }
    }
}
