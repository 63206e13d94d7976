import Evidence
import SQLite
import Synchronization

/// The tree of an open log's seals, for proofs.
///
/// The roots of its whole subtrees of 256 leaves and more are kept in memory, so that a proof reads a page of seals and not
/// all of them. A million seals are 250 KiB.
final class SealTree: Sendable {
    /// Leaves of the smallest subtree that is kept.
    private static let block = 256

    /// `levels[k][i]` is the root over the `256 << k` leaves from `i * 256 << k` on.
    private let levels = Mutex<[[Hash256]]>([])

    /// The root over some leaves of the tree: a subtree, or the end of a tree.
    ///
    /// - Throws: `AuditError` with `notInTree` where the seals there are gone.
    func root(_ leaves: Range<Int>, _ log: LogEvidence) throws -> Hash256 {
        if leaves.count <= Self.block { return MerkleTree.root(try log.leaves(leaves)) }
        try extend(to: leaves.upperBound, log)
        if let kept = kept(leaves) { return kept }
        let (left, right) = MerkleTree.split(leaves)
        return MerkleTree.node(try root(left, log), try root(right, log))
    }

    /// Whether a seal is where the tree says, by the page of seals around it.
    func holds(_ number: Int, size: Int, _ log: LogEvidence) throws -> Bool {
        let start = number / Self.block * Self.block
        guard start + Self.block <= size else { return true }
        try extend(to: size, log)
        return try kept(start..<start + Self.block) == MerkleTree.root(log.leaves(start..<start + Self.block))
    }

    private func kept(_ leaves: Range<Int>) -> Hash256? {
        guard leaves.count.nonzeroBitCount == 1, leaves.lowerBound % leaves.count == 0 else { return nil }
        let level = (leaves.count / Self.block).trailingZeroBitCount
        let index = leaves.lowerBound / leaves.count
        return levels.withLock { $0.indices.contains(level) && index < $0[level].count ? $0[level][index] : nil }
    }

    /// Reads the seals that were made since.
    private func extend(to size: Int, _ log: LogEvidence) throws {
        while true {
            let count = levels.withLock { $0.first?.count ?? 0 }
            let start = count * Self.block
            guard start + Self.block <= size else { return }
            let root = MerkleTree.root(try log.leaves(start..<start + Self.block))
            levels.withLock { levels in
                // Another reader may have come first.
                if levels.first?.count ?? 0 == count { Self.append(root, to: &levels) }
            }
        }
    }

    private static func append(_ root: Hash256, to levels: inout [[Hash256]]) {
        var hash = root
        var level = 0
        while true {
            if level == levels.count { levels.append([]) }
            levels[level].append(hash)
            guard levels[level].count % 2 == 0 else { return }
            hash = MerkleTree.node(levels[level][levels[level].count - 2], hash)
            level += 1
        }
    }
}

extension LogEvidence {
    /// The hashes of some leaves of the tree.
    ///
    /// - Throws: `AuditError` with `notInTree` where one is gone.
    func leaves(_ numbers: Range<Int>) throws -> [Hash256] {
        let found = try treeLeaves(numbers).compactMap(\.self)
        guard found.count == numbers.count else {
            throw AuditError(
                .notInTree, "the seals were changed: the tree cannot be made", hint: "playhead verify --all says more")
        }
        return found
    }
}
