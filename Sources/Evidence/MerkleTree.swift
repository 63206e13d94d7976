/// The Merkle tree of RFC 6962, section 2.1 (the same in RFC 9162, section 2.1).
package enum MerkleTree {
    /// The hash of a leaf: SHA-256(0x00 ‖ data).
    package static func leaf(_ data: [UInt8]) -> Hash256 { Hash256.of([0] + data) }

    /// The hash of a node: SHA-256(0x01 ‖ left ‖ right).
    package static func node(_ left: Hash256, _ right: Hash256) -> Hash256 {
        Hash256.of([1] + left.bytes + right.bytes)
    }

    /// The root over the hashes of leaves; of none it is the hash of nothing.
    package static func root(_ leaves: some Sequence<Hash256>) -> Hash256 {
        var frontier = TreeFrontier()
        for leaf in leaves { frontier.append(leaf) }
        return frontier.root
    }

    /// The audit path of a leaf (RFC 9162, section 2.1.3.1), nearest first.
    ///
    /// - Parameter root: gives the root over some leaves, which are a subtree or the end of the tree.
    package static func inclusionProof(
        of index: Int, in leaves: Range<Int>, root: (Range<Int>) throws -> Hash256
    ) rethrows -> [Hash256] {
        precondition(leaves.contains(index), "the leaf is in the tree")
        guard leaves.count > 1 else { return [] }
        let (left, right) = split(leaves)
        return left.contains(index)
            ? try inclusionProof(of: index, in: left, root: root) + [try root(right)]
            : try inclusionProof(of: index, in: right, root: root) + [try root(left)]
    }

    /// What shows that a tree of the first leaves is a part of a larger one (RFC 9162, section 2.1.4.1).
    ///
    /// - Parameter root: gives the root over some leaves, which are a subtree or the end of the tree.
    package static func consistencyProof(
        from older: Int, to newer: Int, root: (Range<Int>) throws -> Hash256
    ) rethrows -> [Hash256] {
        precondition((0...newer).contains(older), "the older tree is not the larger")
        return older == 0 ? [] : try subproof(older, 0..<newer, isWhole: true, root)
    }

    /// Whether a leaf is in a tree (RFC 9162, section 2.1.3.2).
    package static func isIncluded(
        _ leaf: Hash256, at index: Int, size: Int, root: Hash256, proof: [Hash256]
    ) -> Bool {
        guard index >= 0, index < size else { return false }
        var (node, last, hash) = (index, size - 1, leaf)
        for sibling in proof {
            guard last > 0 else { return false }
            if node % 2 == 1 || node == last {
                hash = self.node(sibling, hash)
                while node % 2 == 0, node > 0 { (node, last) = (node >> 1, last >> 1) }
            } else {
                hash = self.node(hash, sibling)
            }
            (node, last) = (node >> 1, last >> 1)
        }
        return last == 0 && hash == root
    }

    /// Whether one tree is the beginning of another (RFC 9162, section 2.1.4.2).
    package static func isConsistent(
        from older: (size: Int, root: Hash256), to newer: (size: Int, root: Hash256), proof: [Hash256]
    ) -> Bool {
        guard older.size >= 0, older.size <= newer.size else { return false }
        if older.size == 0 { return proof.isEmpty && older.root == root([]) }
        if older.size == newer.size { return proof.isEmpty && older.root == newer.root }
        // Where the older tree is a whole subtree, its root is the first hash.
        var path = older.size & (older.size - 1) == 0 ? [older.root] + proof : proof
        guard !path.isEmpty else { return false }
        var (node, last) = (older.size - 1, newer.size - 1)
        while node % 2 == 1 { (node, last) = (node >> 1, last >> 1) }
        let first = path.removeFirst()
        var (oldHash, newHash) = (first, first)
        for sibling in path {
            guard last > 0 else { return false }
            if node % 2 == 1 || node == last {
                oldHash = self.node(sibling, oldHash)
                newHash = self.node(sibling, newHash)
                while node % 2 == 0, node > 0 { (node, last) = (node >> 1, last >> 1) }
            } else {
                newHash = self.node(newHash, sibling)
            }
            (node, last) = (node >> 1, last >> 1)
        }
        return last == 0 && oldHash == older.root && newHash == newer.root
    }

    private static func subproof(
        _ end: Int, _ leaves: Range<Int>, isWhole: Bool, _ root: (Range<Int>) throws -> Hash256
    ) rethrows -> [Hash256] {
        if end == leaves.upperBound { return isWhole ? [] : [try root(leaves)] }
        let (left, right) = split(leaves)
        return end <= left.upperBound
            ? try subproof(end, left, isWhole: isWhole, root) + [try root(right)]
            : try subproof(end, right, isWhole: false, root) + [try root(left)]
    }

    /// At the largest power of two below the count.
    package static func split(_ leaves: Range<Int>) -> (left: Range<Int>, right: Range<Int>) {
        var half = 1
        while half * 2 < leaves.count { half *= 2 }
        let middle = leaves.lowerBound + half
        return (leaves.lowerBound..<middle, middle..<leaves.upperBound)
    }
}

/// As much of a tree as is needed to add leaves and to know its root: the roots of its whole subtrees, largest first.
package struct TreeFrontier: Sendable, Hashable {
    /// Leaves so far.
    package private(set) var size = 0
    /// The roots of the whole subtrees, one for each bit of the size.
    package private(set) var peaks: [Hash256] = []

    /// An empty tree.
    package init() {}

    /// Takes up a stored one; nil where the parts do not fit.
    package init?(size: Int, peaks: [Hash256]) {
        guard size >= 0, size.nonzeroBitCount == peaks.count else { return nil }
        self.size = size
        self.peaks = peaks
    }

    /// Adds the hash of a leaf.
    package mutating func append(_ leaf: Hash256) {
        var hash = leaf
        var rest = size
        while rest % 2 == 1, let left = peaks.popLast() {
            hash = MerkleTree.node(left, hash)
            rest >>= 1
        }
        peaks.append(hash)
        size += 1
    }

    /// The root of the tree.
    package var root: Hash256 {
        guard var hash = peaks.last else { return Hash256.of([]) }
        for peak in peaks.dropLast().reversed() { hash = MerkleTree.node(peak, hash) }
        return hash
    }
}
