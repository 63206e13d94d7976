// The chain of a session, and its seals.
//
//   chain before the first event = SHA-256("playhead session\n" ‖ the session's name)
//   chain at a seal              = SHA-256(chain at the seal before ‖ the leaves of the events since, 32 bytes each)
//
// A seal says what the chain is at an offset. Seals are the leaves of one append-only Merkle tree over the whole log, and
// this is the text that goes into it, each line with its line feed:
//
//   playhead seal v1
//   <session>
//   <offset, decimal>
//   <chain, hexadecimal>

import Crypto

/// What the chain of a session was at an offset.
package struct Seal: Sendable, Hashable {
    /// The session's name.
    package var session: String
    /// The last offset that it covers.
    package var offset: Int64
    /// The chain value there.
    package var chain: Hash256

    /// Makes a seal.
    package init(session: String, offset: Int64, chain: Hash256) {
        self.session = session
        self.offset = offset
        self.chain = chain
    }

    /// What goes into the tree.
    package var text: String { "playhead seal v1\n\(session)\n\(offset)\n\(chain.hexadecimal)\n" }

    /// The hash of the leaf of the tree.
    package var treeLeaf: Hash256 { MerkleTree.leaf(Array(text.utf8)) }
}

/// The chain of a session as it is folded from seal to seal.
package struct SessionChain {
    /// The value at the newest seal.
    package private(set) var value: Hash256
    private var hasher: SHA256?

    /// Before the first event of a session.
    package init(session: String) { value = Hash256.of(Array("playhead session\n\(session)".utf8)) }

    /// At a seal.
    package init(value: Hash256) { self.value = value }

    /// Folds in the leaf of the next event.
    package mutating func add(_ leaf: Hash256) {
        if hasher == nil {
            var begun = SHA256()
            value.withBytes { begun.update(bufferPointer: $0) }
            hasher = begun
        }
        leaf.withBytes { hasher?.update(bufferPointer: $0) }
    }

    /// Ends the stretch at a seal and gives the value there.
    package mutating func seal() -> Hash256 {
        if let hasher { value = hasher.finalize().withUnsafeBytes { $0.loadUnaligned(as: Hash256.self) } }
        hasher = nil
        return value
    }
}
