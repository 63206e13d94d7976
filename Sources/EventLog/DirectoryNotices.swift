import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// inotify on a directory: wakes a follower in another process right after a commit touched the WAL.
final class DirectoryNotices {
    private let descriptor: Int32

    /// Nil where the system has no watch left; the follower then polls.
    init?(directory: String) {
        descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        guard inotify_add_watch(descriptor, directory, UInt32(IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_TO)) >= 0
        else { return nil }
    }

    deinit { close(descriptor) }

    /// Returns after a notice, or when the time is over; notices that are already there are taken together.
    ///
    /// - Returns: true after a notice.
    func wait(milliseconds: Int32) -> Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, milliseconds) > 0 else { return false }
        var buffer = [UInt8](repeating: 0, count: 4096)
        while read(descriptor, &buffer, buffer.count) > 0 {}
        return true
    }
}
