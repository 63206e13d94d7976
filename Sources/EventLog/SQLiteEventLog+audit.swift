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

    /// Empties the body of one event, or of every event of a closed session.
    ///
    /// From here on nobody is given the text, but the files hold it until `finishErasures` is called.
    ///
    /// - Throws: `EventLogError` with `sessionNotFound`, `offsetBeyondHead`, or `invalidAppend` for an open session.
    package func erase(_ session: SessionID, at offset: Offset? = nil) async throws {
        try await onWriter(doing: "erase") { try $0.erase(session, offset) }
        if offset == nil { erasedSessions.withLock { _ = $0.insert(session) } }
    }

    /// The sessions of which the files may still hold text that was erased: an erasure failed or a crash ended it.
    package func unfinishedErasures() async throws -> [SessionID] {
        try await onWriter(doing: "be read") { try $0.unfinishedErasures() }
    }

    /// Writes the file anew without what was erased, for good; appends wait meanwhile.
    ///
    /// - Throws: `EventLogError` with `storageFailed`, also where a reader holds the old text all the time; then the
    ///   sessions stay unfinished.
    package func finishErasures(of sessions: [SessionID]) async throws {
        try await onWriter(doing: "erase") { try $0.finishErasures(of: sessions) }
    }

    /// The attachments that the messages of a session, or one of them, name, and no other message.
    package func attachments(onlyOf session: SessionID, at offset: Offset? = nil) async throws -> [String] {
        try await onWriter(doing: "be read") { try $0.attachments(onlyOf: session, offset) }
    }

    /// Records a session as another log had it, with its offsets, times, salts and seals.
    ///
    /// - Throws: `EventLogError` with `headConflict` where the session exists.
    package func restore(_ session: RestoredSession) async throws {
        try await onWriter(doing: "import") { try $0.restore(session) }
        if session.isErased { erasedSessions.withLock { _ = $0.insert(session.session) } }
    }
}
