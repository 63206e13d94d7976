import Synchronization

/// Which attachments are being stored and named, and which are being erased: the same bytes are never both.
final class AttachmentUses: Sendable {
    private struct State {
        var stored: [String: Int] = [:]
        var held: [String: Int] = [:]
    }

    private let state = Mutex(State())

    /// Notes that somebody stores and names them; false where one of them is being erased.
    func begin(_ digests: some Sequence<String>) -> Bool {
        state.withLock { state in
            guard !digests.contains(where: { state.held[$0] != nil }) else { return false }
            for digest in digests { state.stored[digest, default: 0] += 1 }
            return true
        }
    }

    /// Notes that the event that names them is recorded, or will not be.
    func end(_ digests: some Sequence<String>) {
        state.withLock { state in
            for digest in digests { Self.decrease(&state.stored, digest) }
        }
    }

    /// Keeps everybody from beginning to store them.
    func hold(_ digests: Set<String>) {
        state.withLock { state in
            for digest in digests { state.held[digest, default: 0] += 1 }
        }
    }

    /// Lets them be stored again.
    func release(_ digests: Set<String>) {
        state.withLock { state in
            for digest in digests { Self.decrease(&state.held, digest) }
        }
    }

    /// Whether somebody stores one of them now.
    func areUsed(_ digests: Set<String>) -> Bool {
        state.withLock { state in digests.contains { state.stored[$0] != nil } }
    }

    private static func decrease(_ counts: inout [String: Int], _ digest: String) {
        let count = counts[digest, default: 1] - 1
        counts[digest] = count == 0 ? nil : count
    }
}
