import EventLog
package import Evidence
import Foundation

extension Checkpoint {
    /// A checkpoint, and what it is to people.
    package typealias Named = (name: String, checkpoint: Checkpoint)

    /// The checkpoint beside a log, for a verification; none where there is none, or no key to check it with.
    ///
    /// - Throws: `EvidenceError` with `invalidNote`, `AuditError` with `fileFailed`.
    package static func kept(_ directory: String, verifier: NoteVerifier?) throws -> [Named] {
        let path = path(directory)
        guard isKept(directory), let verifier else { return [] }
        do {
            return [
                ("checkpoint beside the log", try Checkpoint(note: try LogKeys.read(path) + "\n", verifier: verifier))
            ]
        } catch let error as EvidenceError {
            throw EvidenceError.invalidNote("\(path): \(error.message)")
        }
    }

    /// The same with the directory's own key.
    package static func kept(_ directory: String) throws -> [Named] {
        try kept(directory, verifier: try LogKeys.verifier(directory: directory))
    }

    /// Whether there is a checkpoint beside a log.
    package static func isKept(_ directory: String) -> Bool { access(path(directory), F_OK) == 0 }

    /// The checkpoints of a file, one after the other as `cat >>` puts them there, at least one.
    ///
    /// - Throws: `EvidenceError` with `invalidNote` where one of them cannot be read, `AuditError` with `fileFailed`.
    package static func all(in path: String, verifier: NoteVerifier) throws -> [Named] {
        let notes = notes(try LogKeys.read(path))
        guard !notes.isEmpty else { throw EvidenceError.invalidNote("\(path) holds no checkpoint") }
        return try notes.enumerated().map { index, note in
            let name = notes.count == 1 ? "checkpoint in \(path)" : "checkpoint \(index + 1) in \(path)"
            do {
                return (name, try Checkpoint(note: note, verifier: verifier))
            } catch let error as EvidenceError {
                throw EvidenceError.invalidNote("the \(name): \(error.message)")
            }
        }
    }

    /// The notes in a text: each is some lines, an empty line, and the lines of its signatures.
    static func notes(_ text: String) -> [String] {
        var notes: [String] = []
        var lines: [Substring] = []
        var isSigned = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if isSigned, !line.hasPrefix("— ") {
                notes.append(lines.joined(separator: "\n") + "\n")
                (lines, isSigned) = ([], false)
            }
            if line.isEmpty, lines.isEmpty { continue }
            isSigned = isSigned || (lines.last?.isEmpty == true && line.hasPrefix("— "))
            lines.append(line)
        }
        if !lines.isEmpty { notes.append(lines.joined(separator: "\n") + "\n") }
        return notes
    }

    private static func path(_ directory: String) -> String { directory + "/checkpoint" }
}
