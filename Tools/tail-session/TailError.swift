import EventLog
import Events
import PlayheadClient
import StandardStreams

/// Why the reader ends otherwise than by success: an exit code, what happened, and what to do about it.
struct TailError: Error {
    /// The codes of sysexits.h that this program uses, and the shell's for a closed pipe.
    enum Code: Int32 {
        case usage = 64
        case data = 65
        case noSession = 66
        case unreachable = 69
        case output = 74
        case brokenOrder = 76
        case closedPipe = 141
    }

    var code: Code
    var message: String
    var hint: String

    init(_ code: Code, _ message: String, hint: String) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    init(_ error: any Error) {
        switch error {
        case let error as TailError: self = error
        case let error as OutputError where error.isClosedPipe:
            self.init(.closedPipe, "the output was closed", hint: "")
        case let error as OutputError:
            self.init(.output, error.message, hint: "check the disk or the program that reads")
        case let error as EventLogError:
            let code = [.sessionNotFound, .sessionErased].contains(error.code) ? Code.noSession : .data
            self.init(code, error.message, hint: error.hint ?? "check the data directory")
        case let error as PlayheadClientError:
            let code: Code
            switch (error.code, error.status ?? 0) {
            case (.sessionNotFound, _), (_, 410): code = .noSession
            case (.unreachable, _), (_, 500...): code = .unreachable
            // Another 404 is the answer to an address that is not a server's.
            case (.invalidServer, _), (_, 400), (_, 404): code = .usage
            case (.brokenOrder, _): code = .brokenOrder
            default: code = .data
            }
            self.init(code, error.message, hint: error.hint ?? "check the server")
        default: self.init(.data, "\(error)", hint: "run it again; where it stays, report it")
        }
    }

    /// The two lines for standard error.
    var lines: String {
        "error: \(TerminalText.line(message))\nhint: \(TerminalText.line(hint))\n"
    }

    static func noSession(_ session: SessionID) -> TailError {
        TailError(
            .noSession, "there is no session named \(session)",
            hint: "check the name, and --data or --server")
    }

    static func beyondHead(_ after: Offset, _ session: SessionID, head: Offset) -> TailError {
        TailError(
            .data, "offset \(after) is beyond the head of session \(session), which is \(head)",
            hint: "name an offset from 0 to \(head); a log restored from an older backup has fewer events")
    }
}
