import Foundation

/// Which file a path names, so that a file that was replaced is noticed.
struct FileIdentity: Equatable {
    private let device: UInt64
    private let inode: UInt64

    /// Nil where there is no file.
    init?(_ path: String) {
        var information = stat()
        guard stat(path, &information) == 0 else { return nil }
        device = UInt64(information.st_dev)
        inode = UInt64(information.st_ino)
    }
}
