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
    /// Who and why is recorded first. An open session is closed; one with a run in progress is refused.
    ///
    /// - Parameter forget: throws away what else was made of the session: its projection.
    /// - Throws: `AuditError` with `sessionNotFound` or `sessionBusy`; `EventLogError`.
    package func erase(
        _ session: SessionID, at offset: Offset? = nil, who: String, why: String?,
        forget: @Sendable (SessionID) async throws -> Void
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
        try await AccessRecord.add(offset == nil ? .sessionErased : .eventErased, access, to: log)
        // The files first: once the bodies are gone, nobody knows their names.
        let store = attachments
        for digest in try await log.attachments(onlyOf: session, at: offset) {
            try await onQueue { try store.erase(digest) }
        }
        try await log.erase(session, at: offset)
        try await finishErasures(forget: forget)
    }

    /// Takes what was erased out of the files, and with it what an erasure that failed or crashed left there.
    ///
    /// - Parameter forget: throws away what else was made of a session: its projection.
    /// - Throws: `EventLogError`; then the next call tries once more.
    package func finishErasures(forget: @Sendable (SessionID) async throws -> Void) async throws {
        let sessions = try await log.unfinishedErasures()
        guard !sessions.isEmpty else { return }
        // First: nobody is to be given a text from there while the log's file is written anew.
        for session in sessions { try await forget(session) }
        try await log.finishErasures(of: sessions)
    }
}
