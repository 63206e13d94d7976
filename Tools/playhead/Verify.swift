import ArgumentParser
import Audit
import EventLog
import Events
import Evidence
import Foundation

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show whether anybody changed a session, or the log.",
        discussion: """
            Reads only, so a server may run. Exit codes: 0 everything fits, 1 something does not; what it is and the first \
            offset where, a line each. A log that was replaced as a whole is seen only from a checkpoint kept elsewhere.
            """)

    @OptionGroup var options: DataOptions

    @Argument(help: "The session; or --all.", transform: sessionArgument)
    var session: SessionID?

    @Flag(help: "Every session, and the log itself.")
    var all = false

    @Option(
        help: "A file of signed checkpoints that were kept elsewhere, which this log must lead on from. Repeatable.")
    var checkpoint: [String] = []

    @Option(help: "An export to verify instead of a log; it needs the --key of the log that it comes from.")
    var export: String?

    @Option(help: "The key of the checkpoint, as GET /audit/key answers it. (default: keys/log.pub of the directory)")
    var key: String?

    @Option(name: .shortAndLong, help: "text or json.")
    var output = OutputForm.text

    func validate() throws {
        guard [session != nil, all, export != nil].filter({ $0 }).count == 1 else {
            throw ValidationError("name a session, or say --all, or --export and a file")
        }
        guard export == nil || key != nil else { throw ValidationError("--export needs --key") }
        guard export == nil || checkpoint.isEmpty else {
            throw ValidationError("--checkpoint is for a log: an export holds its own")
        }
    }

    func run() async throws {
        try await reportingErrors {
            let result =
                if let export, let key {
                    try ExportFile(path: export).verify(with: try NoteVerifier(key))
                } else {
                    try LogVerifier(directory: options.data).verify(session, checkpoints: try checkpoints())
                }
            switch output {
            case .json: try print(CanonicalJSON.encode(result))
            case .text: try show(result)
            }
            if !result.isSound { throw ExitCode(1) }
        }
    }

    private func checkpoints() throws -> [Checkpoint.Named] {
        let given = try key.map { try NoteVerifier($0) }
        let own = try LogKeys.verifier(directory: options.data)
        guard let verifier = given ?? own else {
            guard checkpoint.isEmpty else {
                throw AuditError(
                    .noKey, "there is no key to check the checkpoint with",
                    hint: "name it with --key, as GET /audit/key answers it")
            }
            if Checkpoint.isKept(options.data) {
                notice(
                    "note: the checkpoint beside the log is not compared: there is no key that this user may read; "
                        + "name it with --key")
            }
            return []
        }
        // A copy that was opened has a checkpoint of its own beside the one of the log that it was made of.
        let kept = try Checkpoint.kept(options.data, verifier: checkpoint.isEmpty ? verifier : own ?? verifier)
        return try checkpoint.reduce(into: kept) { $0 += try Checkpoint.all(in: $1, verifier: verifier) }
    }

    private func show(_ result: Verification) throws {
        for finding in result.findings { try print(finding.line) }
        let erased =
            (result.erased > 0 ? ", \(result.erased) erased" : "")
            + (result.pruned > 0 ? ", \(result.pruned) sessions pruned" : "")
        let attachments =
            result.attachments > 0 ? "; \(result.attachments) attachment\(result.attachments == 1 ? "" : "s")" : ""
        try print(
            "\(result.isSound ? "verified" : "CHANGED"): \(result.events) events of \(result.sessions) "
                + "session\(result.sessions == 1 ? "" : "s"), \(result.sealed) of them sealed\(erased); "
                + "\(result.seals) seals\(attachments)")
        // A file can hold thousands.
        var rest = result.checkpoints
        for path in checkpoint {
            let held = rest.filter { $0.hasSuffix(" in \(path)") }
            guard held.count > 1 else { continue }
            try print("leads on from \(held.count) checkpoints in \(path)")
            rest.removeAll { $0.hasSuffix(" in \(path)") }
        }
        for name in rest { try print("leads on from the \(name)") }
    }
}

struct Keygen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the key that signs the log's checkpoints, and print its public half.")

    @OptionGroup var options: DataOptions

    @Option(help: "The key's name, which is the log's: a host, or host/log.")
    var name: String?

    func run() async throws {
        try await reportingErrors {
            let keys = try LogKeys.make(
                directory: options.data, name: name ?? "\(ProcessInfo.processInfo.hostName)/playhead")
            try print(keys.signer.verifier.text)
        }
    }
}

enum OutputForm: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}

/// The name of a session on the command line.
func sessionArgument(_ text: String) throws -> SessionID {
    guard let session = SessionID(text) else { throw ValidationError("a session's name has \(SessionID.rule)") }
    return session
}

extension SQLiteEventLog.Options {
    /// Those of `--audit on|off`.
    init(audit: AuditSwitch) {
        self.init()
        self.audit = audit == .on
    }
}

/// Whether the log is sealed.
enum AuditSwitch: String, ExpressibleByArgument, CaseIterable {
    case on
    case off
}
