import EventLog
package import Events

extension AuditDesk {
    /// Records that somebody replays a session.
    ///
    /// - Throws: `EventLogError` with `sessionNotFound` or `sessionErased`; then nothing is recorded.
    package func recordReplay(of session: SessionID, who: String, why: String?) async throws {
        guard !session.isReserved else { return }
        _ = try await log.read(session, after: .beginning, limit: 1)
        try await AccessRecord.add(.replayed, Access(session: session, who: who, why: why), to: log)
    }

    /// Erases the body of one event, or every body and attachment of a session, for good.
    ///
    /// Who and why is recorded in the same commit. An open session is closed; one with an unfinished run is refused, and
    /// so is a single event on which that run depends: its message, and whatever came after it.
    ///
    /// - Parameter forget: throws away what else was made of sessions: their projections.
    /// - Throws: `AuditError` with `sessionNotFound` or `sessionBusy`; `EventLogError`.
    package func erase(
        _ session: SessionID, at offset: Offset? = nil, who: String, why: String?,
        forget: @Sendable ([SessionID]) async throws -> Void
    ) async throws {
        guard !session.isReserved, let status = try await log.status(of: session) else {
            throw Self.noSuchSession(session)
        }
        if let offset, offset > status.head || offset <= .beginning {
            throw AuditError(
                .sessionNotFound, "session \(session) has no event \(offset)", hint: "its head is \(status.head)")
        }
        if let offset, let run = status.openRuns.first, offset >= run.message {
            throw AuditError(
                .sessionBusy, "an unfinished run of session \(session) depends on event \(offset)",
                hint: "POST /sessions/\(session)/cancel first, or erase the whole session")
        }
        if offset == nil, !status.isClosed {
            guard status.openRuns.isEmpty else {
                throw AuditError(
                    .sessionBusy, "session \(session) has an unfinished run",
                    hint: "POST /sessions/\(session)/cancel first")
            }
            try await log.append(
                [NewEvent(kind: .sessionClosed, cause: .none, body: "{}")], to: session, expecting: status.head)
        }
        let access = Access(session: session, offset: offset, who: who, why: why)
        let record = try AccessRecord.event(offset == nil ? .sessionErased : .eventErased, access)
        try await erasures.inTurn {
            try await log.erase(session, at: offset, with: Append(to: AccessRecord.session, [record]))
            try await finish(attempts: Limits.truncationAttempts, forget: forget)
        }
    }

    /// Takes what was erased out of the files, and with it what an erasure that failed or crashed left there.
    ///
    /// - Parameters:
    ///   - attempts: how often the WAL is tried to be cut while others read it.
    ///   - forget: throws away what else was made of sessions: their projections.
    /// - Returns: true where there was something.
    /// - Throws: `EventLogError`; then the next call goes on.
    @discardableResult
    package func finishErasures(
        attempts: Int = Limits.truncationAttempts, forget: @Sendable ([SessionID]) async throws -> Void
    ) async throws -> Bool {
        try await erasures.inTurn { try await finish(attempts: attempts, forget: forget) }
    }

    /// True where the file itself has to be written anew, and not only its WAL to be cut.
    package func hasErasedTextInFile() async throws -> Bool { try await !log.erasedSessionsInFile().isEmpty }

    /// The same, for who has the turn.
    @discardableResult
    func finish(attempts: Int, forget: @Sendable ([SessionID]) async throws -> Void) async throws -> Bool {
        guard try await log.hasUnfinishedErasures() else { return false }
        let sessions = try await log.erasedSessionsInFile()
        if !sessions.isEmpty {
            // Before the file is written anew, so that their digests go with the rest.
            try await eraseAttachments()
            // First: nobody is to be given a text from there while the log's file is written anew.
            try await forget(sessions)
            try await log.rewriteFile(without: sessions)
        }
        try await log.cutWAL(attempts: attempts)
        return true
    }

    /// Erases those attachments of erased messages that no other message names, while nobody stores one of them again.
    private func eraseAttachments() async throws {
        let noted = try await log.notedAttachments()
        guard !noted.isEmpty else { return }
        let store = attachments
        try await store.holding(noted) {
            for digest in try await log.unnamed(noted) { try await onQueue { try store.erase(digest) } }
        }
        try await log.forgetAttachments(noted)
    }
}
