package import EventLog
import Evidence
import Foundation
package import Logging

/// Keeps the newest signed checkpoint in the file `checkpoint` of the data directory, and hands it to a command that
/// takes it elsewhere.
package actor CheckpointKeeper {
    private let log: SQLiteEventLog
    private let directory: String
    private let keys: LogKeys?
    private let command: String?
    private let logger: Logger
    private var keptSize: Int?

    /// Makes a keeper.
    ///
    /// - Parameter command: run by `/bin/sh -c` with the note as its standard input, whenever there is a new one.
    package init(log: SQLiteEventLog, directory: String, keys: LogKeys?, command: String?, logger: Logger) {
        self.log = log
        self.directory = directory
        self.keys = keys
        self.command = command
        self.logger = logger
    }

    /// Writes a checkpoint where the tree has grown since the last one.
    ///
    /// - Throws: `AuditError` with `fileFailed`.
    package func keep() async throws {
        guard let keys, let tree = log.tree, tree.size > 0, tree.size != keptSize else { return }
        if keptSize == nil { try setAsideForeign(size: tree.size, keys) }
        let checkpoint = Checkpoint(origin: keys.signer.verifier.name, size: tree.size, root: tree.root)
        let note = try checkpoint.signed(by: keys.signer)
        do {
            try Data(note.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw AuditError(.fileFailed, "cannot write \(path): \(error)", hint: "check the disk")
        }
        keptSize = tree.size
        if let command { await hand(to: command) }
    }

    private var path: String { directory + "/checkpoint" }

    /// Keeps a checkpoint that this log does not lead on from, since it shows that a part of it is gone.
    private func setAsideForeign(size: Int, _ keys: LogKeys) throws {
        guard access(path, F_OK) == 0 else { return }
        let old = try? Checkpoint(note: try LogKeys.read(path) + "\n", verifier: keys.signer.verifier)
        if let old, old.size <= size {
            let leaves = try LogEvidence(directory: directory).treeLeaves().compactMap(\.self)
            if old.size <= leaves.count, MerkleTree.root(leaves.prefix(old.size)) == old.root { return }
        }
        let aside = "\(path).replaced-\(Int(Date().timeIntervalSince1970))"
        guard rename(path, aside) == 0 else {
            throw AuditError(.fileFailed, "cannot rename \(path)", hint: "check its permissions")
        }
        logger.error(
            "this log does not lead on from its last checkpoint: a backup was restored, or events are gone",
            metadata: ["kept": "\(aside)"])
    }

    private func hand(to command: String) async {
        let process = Process()
        // One that hangs must not keep the server from stopping.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["timeout", String(Limits.commandSeconds), "/bin/sh", "-c", command]
        // The file and no pipe: a command that does not read must not break one.
        process.standardInput = FileHandle(forReadingAtPath: path)
        let status: Int32 = await withCheckedContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(returning: -1)
            }
        }
        if status != 0 { logger.error("the checkpoint command failed", metadata: ["status": "\(status)"]) }
    }
}
