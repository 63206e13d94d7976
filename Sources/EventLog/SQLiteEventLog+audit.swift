package import Events
package import Evidence
import SQLite
import Synchronization

extension SQLiteEventLog {
    /// The tree of the seals, as far as it is durable; nil where the audit is off.
    package var tree: TreeFrontier? { treeHead.tree }

    /// Seals every event recorded so far, as happens by itself after a run's end.
    ///
    /// - Throws: `EventLogError` with `storageFailed`, `storageFull` or `shutDown`.
    package func seal() async throws {
        try await onWriter(doing: "seal") { try $0.sealAll() }
    }

    /// Whether events that were recorded without seals are still being sealed, between the commits.
    package func isCatchingUp() async throws -> Bool {
        try await onWriter(doing: "seal") { $0.catchingUp != nil }
    }

    /// Seals one session as far as it is recorded now, whatever the others have.
    ///
    /// - Throws: `EventLogError` with `storageFailed`, `storageFull` or `shutDown`.
    package func seal(_ session: SessionID) async throws {
        guard let head = try await status(of: session)?.head.value else { return }
        // One transaction at a time, so that appends come between.
        while try await onWriter(doing: "seal", { try $0.seal(session, upTo: head) }) {}
    }

    /// Empties the body of one event, or of every event of a closed session.
    ///
    /// From here on nobody is given the text, but the files hold it until `rewriteFile` and `cutWAL`.
    ///
    /// - Parameter append: what is recorded of it elsewhere, in the same commit.
    /// - Throws: `EventLogError` with `sessionNotFound`, `offsetBeyondHead`, or `invalidAppend` for an open session.
    package func erase(_ session: SessionID, at offset: Offset? = nil, with append: Append) async throws {
        try await onWriter(doing: "erase") { try $0.erase(session, offset, with: append) }
        if offset == nil { erasedSessions.withLock { _ = $0.insert(session) } }
    }

    /// Whether no text of a session is left: it was erased, or its events deleted after their time.
    package func isErased(_ session: SessionID) -> Bool { erasedSessions.withLock { $0.contains(session) } }

    /// The sessions of which `log.db` may still hold text that was erased: an erasure failed or a crash ended it.
    package func erasedSessionsInFile() async throws -> [SessionID] {
        try await onWriter(doing: "be read") { try $0.erasedSessionsInFile() }
    }

    /// Whether `log.db` or its WAL may still hold text that was erased.
    package func hasUnfinishedErasures() async throws -> Bool {
        try await onWriter(doing: "be read") { try $0.hasUnfinishedErasures() }
    }

    /// Writes the file anew without what was erased, for good; appends wait meanwhile.
    package func rewriteFile(without sessions: [SessionID]) async throws {
        try await onWriter(doing: "be written anew") { try $0.rewriteFile(without: sessions) }
    }

    /// Cuts the WAL to nothing, which holds what was erased before the file was written anew.
    ///
    /// - Throws: `EventLogError` with `storageFailed` where a reader is in the way each time.
    package func cutWAL(attempts: Int) async throws {
        for _ in 0..<attempts {
            // One command a try, so that appends come between.
            if try await onWriter(doing: "be cut", { try $0.cutWAL() }) { return }
        }
        throw EventLogError(
            .storageFailed, "erased text may still be in \(Limits.walName): another program reads the log all the time",
            hint: "end that program's transaction; the server goes on trying, and so does its next start")
    }

    /// The attachments that messages named which were erased or pruned, as far as `forgetAttachments` did not take them.
    package func notedAttachments() async throws -> Set<String> {
        try await onWriter(doing: "be read") { try $0.notedAttachments() }
    }

    /// Those of them that no message names.
    package func unnamed(_ digests: Set<String>) async throws -> Set<String> {
        try await onWriter(doing: "be read") { digests.subtracting(try $0.queries.attachments().map(\.digest)) }
    }

    /// Forgets them, once their files are gone.
    package func forgetAttachments(_ digests: Set<String>) async throws {
        try await onWriter(doing: "be written") { try $0.forgetAttachments(digests) }
    }

    /// The attachments that the messages of some sessions name, and no other message.
    package func attachments(onlyOf sessions: Set<SessionID>) async throws -> [String] {
        try await onWriter(doing: "be read") { try $0.attachments(onlyOf: sessions) }
    }

    /// Records a session as another log had it, with its offsets, times, salts and seals.
    ///
    /// - Parameter append: what is recorded of it elsewhere, in the same commit.
    /// - Throws: `EventLogError` with `headConflict` where the session exists.
    package func restore(_ session: RestoredSession, with append: Append) async throws {
        try await onWriter(doing: "import") { try $0.restore(session, with: append) }
        if session.isErased { erasedSessions.withLock { _ = $0.insert(session.session) } }
    }
}
