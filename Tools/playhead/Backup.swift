import ArgumentParser
import Audit
import EventLog
import Evidence
import Foundation
import SQLite

struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the data into a new directory, and verify the copy; a server may be running.",
        discussion: """
            The copy holds the log as it was at one instant, the attachments that it names, and the configuration. The \
            projections are made anew from the log. There is no log.mark: the copy opens as a log of its own, with a new \
            incarnation that tells its clients so, and with a new key, unless --with-key copies the old one.

            To restore: stop the server, move the data directory away, put the copy in its place (with keys/ of the old \
            directory, where the log is to go on under its name), and start the server.
            """)

    @OptionGroup var options: DataOptions

    @Argument(help: "The directory to make; one that is there must be empty.")
    var target: String

    @Flag(help: "Copy keys/ too: for a backup that is kept as safe as the log, and never runs beside it.")
    var withKey = false

    func run() async throws {
        try await reportingErrors {
            let source = options.data
            let target = (target as NSString).standardizingPath
            _ = try LogPath.existing(in: source)
            guard try isFree(target) else {
                throw AuditError(.fileFailed, "\(target) is there and not empty", hint: "name a new directory")
            }
            guard !isWithin(source, target) else {
                throw AuditError(
                    .fileFailed, "\(target) is in the data directory itself", hint: "name a directory outside \(source)"
                )
            }
            let path = target + ".unfinished"
            guard mkdir(path, 0o700) == 0 else {
                throw failure("make", path, "check the path; delete what a backup that was killed left there")
            }
            let summary: String
            do {
                summary = try copy(from: source, to: path)
                guard rename(path, target) == 0 else { throw failure("rename", path, "check the permissions") }
            } catch {
                // What went wrong first is what has to be said; what cannot be deleted is seen by the next backup.
                try? FileManager.default.removeItem(atPath: path)
                throw error
            }
            let parent = (target as NSString).deletingLastPathComponent
            try Directory.sync(parent.isEmpty ? "." : parent)
            try print("\(summary) to \(target), verified")
        }
    }

    /// - Returns: what was copied.
    private func copy(from source: String, to path: String) throws -> String {
        // Before the log, which then leads on from it.
        let kept = try Checkpoint.kept(source)
        try copyEvidence(from: source, to: path)
        let backup = try LogBackup(from: source, to: path)
        var information = stat()
        if stat(source + "/config.db", &information) == 0 {
            // SQLite would delete the WAL of an empty one.
            guard information.st_size > 0 else {
                throw AuditError(
                    .fileFailed, "\(source)/config.db is empty",
                    hint: "restore it; or delete it with its config.db-wal, to begin with a new configuration")
            }
            try Connection.reading(source + "/config.db", busyTimeoutMs: 5000)
                .copy(to: path + "/config.db")
        }
        let check = try LogCheck(directory: path)
        let verifier = try LogVerifier(directory: path)
        // They are among what was checked just now.
        verifier.comparesAttachments = false
        let verification = try verifier.verify(nil, checkpoints: kept)
        let findings = check.findings + verification.findings.map(\.line)
        guard findings.isEmpty else {
            for finding in findings { try print(finding) }
            throw AuditError(
                .invalidExport, "the copy is not sound, and most likely neither is the log; nothing was kept",
                hint: "playhead check and verify --all say more; where an erasure went on meanwhile, try again")
        }
        try syncAll(path)
        return "backed up \(check.events) events of \(check.sessions) sessions and \(backup.attachments) attachments"
    }

    /// The checkpoint and the public key; with the secret one, so that the copy can go on in the log's place.
    private func copyEvidence(from source: String, to path: String) throws {
        let place = withKey ? path : path + "/origin"
        let files = FileManager.default
        try files.createDirectory(
            atPath: place + "/keys", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        guard !withKey || access(source + "/keys/log.key", R_OK) == 0 || errno == ENOENT else {
            throw failure("read", source + "/keys/log.key", "ask who owns it, or leave --with-key out")
        }
        if Checkpoint.isKept(source), access(source + "/keys/log.pub", R_OK) != 0, errno == EACCES {
            notice("note: the checkpoint is copied unchecked and without its key, which this user may not read")
        }
        for name in ["checkpoint", "keys/log.pub"] + (withKey ? ["keys/log.key"] : [])
        where files.fileExists(atPath: source + "/" + name) {
            try files.copyItem(atPath: source + "/" + name, toPath: place + "/" + name)
        }
    }

    /// Whether the target is in the source, whatever links lead there.
    private func isWithin(_ source: String, _ target: String) -> Bool {
        let parent = (target as NSString).deletingLastPathComponent
        guard let source = realpath(source, nil), let target = realpath(parent.isEmpty ? "." : parent, nil) else {
            return false
        }
        defer {
            free(source)
            free(target)
        }
        return (String(cString: target) + "/").hasPrefix(String(cString: source) + "/")
    }

    private func isFree(_ path: String) throws -> Bool {
        guard FileManager.default.fileExists(atPath: path) else { return true }
        return (try? FileManager.default.contentsOfDirectory(atPath: path).isEmpty) ?? false
    }

    /// Waits until every file and name of the copy is on the disk.
    private func syncAll(_ path: String) throws {
        let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        for name in names.map({ path + "/" + $0 }) + [path] { try Directory.sync(name) }
    }

    private func failure(_ doing: String, _ path: String, _ hint: String) -> AuditError {
        AuditError(.fileFailed, "cannot \(doing) \(path): \(String(cString: strerror(errno)))", hint: hint)
    }
}
