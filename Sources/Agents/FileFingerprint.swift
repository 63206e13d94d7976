#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What changes with every edit of a file: its number, size and time of change.
///
/// A file's time has the resolution of the kernel's clock tick, so two edits may share one: a file that was changed a
/// moment ago has no fingerprint yet, and is read again. (git calls such an entry of its index racy.)
struct FileFingerprint: Equatable {
    private static let settledAfterSeconds = 1

    private var number: UInt64
    private var size: Int64
    private var seconds: Int
    private var nanoseconds: Int

    /// Nil where the file is not there, or was changed a moment ago.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        #if canImport(Darwin)
            let modified = status.st_mtimespec
        #else
            let modified = status.st_mtim
        #endif
        var now = timespec()
        // A clock set back must not make an old fingerprint look settled, so the future counts as a moment ago.
        guard clock_gettime(CLOCK_REALTIME, &now) == 0, now.tv_sec - modified.tv_sec > Self.settledAfterSeconds else {
            return nil
        }
        number = UInt64(status.st_ino)
        size = Int64(status.st_size)
        seconds = modified.tv_sec
        nanoseconds = modified.tv_nsec
    }
}
