import Foundation

/// Standard output by write(2): what is printed is written and seen, nothing waits in a buffer, or the command fails.
package enum StandardOutput {
    /// Keeps the numbers 0 to 2 from files and connections that are opened, and an end of the reader from ending the process.
    ///
    /// With standard output closed, what is printed would go to whatever had its number: the log, for instance. Whoever
    /// closes a pipe is told by write(2), with or without SwiftNIO in the process.
    package static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            // Takes the lowest free number, which is this one; a write to it fails as one to a closed file does.
            _ = open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Writes the whole text.
    ///
    /// - Throws: `OutputError`.
    package static func write(_ text: String) throws(OutputError) { try write(Array(text.utf8)) }

    /// Writes all bytes, in one call where the system takes them.
    ///
    /// - Throws: `OutputError`.
    package static func write(_ bytes: [UInt8]) throws(OutputError) {
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

    package static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// The size of the terminal in characters; nil where there is none, or it does not say.
    package static var size: (columns: Int, rows: Int)? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}

/// Standard output takes no more.
package struct OutputError: Error {
    /// What write(2) said.
    package var errno: Int32

    package init(errno: Int32) { self.errno = errno }

    /// True where the reader closed the pipe, as `head` does: no failure, but an end.
    package var isClosedPipe: Bool { errno == EPIPE }

    package var message: String { "cannot write to standard output: \(String(cString: strerror(errno)))" }
}
