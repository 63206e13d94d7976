import Agents
import ArgumentParser
import Audit
import EventLog
import Evidence
import Foundation
import SQLite
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
        throw ExitCode(error.code == .unreachable ? 69 : 65)
    } catch let error as WorkflowError {
        report(error.message, error.hint)
        throw ExitCode(65)
    } catch let error as StreamServerError {
        report(error.message, error.hint)
        throw ExitCode(error.code == .remoteAddressRefused ? 64 : 69)
    } catch let error as SQLiteError {
        report(error.description, error.isBusy ? "try again: another program uses the file" : nil)
        throw ExitCode(74)
    }
}

/// Prints the two lines on standard error.
func report(_ message: String, _ hint: String?) {
    var text = "error: \(message)\n"
    if let hint { text += "hint: \(hint)\n" }
    FileHandle.standardError.write(Data(text.utf8))
}
