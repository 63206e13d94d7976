package import Events
import Synchronization

extension SQLiteEventLog {
    /// The sessions whose newest event is older than a time; the server's own are left out.
    package func sessions(olderThan time: Timestamp) async throws -> [OldSession] {
        try await onWriter(doing: "be read") { try $0.sessions(olderThan: time) }
    }

    /// Deletes the events of whole sessions; their names, heads and seals stay.
    ///
    /// From here on nobody is given the text, but the files hold it until `rewriteFile` and `cutWAL`.
    ///
    /// - Parameter append: what is recorded of it elsewhere, in the same commit.
    package func prune(_ sessions: [SessionID], with append: Append) async throws {
        try await onWriter(doing: "be pruned") { try $0.prune(sessions, with: append) }
        erasedSessions.withLock { $0.formUnion(sessions) }
    }

    /// Settles everything and writes the file anew, without free pages; appends wait meanwhile.
    public func compact() async throws {
        try await onWriter(doing: "be written anew") { try $0.compact() }
    }
}
