import Events
import SQLite

extension LogWriter {
    /// Checks an append against the session as the appends before it in this batch leave it, and stages its rows.
    ///
    /// - Returns: the answer, or why it is refused; nothing of a refused append is written.
    /// - Throws: `SQLiteError`, which fails the whole batch.
    func stage(_ pending: WriteQueue.Pending, _ staging: inout Staging) throws -> Answer {
        if let failure = pending.completion.earlierFailure { return Answer(result: .failure(failure), isFinal: true) }
        let group = pending.completion.failureGroup
        if let group, let failure = staging.failures[group] { return Answer(result: .failure(failure)) }
        let answer: Answer
        if let refusal = AppendRules.refusal(of: pending.append) {
            answer = Answer(result: .failure(refusal), isFinal: true)
        } else {
            answer = Answer(result: try record(pending.append, at: pending.at, &staging))
        }
        if let group, case .failure(let error) = answer.result { staging.failures[group] = error }
        return answer
    }

    func record(
        _ append: Append, at: Int64, _ staging: inout Staging
    ) throws -> Result<Appended, EventLogError> {
        let staged: StagedSession?
        do {
            staged = try stagedSession(append.session, &staging)
        } catch let damage as EventLogError {
            // The others of the batch are not damaged.
            return .failure(damage)
        }
        if let producer = append.producer {
            let state = try staged.map { try producerState($0.entry.id, producer.id) } ?? nil
            switch AppendRules.check(producer, against: state) {
            case .proceed: break
            case .duplicate(let answer): return .success(answer)
            case .refuse(let error): return .failure(error)
            }
        }
        let head = staged.map { Offset($0.head) }
        if let refusal = AppendRules.refusal(of: append, head: head, isClosed: staged?.isClosed ?? false) {
            return .failure(refusal)
        }
        if let copied = append.copied, try erasedEvents(in: copied) != copied.erased {
            return .failure(.erasedMeanwhile(copied.session))
        }
        let sessions = staged == nil ? try connection.integer("SELECT max(id) FROM sessions") ?? 0 : 0
        if staged == nil, sessions >= options.sessions {
            return .failure(.tooManySessions(options.sessions))
        }
        let target = try staged ?? open(append.session, at: at, &staging)
        let first = target.head + 1
        try insert(append, at: at, target, &staging)
        let answer = Appended(first: Offset(first), last: Offset(target.head))
        if let producer = append.producer { try save(producer, answer, session: target.entry.id) }
        return .success(answer)
    }

    /// Events of a part of a session whose bodies are erased; all that are have been settled before.
    private func erasedEvents(in part: CopiedPart) throws -> Int64 {
        let count = try connection.prepare(
            """
            SELECT count(*) FROM settled_events
            WHERE session = (SELECT id FROM sessions WHERE name = ?1) AND "offset" <= ?2 AND body IS NULL
            """)
        try count.bind(part.session.name, at: 1)
        count.bind(part.end.value, at: 2)
        defer { count.reset() }
        return try count.step() ? count.integer(0) : 0
    }

    private func insert(_ append: Append, at: Int64, _ target: StagedSession, _ staging: inout Staging) throws {
        let first = Offset(target.head + 1)
        // A clock that was set back must not make a session's times run backwards.
        let at = max(at, target.lastAt)
        target.lastAt = at
        for event in append.events {
            let cause = event.cause.offset(inAppendFrom: first)?.value ?? 0
            staging.add(
                StoredEvent(
                    position: 0, at: at, kind: Int32(event.kind.rawValue), version: 1, cause: cause, body: event.body),
                to: target)
            if event.kind != .token {
                if event.kind.endsRun || event.kind == .sessionClosed { staging.ended.append(target.entry) }
                try note(event.kind, at: target.head, cause: cause, awaitsRun: append.awaitsRun, target)
            }
        }
    }

    /// Keeps the rows that must change with an event: the closed flag and the messages that await an answer.
    private func note(
        _ kind: EventKind, at offset: Int64, cause: Int64, awaitsRun: Bool, _ target: StagedSession
    ) throws {
        if kind == .sessionClosed {
            target.isClosed = true
            let close = try connection.prepare("UPDATE sessions SET closed = 1 WHERE id = ?1")
            close.bind(target.entry.id, at: 1)
            try close.run()
        }
        guard
            let change = OpenRunChange(
                kind, offset: Offset(offset), cause: cause == 0 ? nil : Offset(cause), awaitsRun: awaitsRun)
        else { return }
        let before = target.openRuns
        change.apply(to: &target.openRuns)
        for run in before where !target.openRuns.contains(where: { $0.message == run.message }) {
            let delete = try connection.prepare("DELETE FROM open_runs WHERE session = ?1 AND message = ?2")
            delete.bind(target.entry.id, at: 1)
            delete.bind(run.message.value, at: 2)
            try delete.run()
        }
        for run in target.openRuns where !before.contains(run) {
            let upsert = try connection.prepare("INSERT OR REPLACE INTO open_runs VALUES (?1, ?2, ?3, ?4)")
            upsert.bind(target.entry.id, at: 1)
            upsert.bind(run.message.value, at: 2)
            upsert.bind(run.run?.value, at: 3)
            upsert.bind(run.isPaused ? 1 : 0, at: 4)
            try upsert.run()
        }
    }

    private func stagedSession(_ session: SessionID, _ staging: inout Staging) throws -> StagedSession? {
        if let staged = staging.sessions[session] { return staged }
        guard let entry = try SessionLoader.entry(session, in: directory, queries: queries) else { return nil }
        let staged = StagedSession(entry: entry, isNew: false)
        staging.sessions[session] = staged
        return staged
    }

    func open(_ session: SessionID, at: Int64, _ staging: inout Staging) throws -> StagedSession {
        let insert = try connection.prepare("INSERT INTO sessions (name, opened_at) VALUES (?1, ?2)")
        try insert.bind(session.name, at: 1)
        insert.bind(at, at: 2)
        try insert.run()
        let row = SessionRow(id: connection.lastInsertRowid, settledHead: 0, isClosed: false, lastAt: 0)
        let staged = StagedSession(entry: SessionEntry(row, session: session), isNew: true)
        staging.sessions[session] = staged
        return staged
    }

    private func producerState(_ session: Int64, _ producer: String) throws -> ProducerState? {
        let row = try connection.prepare(
            "SELECT epoch, sequence, first_offset, last_offset FROM producers WHERE session = ?1 AND producer = ?2")
        row.bind(session, at: 1)
        try row.bind(producer, at: 2)
        defer { row.reset() }
        guard try row.step() else { return nil }
        return ProducerState(
            epoch: row.integer(0), sequence: row.integer(1),
            answer: Appended(first: Offset(row.integer(2)), last: Offset(row.integer(3))))
    }

    private func save(_ producer: ProducerStamp, _ answer: Appended, session: Int64) throws {
        let row = try connection.prepare("INSERT OR REPLACE INTO producers VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
        row.bind(session, at: 1)
        try row.bind(producer.id, at: 2)
        row.bind(producer.epoch, at: 3)
        row.bind(producer.sequence, at: 4)
        row.bind(answer.first.value, at: 5)
        row.bind(answer.last.value, at: 6)
        try row.run()
    }
}
