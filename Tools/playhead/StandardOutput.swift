import Foundation

/// Standard output by write(2): what is printed is written, or the command fails.
enum StandardOutput {
    /// Keeps the numbers 0 to 2 from files that the command opens, and an end of the reader from ending the process.
    ///
    /// With standard output closed the log itself would be opened under its number. Whoever closes a pipe is told by
    /// write(2).
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            // Takes the lowest free number, which is this one; a write to it fails as one to a closed file does.
            _ = open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Writes the whole text.
    ///
    /// - Throws: `OutputError`.
    static func write(_ text: String) throws(OutputError) { try write(Array(text.utf8)) }

    /// Writes all bytes.
    ///
    /// - Throws: `OutputError`.
    static func write(_ bytes: [UInt8]) throws(OutputError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if written >= 0 {
                rest = rest.dropFirst(written)
                continue
            }
            switch errno {
            case EINTR: break
            case EAGAIN:
                // Someone who shares the terminal made it non-blocking.
                var descriptor = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
                _ = poll(&descriptor, 1, -1)
            default: throw OutputError(errno: errno)
            }
        }
    }

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
}

/// Standard output takes no more.
struct OutputError: Error {
    /// What write(2) said.
    var errno: Int32

    /// True where the reader closed the pipe, as `head` does: no failure, but an end.
    var isClosedPipe: Bool { errno == EPIPE }

    var message: String { "cannot write to standard output: \(String(cString: strerror(errno)))" }
}

/// Prints a line on standard output.
///
/// It takes the place of Swift's own, which keeps what it could not write to itself.
func print(_ line: String) throws(OutputError) {
    try StandardOutput.write(line + "\n")
}
