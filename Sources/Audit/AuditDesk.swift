import Dispatch
package import EventLog
package import Events
import Evidence
import Foundation
package import Logging
import SQLite

/// What an auditor asks of a log that is open: checkpoints, proofs, verification, exports.
package struct AuditDesk: Sendable {
    let log: SQLiteEventLog
    let directory: String
    let attachments: AttachmentStore
    let keys: LogKeys?
    /// Shared by the copies of this value.
    let sealTree = SealTree()
    /// Of those who erase: what one commits must not count as taken out of the files by another, begun before it.
    let erasures = Turns()

    /// Opens the desk of a log.
    ///
    /// - Parameter keys: nil where nothing is signed.
    package init(log: SQLiteEventLog, directory: String, attachments: AttachmentStore, keys: LogKeys?) {
        self.log = log
        self.directory = directory
        self.attachments = attachments
        self.keys = keys
    }

    /// The head of the tree, signed now.
    ///
    /// - Throws: `AuditError` with `auditOff` or `noKey`.
    package func checkpoint() throws -> String {
        let tree = try tree()
        let keys = try signing()
        return try Checkpoint(origin: keys.signer.verifier.name, size: tree.size, root: tree.root)
            .signed(by: keys.signer)
    }

    /// Keeps the checkpoints of this log outside it.
    package func keeper(command: String?, logger: Logger) -> CheckpointKeeper {
        CheckpointKeeper(log: log, directory: directory, keys: keys, command: command, logger: logger)
    }

    /// The key that others verify checkpoints with.
    ///
    /// - Throws: `AuditError` with `noKey`.
    package func verifierKey() throws -> String { try signing().signer.verifier.text }

    /// What shows that the seal of a session is in the tree.
    package struct Inclusion: Sendable, Codable, Equatable {
        /// The session.
        package var session: String
        /// The offset that the seal covers.
        package var offset: Int64
        /// The chain there, hexadecimal.
        package var chain: String
        /// The seal's number in the tree, from 0.
        package var number: Int
        /// The size of the tree that the proof is for.
        package var size: Int
        /// The audit path, nearest first, hexadecimal.
        package var proof: [String]
    }

    /// Shows that the seal that covers an offset is in the tree; the newest seal where none is named.
    ///
    /// - Throws: `AuditError` with `sessionNotFound` or `notInTree`.
    package func inclusion(of session: SessionID, at offset: Offset?, size: Int?) async throws -> Inclusion {
        let size = try checked(size)
        return try await reading { evidence in
            let found = try evidence.seals(of: session)
            guard
                let seal = offset.map({ offset in found.first { $0.offset >= offset.value } }) ?? found.last,
                seal.number < size
            else {
                throw AuditError(
                    .notInTree, "no seal of session \(session) covers that offset in a tree of \(size)",
                    hint: "a session is sealed soon after a run ends; leave size out for the whole tree")
            }
            return Inclusion(
                session: session.name, offset: seal.offset, chain: seal.chain.hexadecimal, number: Int(seal.number),
                size: size,
                proof: try proof(of: Int(seal.number), size: size, evidence).map(\.hexadecimal))
        }
    }

    /// Shows that the tree of an old checkpoint is the beginning of a later one; hexadecimal.
    ///
    /// - Throws: `AuditError` with `notInTree`.
    package func consistency(from older: Int, to newer: Int?) async throws -> (size: Int, proof: [String]) {
        let size = try checked(newer)
        guard (0...size).contains(older) else {
            throw AuditError(.notInTree, "the tree has no \(older) leaves", hint: "from is a size from 0 to \(size)")
        }
        let proof = try await reading { evidence in
            try MerkleTree.consistencyProof(from: older, to: size) { try sealTree.root($0, evidence) }
                .map(\.hexadecimal)
        }
        return (size, proof)
    }

    /// Verifies one session, or all, against the seals and the checkpoint beside the log.
    package func verify(_ session: SessionID?) async throws -> Verification {
        if let session { try await log.seal(session) } else { try await log.seal() }
        // Before the transaction that reads: what it names is then in what is read.
        let tree = log.tree
        return try await onQueue {
            let verifier = try LogVerifier(directory: directory)
            if session != nil, let tree { verifier.known = (sealTree, tree) }
            return try verifier.verify(session, checkpoints: try Checkpoint.kept(directory))
        }
    }

    /// The audit path of a seal.
    func proof(of number: Int, size: Int, _ evidence: LogEvidence) throws -> [Hash256] {
        try MerkleTree.inclusionProof(of: number, in: 0..<size) { try sealTree.root($0, evidence) }
    }

    // MARK: Reading

    func tree() throws -> TreeFrontier {
        guard let tree = log.tree else {
            throw AuditError(.auditOff, "the log is not sealed", hint: "start the server with --audit on")
        }
        return tree
    }

    func signing() throws -> LogKeys {
        guard let keys else {
            throw AuditError(.noKey, "the log has no key to sign with", hint: "playhead keygen makes one")
        }
        return keys
    }

    func reading<Result: Sendable>(
        _ body: @escaping @Sendable (LogEvidence) throws -> Result
    ) async throws -> Result {
        let directory = directory
        return try await onQueue {
            let evidence = try LogEvidence(directory: directory)
            return try evidence.connection.transaction(immediate: false) { try body(evidence) }
        }
    }

    private func checked(_ size: Int?) throws -> Int {
        let tree = try tree()
        let size = size ?? tree.size
        guard size > 0, size <= tree.size else {
            throw AuditError(
                .notInTree, "the tree has \(tree.size) leaves, not \(size)", hint: "GET /audit/checkpoint says its size"
            )
        }
        return size
    }
}

/// Runs what waits for the disk outside the tasks.
func onQueue<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Swift.Result { try body() }) }
    }
}

extension LogEvidence {
    /// The seals of a session, in order.
    ///
    /// - Throws: `AuditError` with `sessionNotFound`.
    func seals(of session: SessionID) throws -> [SessionEvidence.SealRow] {
        guard let id = try self.session(named: session.name) else {
            throw AuditError(
                .sessionNotFound, "there is no session named \(session)",
                hint: "check its name; GET /sessions lists them")
        }
        return try evidence(id: id, name: session.name).seals
    }
}
