import Crypto
import Events
import Foundation
import Glibc

/// How the bytes of an attachment are found.
package enum AttachmentCondition: Sendable {
    case whole
    case changed
    case missing
}

/// The bytes that messages carry, in `attachments/` of the data directory, each in a file named by its SHA-256.
///
/// A file is synced and renamed into place before the event that names it is appended, so that 16 MB never pass the
/// log's writer and an event never names bytes that a power cut could still lose.
public struct AttachmentStore: Sendable {
    private let directory: String
    /// Shared by the copies of this value.
    private let uses = AttachmentUses()

    /// Uses `attachments/` of a data directory, made where it is missing.
    public init(dataDirectory: String) throws {
        directory = dataDirectory + "/attachments"
        try Directory.make(directory)
    }

    /// Reads those of a data directory, and makes nothing there.
    package init(of dataDirectory: String) { directory = dataDirectory + "/attachments" }

    /// Lower-case hexadecimal SHA-256.
    public static func digest(_ bytes: [UInt8]) -> String {
        Hexadecimal.text(SHA256.hash(data: bytes))
    }

    /// Stores bytes by their digest, then runs `body`, which records the event that names them.
    ///
    /// No erasure takes the bytes away in between.
    ///
    /// - Throws: `EventLogError` with `storageFull` or `storageFailed`, or what `body` throws.
    public func storing<Result>(
        _ attachments: [String: [UInt8]], _ body: () async throws -> Result
    ) async throws -> Result {
        if attachments.isEmpty { return try await body() }
        while !uses.begin(attachments.keys) { try await Task.sleep(for: Limits.attachmentWait) }
        defer { uses.end(attachments.keys) }
        // The disk is waited for on a thread that may block.
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Swift.Result {
                        for (digest, bytes) in attachments {
                            guard try store(bytes) == digest else {
                                throw EventLogError(.invalidAppend, "the attachment \(digest) has other bytes")
                            }
                        }
                    })
            }
        }
        return try await body()
    }

    /// Runs `body`, which finds out who names some attachments and erases them, while nobody stores one of them.
    package func holding<Result>(_ digests: Set<String>, _ body: () async throws -> Result) async throws -> Result {
        uses.hold(digests)
        defer { uses.release(digests) }
        while uses.areUsed(digests) { try await Task.sleep(for: Limits.attachmentWait) }
        return try await body()
    }

    /// Stores the bytes once, durably, and gives their digest.
    ///
    /// - Throws: `EventLogError` with `storageFull` or `storageFailed`; then nothing is stored.
    public func store(_ bytes: [UInt8]) throws -> String {
        let digest = Self.digest(bytes)
        let path = directory + "/" + digest
        if access(path, F_OK) == 0 {
            // Whoever stored it may not have come to this yet.
            try Directory.sync(directory)
            return digest
        }
        let temporary = directory + "/." + digest + "." + UUID().uuidString
        do {
            try write(bytes, to: temporary)
            try check(rename(temporary, path), path)
            try Directory.sync(directory)
        } catch {
            unlink(temporary)
            throw error
        }
        return digest
    }

    /// The bytes of a digest; nil where they are not here (never stored, or erased).
    public func bytes(_ digest: String) throws -> [UInt8]? {
        let isDigest = digest.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        guard isDigest, digest.utf8.count == 64 else { return nil }
        let path = directory + "/" + digest
        guard access(path, F_OK) == 0 else {
            // One that this user may not look at is not missing.
            let code = errno
            guard code != ENOENT, code != ENOTDIR else { return nil }
            throw EventLogError(
                .storageFailed, "cannot read the attachment \(digest): \(String(cString: strerror(code)))",
                hint: "check that this user may read the data directory")
        }
        do {
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            // An erasure came just now.
            if access(path, F_OK) != 0, errno == ENOENT { return nil }
            throw EventLogError(
                .storageFailed, "cannot read the attachment \(digest)",
                hint: "check that this user may read the data directory, and the disk", underlying: error)
        }
    }

    /// Whether the bytes of a digest are here and are those that it names.
    package func condition(of digest: String) throws -> AttachmentCondition {
        guard let bytes = try bytes(digest) else { return .missing }
        return Self.digest(bytes) == digest ? .whole : .changed
    }

    /// Overwrites the bytes of a digest and deletes them; nothing where they are not here.
    package func erase(_ digest: String) throws {
        guard let bytes = try bytes(digest) else { return }
        // Under another name first: nobody is given zeros, and who stores the same bytes now makes a new file.
        let path = directory + "/." + digest + "." + UUID().uuidString
        try check(rename(directory + "/" + digest, path), path)
        try overwrite(path, count: bytes.count)
        try Directory.sync(directory)
    }

    /// The names of the files that are here, whole or half stored.
    func names() throws -> [String] {
        guard let entries = opendir(directory) else {
            let code = errno
            guard code != ENOENT else { return [] }
            throw EventLogError(
                .storageFailed, "cannot read \(directory): \(String(cString: strerror(code)))",
                hint: "check that this user may read the data directory")
        }
        defer { closedir(entries) }
        var names: [String] = []
        while let entry = readdir(entries) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Takes away what a crash left half stored or half erased; before anybody stores.
    package func removeLeftovers() throws {
        var hasRemoved = false
        for name in try names() where name.hasPrefix(".") && name.utf8.count == Self.leftoverLength {
            var information = stat()
            try check(stat(directory + "/" + name, &information), name)
            try overwrite(directory + "/" + name, count: Int(information.st_size))
            hasRemoved = true
        }
        if hasRemoved { try Directory.sync(directory) }
    }

    /// A dot, a digest, a dot and a UUID.
    private static let leftoverLength = 1 + 64 + 1 + 36

    /// Overwrites a file that nobody is given any more and deletes it.
    private func overwrite(_ path: String, count size: Int) throws {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        try check(descriptor, path)
        defer { close(descriptor) }
        let zeros = [UInt8](repeating: 0, count: size)
        let count = zeros.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        try check(count == size ? 0 : -1, path)
        try check(fsync(descriptor), path)
        try check(unlink(path), path)
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        try check(descriptor, path)
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            try check(Int32(truncatingIfNeeded: min(count, 1)), path)
            written += count
        }
        try check(fsync(descriptor), path)
    }

    private func check(_ result: Int32, _ path: String) throws {
        guard result < 0 else { return }
        let code = errno
        let reason = String(cString: strerror(code))
        if code == ENOSPC || code == EDQUOT {
            throw EventLogError(
                .storageFull, "cannot store an attachment: \(reason)",
                hint: "free space on the file system of the data directory")
        }
        throw EventLogError(.storageFailed, "cannot write \(path): \(reason)")
    }
}
