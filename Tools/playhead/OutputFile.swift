import Audit
import Foundation
import StandardStreams

/// A file that is written beside its name and takes it when it is whole; `-` is the standard output.
///
/// So what was there before is never lost to half of what comes after it.
struct OutputFile {
    private let path: String
    /// Nil where there is nothing to take the place of: the standard output, a pipe or a device.
    private let temporary: String?
    private let descriptor: Int32

    /// Opens the file.
    ///
    /// A new one is readable by its owner only; one that is there keeps its permissions.
    ///
    /// - Throws: `AuditError` with `fileFailed`.
    init(_ name: String) throws {
        // A link stays one, and what it leads to is written.
        path = name == "-" ? name : Self.resolved(name)
        var information = stat()
        let isThere = name != "-" && stat(path, &information) == 0
        let type = information.st_mode & S_IFMT
        guard !isThere || type != S_IFDIR else {
            throw AuditError(.fileFailed, "\(name) is a directory", hint: "name a file in it")
        }
        if name == "-" || isThere && type != S_IFREG {
            temporary = nil
            descriptor = name == "-" ? STDOUT_FILENO : open(path, O_WRONLY | O_CLOEXEC)
        } else {
            let made = "\(Self.folder(of: path))/.\(UUID().uuidString).unfinished"
            temporary = made
            descriptor = open(made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if descriptor >= 0, isThere { fchmod(descriptor, information.st_mode & 0o777) }
        }
        guard descriptor >= 0 else { throw failure() }
    }

    /// Adds bytes at the end.
    func write(_ bytes: [UInt8]) throws {
        if path == "-" { return try StandardOutput.write(bytes) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw errno == EPIPE ? OutputError(errno: errno) : failure() }
            rest = rest.dropFirst(count)
        }
    }

    /// Gives the file its name; durable on return.
    ///
    /// Where it throws, `discard` is still to be called.
    func finish() throws {
        guard let temporary else { return }
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw failure() }
        let folder = open(Self.folder(of: path), O_RDONLY | O_CLOEXEC)
        if folder >= 0 {
            defer { close(folder) }
            guard fsync(folder) == 0 else { throw failure() }
        } else {
            // One that this user may not list cannot be opened to be synced.
            sync()
        }
        close(descriptor)
    }

    /// Throws away what was written.
    func discard() {
        guard let temporary else { return }
        close(descriptor)
        unlink(temporary)
    }

    private static func resolved(_ name: String) -> String {
        guard let text = realpath(name, nil) else { return name }
        defer { free(text) }
        return String(cString: text)
    }

    /// Where a file is; one without a folder in its name is in this one.
    private static func folder(of path: String) -> String {
        guard let end = path.lastIndex(of: "/") else { return "." }
        return end == path.startIndex ? "/." : String(path[..<end])
    }

    private func failure() -> AuditError {
        let code = errno
        return AuditError(
            .fileFailed, "cannot write \(path): \(String(cString: strerror(code)))",
            hint: code == ENOSPC || code == EDQUOT
                ? "free space there; what was there before is as it was" : "check the path and its permissions")
    }
}
