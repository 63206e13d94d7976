import ArgumentParser
import Audit
import EventLog
import Projections

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Examine the data for damage.",
        discussion: """
            SQLite's own integrity, offsets, positions, times, causes, both tables of events, the open runs, the attachments \
            that messages name, every event against its seal, and every stored projection against the fold of the log. \
            Reads only, so a server may run. Exit codes: 0 sound, 1 damaged, with a line for each finding. A \
            line that begins with note: is no damage. Whether this is \
            still the log that a checkpoint was made of is another question: playhead verify.
            """)

    @OptionGroup var options: DataOptions

    func run() async throws {
        try await reportingErrors {
            let log = try LogCheck(directory: options.data)
            var findings = log.findings
            // Only the seals tell of a changed byte in a text.
            if findings.isEmpty {
                let verifier = try LogVerifier(directory: options.data)
                verifier.comparesAttachments = false
                findings = try verifier.verify(nil).findings.map(\.line)
            }
            // What cannot be read is not folded either.
            let projections = findings.isEmpty ? try ProjectionCheck(directory: options.data) : nil
            findings += projections?.findings ?? []
            for finding in findings { try print(finding) }
            for note in log.notes { try print("note: \(note)") }
            try print(
                "\(findings.isEmpty ? "sound" : "DAMAGED"): \(log.events) events of \(log.sessions) sessions, "
                    + "\(log.attachments) attachments, \(projections?.states ?? 0) stored projections")
            if !findings.isEmpty { throw ExitCode(1) }
        }
    }
}
