import Crypto
import Events
import Foundation
import Glibc

/// The bytes that messages carry, in `attachments/` of the data directory, each in a file named by its SHA-256.
///
/// A file is synced and renamed into place before the event that names it is appended, so that 16 MB never pass the
/// log's writer and an event never names bytes that a power cut could still lose.
public struct AttachmentStore: Sendable {
    private let directory: String

    /// Uses `attachments/` of a data directory, made where it is missing.
    public init(dataDirectory: String) throws {
        directory = dataDirectory + "/attachments"
        try Directory.make(directory)
    }

    /// Lower-case hexadecimal SHA-256.
    public static func digest(_ bytes: [UInt8]) -> String {
        Hexadecimal.text(SHA256.hash(data: bytes))
    }

    /// Stores the bytes once, durably, and gives their digest.
    ///
    /// - Throws: `EventLogError` with `storageFull` or `storageFailed`; then nothing is stored.
    public func store(_ bytes: [UInt8]) throws -> String {
        let digest = Self.digest(bytes)
        let path = directory + "/" + digest
        if access(path, F_OK) == 0 { return digest }
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
        guard access(path, F_OK) == 0 else { return nil }
        do {
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw EventLogError(.storageFailed, "cannot read the attachment \(digest)", underlying: error)
        }
    }

    /// Overwrites the bytes of a digest and deletes them; nothing where they are not here.
    package func erase(_ digest: String) throws {
        guard let bytes = try bytes(digest) else { return }
        // Under another name first: nobody is given zeros, and who stores the same bytes now makes a new file.
        let path = directory + "/." + digest + "." + UUID().uuidString
        try check(rename(directory + "/" + digest, path), path)
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        try check(descriptor, path)
        defer { close(descriptor) }
        let zeros = [UInt8](repeating: 0, count: bytes.count)
        let count = zeros.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        try check(count == bytes.count ? 0 : -1, path)
        try check(fsync(descriptor), path)
        try check(unlink(path), path)
        try Directory.sync(directory)
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
