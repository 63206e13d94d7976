import Agents
import ArgumentParser
import EventLog
import Foundation
import Workflow

/// Runs a command's work; an error becomes two lines, `error: what` and `hint: what to do`, and an exit code.
///
/// Codes are those of sysexits: 64 usage, 65 data, 66 no such session, 69 unreachable, 74 input or output.
func reportingErrors(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as EventLogError {
        report(error.message, error.hint)
        throw ExitCode(error.code == .sessionNotFound ? 66 : error.code == .alreadyOpen ? 69 : 74)
    } catch let error as AgentError {
        report(error.message, error.hint)
        throw ExitCode(error.code == .unreachable ? 69 : 65)
    } catch let error as WorkflowError {
        report(error.message, error.hint)
        throw ExitCode(65)
    }
}

/// Prints the two lines on standard error.
func report(_ message: String, _ hint: String?) {
    var text = "error: \(message)\n"
    if let hint { text += "hint: \(hint)\n" }
    FileHandle.standardError.write(Data(text.utf8))
}
