package import Events
package import Evidence
import SQLite

/// A session of another log, to be recorded as it was there; its positions are given anew.
package struct RestoredSession: Sendable {
    /// Its name.
    package var session: SessionID
    /// From offset 1, without a gap.
    package var events: [Event]
    /// The secrets of its leaves.
    package var salts: [SessionSalts.Stretch]
    /// The offsets at which it was sealed.
    package var sealedOffsets: [Offset]
    /// The leaves of erased events.
    package var erasedLeaves: [Int64: Hash256]

    /// Makes the set.
    package init(
        session: SessionID, events: [Event], salts: [SessionSalts.Stretch], sealedOffsets: [Offset],
        erasedLeaves: [Int64: Hash256]
    ) {
        self.session = session
        self.events = events
        self.salts = salts
        self.sealedOffsets = sealedOffsets
        self.erasedLeaves = erasedLeaves
    }

    /// True where nothing of its text is left.
    var isErased: Bool { !events.isEmpty && erasedLeaves.count == events.count }
}

extension LogWriter {
    /// Records a session as another log had it; the seals come at the same offsets, so that the chain is the same.
    ///
    /// - Parameter append: what is recorded of it elsewhere, in the same commit.
    func restore(_ restored: RestoredSession, with append: Append) throws {
        guard try SessionLoader.entry(restored.session, in: directory, queries: queries) == nil else {
            throw EventLogError(
                .headConflict, "session \(restored.session) exists already", hint: "use another log")
        }
        var runs: [OpenRun] = []
        try commit(with: append) { staging in
            let staged = try open(restored.session, at: restored.events.first?.at.microseconds ?? 0, &staging)
            for event in restored.events {
                staging.add(StoredEvent(event), to: staged)
                staged.lastAt = event.at.microseconds
                if event.kind == .sessionClosed { staged.isClosed = true }
                OpenRunChange(event.kind, offset: event.offset, cause: event.cause, awaitsRun: false)?.apply(to: &runs)
            }
            guard runs.isEmpty else {
                throw EventLogError(
                    .invalidAppend, "session \(restored.session) has an unfinished run",
                    hint: "export it after its run has ended")
            }
            try saveEvidence(restored, staged)
        }
        try seal(restored)
    }

    /// Commits changes of other tables together with the events that record them.
    func commit(with append: Append, _ change: (inout Staging) throws -> Void) throws {
        var staging = Staging(mark: newest)
        do {
            try files.checkIdentity()
            try statements.begin.run()
            try change(&staging)
            _ = try record(append, at: Clock.microseconds(), &staging).get()
            try statements.recent.insert(staging.rows)
            try commitTransaction()
        } catch {
            connection.rollback()
            throw error
        }
        committed(staging, Int(staging.mark.position - newest.position))
    }

    private func saveEvidence(_ restored: RestoredSession, _ staged: StagedSession) throws {
        let id = staged.entry.id
        if staged.isClosed { try connection.execute("UPDATE sessions SET closed = 1 WHERE id = \(id)") }
        if restored.isErased { try connection.execute("UPDATE sessions SET erased = 1 WHERE id = \(id)") }
        try Sealer.save(restored.salts, of: id, connection)
        for (offset, leaf) in restored.erasedLeaves {
            let row = try connection.prepare("INSERT INTO erased_leaves VALUES (?1, ?2, ?3)")
            row.bind(id, at: 1)
            row.bind(offset, at: 2)
            try row.bind(leaf.bytes, at: 3)
            try row.run()
        }
    }

    private func seal(_ restored: RestoredSession) throws {
        guard let sealer, let entry = directory[restored.session] else { return }
        for offset in restored.sealedOffsets {
            let sealing = try connection.transaction {
                let sealing = try sealer.begin([(entry, offset.value)], most: restored.events.count)
                try sealer.store(sealing)
                return sealing
            }
            sealer.committed(sealing)
        }
        defer { restoreDurability() }
        try sealer.publish()
    }
}
