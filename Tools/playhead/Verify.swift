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

    @Option(help: "A signed checkpoint that was kept elsewhere, which this log must lead on from. Repeatable.")
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

    private func checkpoints() throws -> [(name: String, checkpoint: Checkpoint)] {
        var found = try Checkpoint.kept(options.data)
        guard !checkpoint.isEmpty else { return found }
        let verifier = try key.map { try NoteVerifier($0) } ?? LogKeys.verifier(directory: options.data)
        guard let verifier else {
            throw AuditError(.noKey, "there is no key to check the checkpoint with", hint: "name it with --key")
        }
        for path in checkpoint {
            found.append(
                ("checkpoint in \(path)", try Checkpoint(note: try LogKeys.read(path) + "\n", verifier: verifier)))
        }
        return found
    }

    private func show(_ result: Verification) throws {
        for finding in result.findings { try print(finding.line) }
        let erased =
            (result.erased > 0 ? ", \(result.erased) erased" : "")
            + (result.pruned > 0 ? ", \(result.pruned) sessions pruned" : "")
        try print(
            "\(result.isSound ? "verified" : "CHANGED"): \(result.events) events of \(result.sessions) "
                + "session\(result.sessions == 1 ? "" : "s"), \(result.sealed) of them sealed\(erased); "
                + "\(result.seals) seals")
        for name in result.checkpoints { try print("leads on from the \(name)") }
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
