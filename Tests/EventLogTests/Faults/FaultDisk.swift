import EventLog
import FaultVFS
import Foundation
import SQLite
import TestSupport
import Testing

/// A data directory whose database is in a VFS in memory; its lock and its mark are real files, in memory too.
final class FaultDisk: @unchecked Sendable {
    // @unchecked: the disk behind the handle has a mutex of its own.
    let handle: OpaquePointer
    private let directory: TemporaryDirectory

    /// An empty disk without faults.
    init() throws {
        handle = try #require(fault_disk_make())
        directory = try TemporaryDirectory(inMemory: true)
    }

    deinit { fault_disk_free(handle) }

    var path: String { directory.path }
    var vfs: String { String(cString: fault_disk_name(handle)) }

    /// Options of a log that settles and checkpoints all the time.
    var options: SQLiteEventLog.Options {
        var options = SQLiteEventLog.Options()
        options.vfs = vfs
        options.unsettledEvents = 40
        options.slices = .small
        return options
    }

    /// The mark beside the database; nil where there is none.
    var mark: Data? {
        get { FileManager.default.contents(atPath: path + "/log.mark") }
        set {
            if let newValue {
                let isMade = FileManager.default.createFile(atPath: path + "/log.mark", contents: newValue)
                precondition(isMade, "no mark can be written in \(path)")
            } else {
                unlink(path + "/log.mark")
            }
        }
    }

    /// What the end of the process would leave now.
    func copy() throws -> FaultDisk {
        let copy = try FaultDisk()
        // The mark first: it is never newer than the database.
        copy.mark = mark
        fault_disk_copy(copy.handle, handle)
        return copy
    }

    /// A connection that changes nothing by itself.
    func connection() throws -> Connection {
        let connection = try Connection(path: path + "/log.db", mode: .readWrite, vfs: vfs)
        try connection.disableCheckpoints()
        return connection
    }

    /// The bytes of a file; nil where there is none.
    func bytes(_ name: String) -> [UInt8]? {
        let size = fault_disk_size(handle, name)
        guard size >= 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(size))
        fault_disk_get(handle, name, &bytes)
        return bytes
    }

    func put(_ bytes: [UInt8], as name: String) { fault_disk_put(handle, name, bytes, bytes.count) }

    /// Puts the files of a real data directory here.
    func put(contentsOf directory: String) throws {
        put(Array(try Data(contentsOf: URL(fileURLWithPath: directory + "/log.db"))), as: "log.db")
        mark = FileManager.default.contents(atPath: directory + "/log.mark")
    }
}
