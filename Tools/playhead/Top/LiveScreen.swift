import Events
import Foundation
import StandardStreams
import Synchronization
import UnixSignals

/// The whole terminal, drawn anew with every look, and put right at the end, however that comes.
final class LiveScreen: Sendable {
    /// What ends the waiting.
    private enum Input {
        case drawn
        case key(UInt8)
        case signal(UnixSignal)
        case inputEnded
    }

    /// The alternate screen without a cursor and without wrapping, and back.
    private static let enter = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[2J"
    private static let leave = "\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"
    private static let suspend: UInt8 = 0x1A

    private let lines = Mutex<[String]>([])
    private let inputs: AsyncStream<Input>
    private let input: AsyncStream<Input>.Continuation

    init() {
        // Inputs are drawn or obeyed at once; of a flood of keys the newest few are enough.
        (inputs, input) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(64))
    }

    /// Whether there is a terminal that can be filled.
    static var isPossible: Bool {
        StandardOutput.isTerminal && ProcessInfo.processInfo.environment["TERM", default: "dumb"] != "dumb"
    }

    /// Shows lines from now on.
    func show(_ lines: [String]) {
        self.lines.withLock { $0 = lines }
        input.yield(.drawn)
    }

    /// Draws until q or a signal.
    ///
    /// - Returns: the exit code: 0 for q, that of the signal otherwise.
    /// - Throws: `OutputError` where the terminal is gone.
    func run() async throws -> Int32 {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup, .sigquit, .sigwinch, .sigcont)
        let hearing = Task { [input] in for await signal in signals { input.yield(.signal(signal)) } }
        defer { hearing.cancel() }
        readKeys()
        let settings = try begin()
        do {
            let code = try await obey(settings)
            try end(settings)
            return code
        } catch {
            // The terminal may be gone: what cannot be put right need not be.
            try? end(settings)
            throw error
        }
    }

    private func obey(_ settings: termios?) async throws -> Int32 {
        for await input in inputs {
            switch input {
            case .drawn, .signal(.sigwinch): try draw()
            case .signal(.sigcont):
                // Stopped from outside, and another program had the terminal since.
                _ = try begin()
                try draw()
            case .signal(let signal): return 128 + signal.rawValue
            case .key(UInt8(ascii: "q")), .key(UInt8(ascii: "Q")), .inputEnded: return 0
            case .key(Self.suspend):
                try end(settings)
                kill(0, SIGTSTP)
                // Over when the shell lets the program go on, or at once where nobody could.
                try await Task.sleep(for: .milliseconds(200))
                _ = try begin()
                try draw()
            case .key: break
            }
        }
        return 0
    }

    /// Takes the terminal.
    ///
    /// - Returns: its settings before; nil where the keys come from elsewhere.
    private func begin() throws -> termios? {
        var settings = termios()
        let isKeyboard = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &settings) == 0
        if isKeyboard {
            var keys = settings
            // Keys come one by one and are not shown; Control-C is still a signal, Control-Z (VSUSP) is a key.
            keys.c_lflag &= ~tcflag_t(ICANON | ECHO)
            keys.c_cc.10 = 0
            tcsetattr(STDIN_FILENO, TCSANOW, &keys)
        }
        try StandardOutput.write(Self.enter)
        return isKeyboard ? settings : nil
    }

    private func end(_ settings: termios?) throws {
        if var settings { tcsetattr(STDIN_FILENO, TCSANOW, &settings) }
        try StandardOutput.write(Self.leave)
    }

    private func draw() throws {
        let (columns, rows) = StandardOutput.size.flatMap { $0.rows > 0 ? $0 : nil } ?? (80, 24)
        let shown = lines.withLock { $0 }.prefix(rows).map {
            TerminalText.cut(TerminalText.line($0), columns: columns) + "\u{1B}[K"
        }
        // Every line is overwritten where it stands, and what is below is erased: nothing flickers.
        try StandardOutput.write("\u{1B}[H" + shown.joined(separator: "\r\n") + "\u{1B}[J")
    }

    private func readKeys() {
        guard isatty(STDIN_FILENO) == 1 else { return }
        // Ends with the process.
        Thread.detachNewThread { [input] in
            var key: UInt8 = 0
            while true {
                let count = read(STDIN_FILENO, &key, 1)
                if count == 1 {
                    input.yield(.key(key))
                } else if count == 0 || errno != EINTR {
                    input.yield(.inputEnded)
                    return
                }
            }
        }
    }
}
