import Events
import Evidence
import Logging
import SQLite

extension LogWriter {
    /// Erases the body of one event, or of every event of a session, for good.
    ///
    /// What is left: the rows without their bodies, and their leaves, so that the chain can still be followed. The salts
    /// of the erased go, so that a leaf says nothing. The text stays in the free pages of the file until `finishErasures`;
    /// `log_properties` remembers that.
    func erase(_ session: SessionID, _ offset: Offset?) throws {
        try settleAll()
        guard let entry = try SessionLoader.entry(session, in: directory, queries: queries) else {
            throw EventLogError.noSuchSession(session)
        }
        let (head, isClosed) = entry.withState { ($0.settledHead, $0.isClosed) }
        guard offset != nil || isClosed else {
            throw EventLogError(
                .invalidAppend, "session \(session) is open",
                hint: "close it first: what is erased takes no more events")
        }
        if let offset, offset.value < 1 || offset.value > head {
            throw EventLogError.beyondHead(offset, session, head: Offset(head))
        }
        do {
            try connection.transaction {
                try keepLeaves(entry, offset, head: head)
                let update = try connection.prepare(
                    "UPDATE settled_events SET body = NULL WHERE session = ?1 AND (?2 IS NULL OR \"offset\" = ?2)")
                update.bind(entry.id, at: 1)
                update.bind(offset?.value, at: 2)
                try update.run()
                try connection.execute(
                    "INSERT OR IGNORE INTO log_properties VALUES ('erasing \(session.name)', '')")
                if offset == nil {
                    try connection.execute("UPDATE sessions SET erased = 1 WHERE id = \(entry.id)")
                }
            }
        } catch {
            entry.withState { $0.sealed = nil }
            throw error
        }
        entry.withState { $0.sealed = nil }
    }

    /// The sessions of which the files may still hold text that was erased.
    func unfinishedErasures() throws -> [SessionID] {
        let rows = try connection.prepare("SELECT substr(name, 9) FROM log_properties WHERE name LIKE 'erasing %'")
        var names: [SessionID] = []
        while try rows.step() { if let name = SessionID(rows.text(0)) { names.append(name) } }
        return names
    }

    /// Writes the file anew without what was deleted, and cuts the WAL to nothing; appends wait meanwhile.
    func finishErasures(of sessions: [SessionID]) throws {
        try rewriteFile()
        for session in sessions {
            try connection.execute("DELETE FROM log_properties WHERE name = 'erasing \(session.name)'")
        }
    }

    /// The attachments that the messages to be erased name, and no other message.
    func attachments(onlyOf session: SessionID, _ offset: Offset?) throws -> [String] {
        try settleAll()
        guard let entry = try SessionLoader.entry(session, in: directory, queries: queries) else { return [] }
        return try attachments(of: entry.id, offset).filter { try !isNamed($0, outside: entry.id, offset) }
    }

    /// Keeps the leaves of what is erased, and destroys their salts.
    private func keepLeaves(_ entry: SessionEntry, _ offset: Offset?, head: Int64) throws {
        // A session that was never sealed has no salts yet: they are made now, so that its chain can be made later.
        let stretches = try queries.salts(of: entry.id)
        var salts = SessionSalts(stretches.isEmpty ? [.random(from: 1)] : stretches)
        let offsets = offset.map { $0.value...$0.value } ?? 1...head
        var after = offsets.lowerBound - 1
        let keep = try connection.prepare("INSERT OR IGNORE INTO erased_leaves VALUES (?1, ?2, ?3)")
        var hasher = LeafHasher()
        while after < offsets.upperBound {
            let page = try queries.settledEvents(
                entry.session, id: entry.id, after: after,
                limit: Int(min(offsets.upperBound - after, Int64(Limits.eventsPerPage))))
            guard let last = page.last else { break }
            for event in page {
                // What was erased before has its leaf already.
                guard let salt = salts.salt(event.offset.value) else { continue }
                keep.bind(entry.id, at: 1)
                keep.bind(event.offset.value, at: 2)
                let leaf = Sealing.leaf(StoredEvent(event), event.offset.value, salt, &hasher)
                try keep.bind(leaf.bytes, at: 3)
                try keep.run()
            }
            after = last.offset.value
        }
        try Sealer.save(offset.map { salts.erasing([$0.value], head: head).stretches } ?? [], of: entry.id, connection)
    }

    /// Writes the database anew, so that no page of the file still holds what was deleted, and cuts the WAL.
    private func rewriteFile() throws {
        // The copy is as large as the log: too large for memory, where temporary files are kept otherwise.
        try connection.execute("PRAGMA secure_delete=ON; PRAGMA temp_store=FILE")
        defer {
            do {
                try connection.execute("PRAGMA secure_delete=OFF; PRAGMA temp_store=MEMORY")
            } catch {
                logger.error("settings could not be put back", metadata: ["error": "\(error)"])
            }
        }
        try connection.execute("VACUUM")
        for _ in 0..<Limits.truncationAttempts {
            if try connection.checkpoint(.truncate) {
                nextCheckpointPages = Limits.checkpointPages
                return
            }
        }
        throw EventLogError(
            .storageFailed, "the erased text may still be in \(Limits.walName): somebody reads the log all the time",
            hint: "stop the readers and erase once more")
    }

    /// The digests that the messages name which are to be erased.
    private func attachments(of id: Int64, _ offset: Offset?) throws -> [String] {
        let rows = try connection.prepare(
            """
            SELECT DISTINCT j.value ->> '$.sha256' FROM settled_events AS e, json_each(e.body, '$.contents') AS j
            WHERE e.session = ?1 AND e.kind = \(EventKind.messageReceived.rawValue) AND (?2 IS NULL OR e."offset" = ?2)
                AND e.body IS NOT NULL AND j.value ->> '$.sha256' IS NOT NULL
            """)
        rows.bind(id, at: 1)
        rows.bind(offset?.value, at: 2)
        var digests: [String] = []
        while try rows.step() { digests.append(rows.text(0)) }
        return digests
    }

    /// Whether another message names an attachment too.
    private func isNamed(_ digest: String, outside id: Int64, _ offset: Offset?) throws -> Bool {
        let row = try connection.prepare(
            """
            SELECT 1 FROM settled_events WHERE kind = \(EventKind.messageReceived.rawValue) AND instr(body, ?1) > 0
                AND NOT (session = ?2 AND (?3 IS NULL OR "offset" = ?3)) LIMIT 1
            """)
        try row.bind(digest, at: 1)
        row.bind(id, at: 2)
        row.bind(offset?.value, at: 3)
        defer { row.reset() }
        return try row.step()
    }
}
