import EventLog
package import Evidence
import Foundation

/// The key that signs a log's checkpoints: `keys/log.key` of the data directory, and `keys/log.pub` for everybody.
///
/// Whoever can write the log can most likely read its key. So a signature says whose log it is; that nothing was
/// rewritten is shown by a checkpoint that was kept elsewhere.
package struct LogKeys: Sendable {
    /// Signs.
    package let signer: NoteSigner

    /// Reads the key of a data directory; nil where it has none.
    ///
    /// - Throws: `EvidenceError` with `invalidKey`, `AuditError` with `fileFailed`, or `EventLogError` with
    ///   `storageFailed`.
    package static func load(directory: String) throws -> LogKeys? {
        let path = directory + "/keys/log.key"
        guard access(path, F_OK) == 0 else { return nil }
        let keys = LogKeys(signer: try NoteSigner(try read(path)))
        // A crash can come between the two files; the public key follows from the other one.
        if access(directory + "/keys/log.pub", F_OK) != 0 {
            try write(keys.signer.verifier.text, to: directory + "/keys/log.pub", mode: 0o644)
            try Directory.sync(directory + "/keys")
        }
        return keys
    }

    /// Makes a key with a name, where the directory has none yet.
    ///
    /// - Throws: `AuditError` with `fileFailed`, or `EventLogError` with `storageFailed`; a key that is there is never
    ///   overwritten.
    package static func make(directory: String, name: String) throws -> LogKeys {
        let keys = LogKeys(signer: try NoteSigner(newKeyNamed: name))
        do {
            try FileManager.default.createDirectory(
                atPath: directory + "/keys", withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
            let why = (cause as? POSIXError).map { String(cString: strerror($0.code.rawValue)) }
            throw AuditError(
                .fileFailed, "cannot make \(directory)/keys: \(why ?? error.localizedDescription)",
                hint: "check the path, and that this user may write there")
        }
        // It may have been there before, open to others.
        guard chmod(directory + "/keys", 0o700) == 0 else {
            throw AuditError(.fileFailed, "cannot close \(directory)/keys to others", hint: "check who owns it")
        }
        try write(keys.signer.text, to: directory + "/keys/log.key", mode: 0o600)
        try write(keys.signer.verifier.text, to: directory + "/keys/log.pub", mode: 0o644)
        try Directory.sync(directory + "/keys")
        return keys
    }

    /// The public key of a data directory; nil where it has none.
    package static func verifier(directory: String) throws -> NoteVerifier? {
        let path = directory + "/keys/log.pub"
        return access(path, F_OK) == 0 ? try NoteVerifier(try read(path)) : nil
    }

    /// The text of a file of keys or notes, or of a pipe, without the space around it.
    package static func read(_ path: String) throws -> String {
        // A pipe has no size to be read by.
        guard let file = FileHandle(forReadingAtPath: path),
            let data = try? file.read(upToCount: Limits.bytesPerNote + 1) ?? Data()
        else {
            throw AuditError(.fileFailed, "cannot read \(path)", hint: "check the path and its permissions")
        }
        guard data.count <= Limits.bytesPerNote else {
            throw AuditError(
                .fileFailed, "\(path) has more than \(Limits.bytesPerNote) bytes", hint: "divide it into several files")
        }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func write(_ text: String, to path: String, mode: mode_t) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            throw AuditError(
                .fileFailed, "cannot make \(path): \(String(cString: strerror(errno)))",
                hint: "a key that is there is kept: whoever has its public half relies on it")
        }
        defer { close(descriptor) }
        let bytes = Array((text + "\n").utf8)
        guard Foundation.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw AuditError(.fileFailed, "cannot write \(path)", hint: "check the disk")
        }
    }
}
