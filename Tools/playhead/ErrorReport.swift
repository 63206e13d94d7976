import Agents
import ArgumentParser
import Audit
import EventLog
import Events
import Evidence
import Foundation
import SQLite
import StandardStreams
import StreamServer
import Workflow

/// Runs a command's work; an error becomes two lines, `error: what` and `hint: what to do`, and an exit code.
///
/// Codes are those of sysexits: 64 usage, 65 data, 66 no such session, 69 unreachable, 74 input or output.
func reportingErrors(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as EventLogError {
        report(error.message, error.hint)
        let codes: [EventLogError.Code: Int32] = [
            .sessionNotFound: 66, .sessionErased: 66, .alreadyOpen: 69, .headConflict: 65, .invalidAppend: 65,
            .offsetBeyondHead: 65,
        ]
        throw ExitCode(codes[error.code] ?? 74)
    } catch let error as AuditError {
        report(error.message, error.hint)
        throw ExitCode(error.code == .sessionNotFound ? 66 : error.code == .fileFailed ? 74 : 65)
    } catch let error as EvidenceError {
        report(error.message, error.hint)
        throw ExitCode(65)
    } catch let error as AgentError {
        report(error.message, error.hint)
        throw ExitCode([.unreachable, .timeout, .overloaded].contains(error.code) ? 69 : 65)
    } catch let error as WorkflowError {
        report(error.message, error.hint)
        throw ExitCode(65)
    } catch let error as StreamServerError {
        report(error.message, error.hint)
        throw ExitCode([.remoteAddressRefused, .invalidOrigin].contains(error.code) ? 64 : 69)
    } catch let error as SQLiteError {
        report(error.description, hint(for: error))
        throw ExitCode(74)
    } catch let error as CocoaError {
        let reason = (error.userInfo[NSUnderlyingErrorKey] as? any Error).map { "\($0)" } ?? "\(error)"
        report("a file cannot be read or written: \(reason)", "check the path, its permissions and the disk")
        throw ExitCode(74)
    }
}

extension Playhead {
    /// Tells what ended the command, unless it was told already, and gives the exit code.
    static func exitCode(telling error: any Error) -> Int32 {
        switch error {
        case let error as ExitCode: return error.rawValue
        case let error as OutputError:
            if error.isClosedPipe { return 141 }
            report(error.message, "check the disk, or the program that reads")
            return 74
        default: break
        }
        if exitCode(for: error) == .success {
            // The help, which was asked for.
            do {
                try print(fullMessage(for: error))
                return 0
            } catch {
                return exitCode(telling: error)
            }
        }
        guard exitCode(for: error) == .validationFailure else {
            report("\(error)", nil)
            return 74
        }
        if let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-"), !isCommand(word) {
            report("there is no command \(word)", "playhead --help lists them")
        } else {
            report(message(for: error), "\(help(for: error)) lists the options")
        }
        return 64
    }

    private static func isCommand(_ word: String) -> Bool {
        word == "help" || configuration.subcommands.contains { $0._commandName == word }
    }

    /// The command line that prints the help of the command that was meant.
    private static func help(for error: any Error) -> String {
        let words = fullMessage(for: error).split(separator: "'", omittingEmptySubsequences: false)
        return words.last { $0.hasPrefix("playhead ") && $0.hasSuffix(" --help") }.map(String.init) ?? "playhead --help"
    }
}

/// What to do about what SQLite reports of a file beside the log.
private func hint(for error: SQLiteError) -> String {
    if error.isBusy { return "try again: another program uses the file" }
    if error.isDiskFull { return "free space on the file system of the data directory, and try again" }
    if error.isReadOnly || error.cannotOpen { return "check that this user may read the data directory, or write it" }
    if error.isCorrupt { return "the file is damaged: keep a copy of the data directory, and restore a backup" }
    return "check the disk and the system log"
}

/// Prints the two lines on standard error.
func report(_ message: String, _ hint: String?) {
    notice("error: \(oneLine(message))" + (hint.map { "\nhint: \(oneLine($0))" } ?? ""))
}

/// Prints a line on standard error.
func notice(_ text: String) {
    // Nobody can be told where standard error itself fails.
    try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
}

/// What others wrote may have several lines.
private func oneLine(_ text: String) -> String {
    TerminalText.line(
        text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " "))
}
