import ArgumentParser
import Audit
import EventLog
import Events
import Evidence
import Foundation
import Logging
import Projections
import Workflow

struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a session into one file that proves itself; no server may be running.",
        discussion: "From a running server: curl -o demo.playhead http://127.0.0.1:8080/sessions/demo/export")

    @OptionGroup var options: DataOptions
    @OptionGroup var access: AccessOptions

    @Argument(help: "The session.", transform: sessionArgument)
    var session: SessionID

    @Option(
        name: .shortAndLong,
        help: "The file to write, replaced only when the new one is whole; - is the standard output.")
    var output: String

    func run() async throws {
        try await reportingErrors {
            try await withDesk(options.data) { desk, _ in
                // First: an export that cannot be written is none, and leaves no record of an access.
                let file = try OutputFile(output)
                do {
                    let export = try await desk.export(session, who: access.who, why: access.why)
                    try await export.write { try file.write($0) }
                    try file.finish()
                } catch {
                    file.discard()
                    throw error
                }
            }
        }
    }
}

struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Verify an export and record it in this log, as its own log had it; no server may be running.")

    @OptionGroup var options: DataOptions
    @OptionGroup var access: AccessOptions

    @Argument(help: "The export.")
    var file: String

    @Option(help: "The key of the log that it comes from. (default: the one in the file, which proves less)")
    var key: String?

    func run() async throws {
        try await reportingErrors {
            let export = try ExportFile(path: file)
            let result = try export.verify(with: try NoteVerifier(key ?? export.ownKey))
            guard result.isSound else {
                for finding in result.findings { try print(finding.line) }
                throw AuditError(.invalidExport, "\(file) was changed", hint: "nothing was imported")
            }
            try await withDesk(options.data, isMade: true) { desk, _ in
                try await export.restore(to: desk, who: access.who)
            }
            try print("imported \(export.name): \(result.events) events")
        }
    }
}

struct Erase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Erase a session, or one event of it, for good; no server may be running.",
        discussion: """
            The text and the attachments go, and with them what could be guessed from their hashes. What stays: that the \
            events existed, when, and of which kind; the proof of everything else; and who erased and why.

            An unfinished run is cancelled and the session closed first. An event on which an unfinished run depends is not \
            erased alone.

            With a running server: curl -X DELETE 'http://127.0.0.1:8080/sessions/demo?who=…&why=…'
            """)

    @OptionGroup var options: DataOptions
    @OptionGroup var access: AccessOptions

    @Argument(help: "The session.", transform: sessionArgument)
    var session: SessionID

    @Option(help: "Only the event at this offset.")
    var offset: Int64?

    func run() async throws {
        try await reportingErrors {
            try await withDesk(options.data) { desk, log in
                let projector = try Projector(log: log, dataDirectory: options.data)
                if offset == nil, !session.isReserved {
                    try await RunService.cancelUnfinished(in: session, log: log, projector: projector)
                }
                try await desk.erase(
                    session, at: offset.map { Offset($0) }, who: access.who, why: access.why,
                    forget: { try await projector.forget($0) })
            }
            try print(offset.map { "erased event \($0) of \(session)" } ?? "erased \(session)")
        }
    }
}

/// Who looks or erases, for the record.
struct AccessOptions: ParsableArguments {
    @Option(help: "Who you are, for the record of accesses.")
    var who = NSUserName()

    @Option(help: "Why, for the record of accesses.")
    var why: String?
}

/// Opens the log of a directory that no server uses, and keeps its newest checkpoint at the end.
///
/// - Parameter isMade: whether a log is made where there is none.
func withDesk(
    _ data: String, isMade: Bool = false, _ body: (AuditDesk, SQLiteEventLog) async throws -> Void
) async throws {
    guard isMade || FileManager.default.fileExists(atPath: data + "/log.db") else {
        throw AuditError(.fileFailed, "there is no log in \(data)", hint: "name the data directory with --data")
    }
    let logger = makeLogger(.warning)
    let log = try SQLiteEventLog(directory: data, logger: logger)
    defer { log.shutDown() }
    let desk = try AuditDesk.open(log, data, try AttachmentStore(dataDirectory: data))
    try await body(desk, log)
    try await log.seal()
    try await desk.keeper(command: nil, logger: logger).keep()
}

extension AuditDesk {
    /// Opens the desk of a directory.
    ///
    /// The key is made where there is none, since without one nothing is signed; `playhead keygen` names it otherwise.
    static func open(_ log: SQLiteEventLog, _ data: String, _ attachments: AttachmentStore) throws -> AuditDesk {
        try attachments.removeLeftovers()
        let keys =
            try LogKeys.load(directory: data) ?? LogKeys.make(directory: data, name: "playhead/\(log.incarnation)")
        return AuditDesk(log: log, directory: data, attachments: attachments, keys: keys)
    }
}
