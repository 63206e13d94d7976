import Events
import Evidence
import SQLite

extension LogVerifier {
    /// The tree of the seals is the one that was recorded, and every checkpoint is a part of it.
    func checkTree(_ checkpoints: [(name: String, checkpoint: Checkpoint)]) throws {
        let found = try log.treeLeaves()
        result.seals = found.count
        let leaves = found.compactMap(\.self)
        if let number = found.firstIndex(of: nil) {
            // Without its name no leaf can be made, and without the leaf no tree.
            add(
                .init(
                    session: nil, offset: nil, change: .sessionMissing,
                    message: "seal number \(number) has no session or no chain, so that the tree cannot be made"))
            for (name, checkpoint) in checkpoints {
                if checkpoint.size <= number {
                    check(checkpoint, name, size: leaves.count) { MerkleTree.root(leaves.prefix(checkpoint.size)) }
                } else {
                    add(
                        .init(
                            session: nil, offset: nil, change: .rewritten,
                            message: "the tree of the \(name) cannot be made: a seal in it has no session or no chain"))
                }
            }
            return
        }
        let count = Int(try log.connection.integer("SELECT count(*) FROM seals") ?? 0)
        guard leaves.count == count else {
            return add(
                .init(
                    session: nil, offset: nil, change: .sessionMissing,
                    message: "seal number \(leaves.count) is gone, and with it a session or a part of one"))
        }
        var frontier = TreeFrontier()
        // There may be as many checkpoints as seals, so all their roots are made in one pass.
        let sizes = Set(checkpoints.map(\.checkpoint.size))
        var roots = [0: frontier.root]
        for leaf in leaves {
            frontier.append(leaf)
            if sizes.contains(frontier.size) { roots[frontier.size] = frontier.root }
        }
        let recorded = try log.property("tree") ?? ""
        if recorded != ([String(frontier.size)] + frontier.peaks.map(\.hexadecimal)).joined(separator: " ") {
            add(
                .init(
                    session: nil, offset: nil, change: leaves.count < size(recorded) ? .sessionMissing : .rewritten,
                    message: "the tree recorded has \(size(recorded)) seals; those that are there make another one"))
        }
        for (name, checkpoint) in checkpoints {
            check(checkpoint, name, size: leaves.count) { roots[checkpoint.size] }
        }
    }

    /// The newest seal of a session, which stands for those before it, is in the tree that the open log has.
    func checkSeals(
        of session: SessionID, _ nodes: SealTree, _ tree: TreeFrontier,
        _ checkpoints: [(name: String, checkpoint: Checkpoint)]
    ) throws {
        result.seals = tree.size
        do {
            let newest = try log.seals(of: session).last { $0.number < tree.size }
            let isHeld = try newest.map { try nodes.holds(Int($0.number), size: tree.size, log) } ?? true
            if try !isHeld || nodes.root(0..<tree.size, log) != tree.root {
                add(
                    .init(
                        session: nil, offset: nil, change: .rewritten,
                        message: "the seals are not those that the open log has made"))
            }
            for (name, checkpoint) in checkpoints {
                try check(checkpoint, name, size: tree.size) { try nodes.root(0..<checkpoint.size, log) }
            }
        } catch let error as AuditError where error.code == .notInTree {
            add(.init(session: nil, offset: nil, change: .sessionMissing, message: error.message))
        }
    }

    private func check(
        _ checkpoint: Checkpoint, _ name: String, size: Int, root: () throws -> Hash256?
    ) rethrows {
        guard checkpoint.size <= size else {
            return add(
                .init(
                    session: nil, offset: nil, change: .truncated,
                    message:
                        "the \(name) is of \(checkpoint.size) seals, and \(size) are there: this is an older "
                        + "copy, or its end was cut off"))
        }
        guard try root() == checkpoint.root else {
            return add(
                .init(
                    session: nil, offset: nil, change: .rewritten,
                    message: "the first \(checkpoint.size) seals are not those of the \(name): history was rewritten"))
        }
        result.checkpoints.append(name)
    }

    private func size(_ recorded: String) -> Int {
        recorded.split(separator: " ").first.flatMap { Int($0) } ?? 0
    }
}
