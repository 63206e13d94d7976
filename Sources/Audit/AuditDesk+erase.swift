import EventLog
package import Events

extension AuditDesk {
    /// Records that somebody replays a session.
    package func recordReplay(of session: SessionID, who: String, why: String?) async throws {
        guard !session.isReserved else { return }
        try await AccessRecord.add(.replayed, Access(session: session, who: who, why: why), to: log)
    }

    /// Erases the body of one event, or every body and attachment of a session, for good.
    ///
    /// Who and why is recorded in the same commit. An open session is closed; one with a run in progress is refused.
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
        // The files first: once the bodies are gone, nobody knows their names.
        let named = try await log.attachments(of: session, at: offset)
        if !named.isEmpty { try await eraseAttachments(named, onlyOf: [session], at: offset) }
        try await log.erase(session, at: offset, with: Append(to: AccessRecord.session, [record]))
        try await finishErasures(forget: forget)
    }

    /// Erases those attachments that no other message names, while nobody stores one of them again.
    private func eraseAttachments(
        _ named: Set<String>, onlyOf sessions: Set<SessionID>, at offset: Offset?
    ) async throws {
        let store = attachments
        try await store.holding(named) {
            for digest in try await log.attachments(onlyOf: sessions, at: offset) {
                try await onQueue { try store.erase(digest) }
            }
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
        guard try await log.hasUnfinishedErasures() else { return false }
        let sessions = try await log.erasedSessionsInFile()
        if !sessions.isEmpty {
            // First: nobody is to be given a text from there while the log's file is written anew.
            try await forget(sessions)
            try await log.rewriteFile(without: sessions)
        }
        try await log.cutWAL(attempts: attempts)
        return true
    }
}
