import Foundation

/// Standard output by write(2): what a reader has shown is in the pipe, nothing waits in a buffer.
enum StandardOutput {
    /// Keeps the numbers 0 to 2 from files and connections that are opened: with standard output closed, what is printed
    /// would go to whatever had its number.
    static func reserve() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            // Takes the lowest free number, which is this one; a write to it fails as one to a closed file does.
            _ = open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Writes all bytes, in one call where the system takes them.
    ///
    /// - Throws: `TailError` with `closedPipe` where nobody reads any more.
    static func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let bytes = UnsafeRawBufferPointer(rebasing: rest)
                let written = Foundation.write(STDOUT_FILENO, bytes.baseAddress, bytes.count)
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
                case EPIPE: throw TailError(.closedPipe, "the output was closed", hint: "")
                default:
                    throw TailError(
                        .output, "cannot write to standard output: \(String(cString: strerror(errno)))",
                        hint: "check the disk or the program that reads")
                }
            }
        }
    }

    /// Ends the process when nobody reads its output any more, though no event comes whose writing would tell.
    ///
    /// Without this `tail-session -f demo | head -1` would stay until the next event. The thread ends with the process.
    static func endWhenClosed() {
        Thread.detachNewThread {
            var descriptor = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
            while true {
                let count = poll(&descriptor, 1, -1)
                if count > 0, descriptor.revents & Int16(POLLERR) != 0 { exit(TailError.Code.closedPipe.rawValue) }
                guard count < 0, errno == EINTR else { return }
            }
        }
    }

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// The columns of the terminal; nil where there is none.
    static var columns: Int? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}
