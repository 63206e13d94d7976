import ArgumentParser
import EventLog
import Projections

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Examine the data for damage.",
        discussion: """
            SQLite's own integrity, offsets, positions, times, causes, both tables of events, the open runs, the attachments \
            that messages name, and every stored projection against the fold of the log. Reads only, so a server may run. \
            Exit codes: 0 sound, 1 damaged, with a line for each finding. Whether somebody changed what was recorded is \
            another question: playhead verify.
            """)

    @OptionGroup var options: DataOptions

    func run() async throws {
        try await reportingErrors {
            let log = try LogCheck(directory: options.data)
            // What cannot be read is not folded either.
            let projections = log.findings.isEmpty ? try ProjectionCheck(directory: options.data) : nil
            let findings = log.findings + (projections?.findings ?? [])
            for finding in findings { print(finding) }
            print(
                "\(findings.isEmpty ? "sound" : "DAMAGED"): \(log.events) events of \(log.sessions) sessions, "
                    + "\(log.attachments) attachments, \(projections?.states ?? 0) stored projections")
            if !findings.isEmpty { throw ExitCode(1) }
        }
    }
}
