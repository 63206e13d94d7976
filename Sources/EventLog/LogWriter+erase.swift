import Events
import Evidence
import Logging
import SQLite

extension LogWriter {
    /// Erases the body of one event, or of every event of a session, for good.
    ///
    /// What is left: the rows without their bodies, and their leaves, so that the chain can still be followed. The salts
    /// of the erased go, so that a leaf says nothing. The text stays in the free pages of the file until `rewriteFile`;
    /// `log_properties` remembers that.
    ///
    /// - Parameter append: what is recorded of it elsewhere, in the same commit.
    func erase(_ session: SessionID, _ offset: Offset?, with append: Append) throws {
        try settleAll()
        guard let entry = try SessionLoader.entry(session, in: directory, queries: queries) else {
            throw EventLogError.noSuchSession(session)
        }
        // Nothing is left to be erased there; a whole session is erased again where the first time did not come to its end.
        let isPruned = try queries.prunedHead(of: entry.id) != nil
        guard try !isPruned && (offset == nil || !queries.isErased(entry.id)) else {
            throw EventLogError.erased(session)
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
        // The salts in memory are those that are destroyed.
        defer { entry.withState { $0.sealed = nil } }
        try commit(with: append) { _ in
            try keepLeaves(entry, offset, head: head)
            try noteAttachments(of: entry.id, offset)
            let update = try connection.prepare(
                "UPDATE settled_events SET body = NULL WHERE session = ?1 AND (?2 IS NULL OR \"offset\" = ?2)")
            update.bind(entry.id, at: 1)
            update.bind(offset?.value, at: 2)
            try update.run()
            try connection.execute(
                "INSERT OR REPLACE INTO log_properties VALUES ('erasing \(session.name)', '')")
            if offset == nil {
                try connection.execute("UPDATE sessions SET erased = 1 WHERE id = \(entry.id)")
            }
        }
    }

    /// The sessions of which `log.db` may still hold text that was erased.
    func erasedSessionsInFile() throws -> [SessionID] {
        let rows = try connection.prepare(
            "SELECT substr(name, 9) FROM log_properties WHERE name LIKE 'erasing %' AND value = ''")
        var names: [SessionID] = []
        while try rows.step() { if let name = SessionID(rows.text(0)) { names.append(name) } }
        return names
    }

    /// Whether the files may still hold text that was erased.
    func hasUnfinishedErasures() throws -> Bool {
        try connection.integer("SELECT 1 FROM log_properties WHERE name LIKE 'erasing %' LIMIT 1") != nil
    }

    /// Writes the file anew without what was deleted from it; appends wait meanwhile.
    ///
    /// The WAL holds the old text until `cutWAL`; `log_properties` remembers that.
    func rewriteFile(without sessions: [SessionID]) throws {
        try vacuum()
        try connection.transaction {
            for session in sessions {
                try connection.execute("UPDATE log_properties SET value = 'in WAL' WHERE name = 'erasing \(session)'")
            }
        }
    }

    /// Cuts the WAL to nothing, which ends the erasures that the file was written anew for.
    ///
    /// - Returns: false where a reader is in the way.
    func cutWAL() throws -> Bool {
        connection.setBusyTimeout(milliseconds: Limits.truncationWaitMs)
        defer { connection.setBusyTimeout(milliseconds: Limits.busyTimeoutMs) }
        guard try connection.checkpoint(.truncate) else { return false }
        nextCheckpointPages = options.slices.checkpointPages
        try connection.execute("DELETE FROM log_properties WHERE name LIKE 'erasing %' AND value = 'in WAL'")
        return true
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

    /// Notes the attachments that messages name which are about to go; part of the transaction that takes them away.
    ///
    /// Their files go after it: else a crash between would leave messages whose attachments are missing.
    func noteAttachments(of id: Int64, _ offset: Offset? = nil) throws {
        let note = try connection.prepare("INSERT OR REPLACE INTO log_properties VALUES ('attachment ' || ?1, '')")
        for named in try queries.attachments(of: id) where offset == nil || named.offset == offset?.value {
            try note.bind(named.digest, at: 1)
            try note.run()
        }
    }

    /// The attachments that messages named which are gone.
    func notedAttachments() throws -> Set<String> {
        let rows = try connection.prepare("SELECT substr(name, 12) FROM log_properties WHERE name LIKE 'attachment %'")
        var digests: Set<String> = []
        while try rows.step() { digests.insert(rows.text(0)) }
        return digests
    }

    /// Forgets them, once their files are gone.
    func forgetAttachments(_ digests: Set<String>) throws {
        try connection.transaction {
            let forget = try connection.prepare("DELETE FROM log_properties WHERE name = 'attachment ' || ?1")
            for digest in digests {
                try forget.bind(digest, at: 1)
                try forget.run()
            }
        }
    }

    /// The attachments that the messages of some sessions name, and no other message.
    func attachments(onlyOf sessions: Set<SessionID>) throws -> [String] {
        try settleAll()
        let ids = Set(try sessions.compactMap { try queries.session($0)?.id })
        var own: Set<String> = []
        var others: Set<String> = []
        for named in try queries.attachments() {
            if ids.contains(named.session) { own.insert(named.digest) } else { others.insert(named.digest) }
        }
        return own.subtracting(others).sorted()
    }

    /// Writes the database anew, so that no page of the file still holds what was deleted.
    func vacuum() throws {
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
    }
}
