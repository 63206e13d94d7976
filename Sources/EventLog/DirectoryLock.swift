import Foundation
import Synchronization

/// Holds a data directory for one writing process: an advisory lock on the file `lock` in it.
///
/// The kernel lets go of it when the process ends, however it ends.
final class DirectoryLock: Sendable {
    private let descriptor: Int32
    private let isReleased = Atomic<Bool>(false)

    /// Takes the lock.
    ///
    /// - Throws: `EventLogError` with `alreadyOpen` where another process has it.
    init(directory: String) throws {
        let path = directory + "/lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw EventLogError(
                .storageFailed, "cannot open \(path): \(String(cString: strerror(errno)))",
                hint: "check that the data directory exists and that this user may write it")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            // The descriptor is closed by `deinit`, which also ends an initializer that throws here.
            throw EventLogError(
                .alreadyOpen, "another process\(Self.owner(of: descriptor)) writes the log in \(directory)",
                hint: "stop it first, or use another directory with --data; readers such as tail-session need no lock")
        }
        let identifier = "\(getpid())\n"
        ftruncate(descriptor, 0)
        _ = identifier.withCString { write(descriptor, $0, strlen($0)) }
    }

    deinit { release() }

    /// Lets another process in.
    func release() {
        guard !isReleased.exchange(true, ordering: .acquiringAndReleasing) else { return }
        // A child that was forked and has not yet closed what it inherited would hold it on.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private static func owner(of descriptor: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        guard count > 0, let pid = Int32(String(decoding: buffer[..<count].filter { $0 != 0x0A }, as: UTF8.self)) else {
            return ""
        }
        return " (process \(pid))"
    }
}
