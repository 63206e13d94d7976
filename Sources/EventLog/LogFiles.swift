/// The files of a log beside its connection: the mark, and whether the open files are still those at their paths.
final class LogFiles {
    private let path: String
    private let markFile: MarkFile
    private let incarnation: UInt64
    private let database: FileIdentity?
    private var log: FileIdentity?

    /// - Parameter isReal: false where a test's VFS keeps the files elsewhere.
    init(path: String, markFile: MarkFile, incarnation: UInt64, isReal: Bool) {
        self.path = path
        self.markFile = markFile
        self.incarnation = incarnation
        database = isReal ? FileIdentity(path) : nil
    }

    /// Refuses to go on where the database or its WAL was deleted or replaced: SQLite would write into files that nobody
    /// will find again.
    ///
    /// - Throws: `EventLogError` with `storageFailed`.
    func checkIdentity() throws {
        guard let database else { return }
        guard FileIdentity(path) == database else { throw EventLogError.moved(path) }
        let current = FileIdentity(path + "-wal")
        if let log {
            guard current == log else { throw EventLogError.moved(path + "-wal") }
        } else {
            log = current
        }
    }

    /// Marks the newest commit.
    func write(_ mark: CommitMark) throws {
        try markFile.write(mark, incarnation: incarnation)
    }
}
