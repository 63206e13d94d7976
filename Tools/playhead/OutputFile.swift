import Audit
import Foundation

/// A file that is there whole or not at all: it is written under another name, and renamed at its end.
///
/// What is no plain file, as a pipe or `/dev/stdout`, is written as it comes.
enum OutputFile {
    /// Makes or replaces the file at `path` with what `body` writes.
    ///
    /// - Throws: `AuditError` with `fileFailed`; what was there before is then as it was.
    static func write(to path: String, _ body: ((Data) throws -> Void) async throws -> Void) async throws {
        var information = stat()
        let isThere = stat(path, &information) == 0
        guard !isThere || information.st_mode & S_IFMT != S_IFDIR else { throw failure(path, EISDIR) }
        if isThere, information.st_mode & S_IFMT != S_IFREG {
            return try await write(path, path, flags: O_WRONLY, mode: 0, body)
        }
        // A link stays one: what it leads to is replaced.
        let target = isThere ? URL(fileURLWithPath: path).resolvingSymlinksInPath().path : path
        let unfinished = target + ".unfinished"
        do {
            let mode = isThere ? information.st_mode & 0o777 : 0o666
            try await write(unfinished, path, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: mode, body)
            guard rename(unfinished, target) == 0 else { throw failure(path, errno) }
        } catch {
            unlink(unfinished)
            throw error
        }
    }

    private static func write(
        _ name: String, _ path: String, flags: Int32, mode: mode_t, _ body: ((Data) throws -> Void) async throws -> Void
    ) async throws {
        let descriptor = open(name, flags, mode)
        guard descriptor >= 0 else { throw failure(path, errno) }
        do {
            try await body { try write(all: $0, to: descriptor, path) }
            // What is no file cannot be synced, and need not be.
            guard fsync(descriptor) == 0 || [EINVAL, EROFS].contains(errno) else { throw failure(path, errno) }
        } catch {
            close(descriptor)
            throw error
        }
        guard close(descriptor) == 0 else { throw failure(path, errno) }
    }

    private static func write(all data: Data, to descriptor: Int32, _ path: String) throws {
        var rest = Array(data)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written >= 0 else { throw errno == EPIPE ? OutputError(errno: errno) : failure(path, errno) }
            rest = rest.dropFirst(written)
        }
    }

    private static func failure(_ path: String, _ code: Int32) -> AuditError {
        AuditError(
            .fileFailed, "cannot write \(path): \(String(cString: strerror(code)))", hint: "check the path and the disk"
        )
    }
}
