import Foundation

/// What is done with the data directory itself.
package enum Directory {
    /// Makes the directory where it is missing, so that a power cut does not take it back.
    static func make(_ path: String) throws {
        if access(path, F_OK) == 0 { return }
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw EventLogError(
                .storageFailed, "cannot make the data directory \(path)",
                hint: "check the path and that this user may write there", underlying: error)
        }
        try sync(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    }

    /// Waits until a file, or the names in a directory, are on the disk.
    ///
    /// - Throws: `EventLogError` with `storageFailed`.
    package static func sync(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(path) }
    }

    private static func failure(_ path: String) -> EventLogError {
        EventLogError(
            .storageFailed, "cannot sync \(path): \(String(cString: strerror(errno)))", hint: "check the disk")
    }
}
