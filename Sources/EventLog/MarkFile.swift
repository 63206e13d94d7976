import Foundation

// The file `log.mark` beside `log.db` names the newest commit. SQLite does not report lost commits: a flipped bit in the
// write-ahead log silently drops every commit after it, and a deleted database opens as an empty one. So each commit is
// also written here, after it is durable, and compared at the next start. It is never newer than the database; after a
// power cut it may be older, which is harmless: the log must hold at least what it names.
//
// Two slots of 64 bytes, at bytes 0 and 512, are written in turn, so that a torn write leaves the other. Little-endian:
//
//   0  8 bytes  "playmark"
//   8  8        the log's incarnation
//   16 8        the position of the newest committed event
//   24 8        the chain value there
//   32 8        a check value over bytes 0 to 31

/// The newest commit of a log.
struct CommitMark: Hashable {
    var position: Int64
    var chain: Chain

    /// Before the first commit.
    static let none = CommitMark(position: 0, chain: Chain())
}

/// Keeps the newest commit outside the database.
final class MarkFile {
    /// What the file said when it was opened.
    enum Content: Hashable {
        /// There was no file: the log is new, or its database was copied here alone.
        case missing
        /// No slot could be read.
        case damaged
        case mark(CommitMark, incarnation: UInt64)
    }

    private static let magic: UInt64 = 0x6B72_616D_7961_6C70
    private static let slotOffsets: [off_t] = [0, 512]
    private let descriptor: Int32
    private let path: String
    private var turn = 0

    let content: Content

    /// Reads the file, without making it.
    static func read(directory: String) throws -> Content {
        let path = directory + "/log.mark"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return .missing }
            throw failure("read", path)
        }
        defer { close(descriptor) }
        return content(of: descriptor)
    }

    /// Opens the file for writing, made where it is missing; the name is durable on return.
    init(directory: String) throws {
        path = directory + "/log.mark"
        content = try Self.read(directory: directory)
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure("open", path) }
        // The slot that is older or damaged is written first.
        let slots = Self.slotOffsets.map { Self.slot(at: $0, of: descriptor)?.mark.position ?? -1 }
        turn = slots[0] <= slots[1] ? 0 : 1
    }

    deinit { close(descriptor) }

    /// Writes the newest commit, which need not reach the disk at once.
    ///
    /// - Throws: `EventLogError` with `storageFailed`.
    func write(_ mark: CommitMark, incarnation: UInt64) throws {
        let words = [
            Self.magic, incarnation, UInt64(bitPattern: mark.position), mark.chain.value,
        ]
        let sealed = (words + [Self.check(words), 0, 0, 0]).map(\.littleEndian)
        let written = sealed.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, Self.slotOffsets[turn]) }
        guard written == 64 else { throw Self.failure("write", path) }
        turn = 1 - turn
    }

    /// Waits until the file and its name are on the disk.
    func sync(directory: String) throws {
        guard fsync(descriptor) == 0 else { throw Self.failure("sync", path) }
        try Directory.sync(directory)
    }

    private static func content(of descriptor: Int32) -> Content {
        let slots = slotOffsets.compactMap { slot(at: $0, of: descriptor) }
        guard let newest = slots.max(by: { $0.mark.position < $1.mark.position }) else { return .damaged }
        return .mark(newest.mark, incarnation: newest.incarnation)
    }

    private static func slot(at offset: off_t, of descriptor: Int32) -> (mark: CommitMark, incarnation: UInt64)? {
        var words = [UInt64](repeating: 0, count: 8)
        let count = words.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, offset) }
        guard count == 64 else { return nil }
        words = words.map(UInt64.init(littleEndian:))
        guard words[0] == magic, words[4] == check(words[..<4]) else { return nil }
        return (CommitMark(position: Int64(bitPattern: words[2]), chain: Chain(value: words[3])), words[1])
    }

    private static func check(_ words: some Sequence<UInt64>) -> UInt64 {
        words.reduce(0x70_6C61_7968_6561) { value, word in
            let mixed = (value ^ word) &* 0x9E37_79B9_7F4A_7C15
            return mixed ^ mixed >> 29
        }
    }

    private static func failure(_ doing: String, _ path: String) -> EventLogError {
        EventLogError(
            .storageFailed, "cannot \(doing) \(path): \(String(cString: strerror(errno)))",
            hint: "check the disk and that this user may write the data directory")
    }
}
