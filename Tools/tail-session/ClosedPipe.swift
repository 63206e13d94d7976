import Foundation
import StandardStreams

extension StandardOutput {
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
}
