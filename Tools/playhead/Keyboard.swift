import Foundation
import Synchronization

/// The pause key of a replay: the space bar, where the standard input is a terminal.
final class Keyboard: Sendable {
    private let isPaused = Atomic<Bool>(false)
    private let settings: termios?

    init() {
        var current = termios()
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, tcgetattr(STDIN_FILENO, &current) == 0 else {
            settings = nil
            return
        }
        settings = current
        // Keys come one by one and are not shown; Control-C still ends the program, and its settings with it.
        current.c_lflag &= ~tcflag_t(ICANON | ECHO)
        tcsetattr(STDIN_FILENO, TCSANOW, &current)
        // Ends with the process.
        Thread.detachNewThread { [self] in
            var key: UInt8 = 0
            while read(STDIN_FILENO, &key, 1) == 1 {
                if key == UInt8(ascii: " ") { isPaused.store(!isPaused.load(ordering: .relaxed), ordering: .relaxed) }
            }
        }
        signal(SIGINT) { _ in
            // The line is put right by the shell; only the echo has to be switched on again.
            var settings = termios()
            if tcgetattr(STDIN_FILENO, &settings) == 0 {
                settings.c_lflag |= tcflag_t(ICANON | ECHO)
                tcsetattr(STDIN_FILENO, TCSANOW, &settings)
            }
            _exit(130)
        }
    }

    /// Puts the terminal right.
    func restore() {
        guard var settings else { return }
        tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    }

    /// Lets a pause go by, and as much more as the user wants.
    func wait(_ pause: Duration) async {
        if pause > .zero { try? await Task.sleep(for: pause) }
        while isPaused.load(ordering: .relaxed) { try? await Task.sleep(for: .milliseconds(20)) }
    }
}
