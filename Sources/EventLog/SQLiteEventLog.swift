public import Events
public import Logging
import SQLite
import Synchronization

/// The log in one SQLite file, `log.db` of a data directory.
public final class SQLiteEventLog: EventLog {
    /// What a commit waits for.
    public enum Durability: String, Sendable, CaseIterable {
        /// The WAL is synced at every commit: an acknowledged event survives a power cut.
        case full
        /// The WAL is synced at checkpoints: an acknowledged event survives a crash of the process, and a power cut may
        /// lose the newest ones.
        case normal

        var pragma: String { self == .full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL" }
    }

    /// What can be chosen at start.
    public struct Options: Sendable {
        /// What a commit waits for.
        public var durability = Durability.full
        /// Unsettled events that start a settling pass.
        public var unsettledEvents = Limits.unsettledEvents
        /// How long events stay unsettled while nothing is appended.
        public var settleAfter = Duration.seconds(60)
        /// Sessions that the log may have; an append that would make another is refused with `tooManySessions`.
        public var sessions = Limits.sessions
        /// Seals events, so that a later change of them can be shown.
        public var audit = true
        /// How much the writer does at once.
        package var slices = LogSlices()
        /// The name of a registered SQLite VFS, for fault tests.
        public var vfs: String?

        /// The defaults.
        public init() {}

        var settleAfterMicroseconds: Int64 {
            settleAfter.components.seconds * 1_000_000 + settleAfter.components.attoseconds / 1_000_000_000_000
        }
        /// How long the writer sleeps when nothing comes.
        var idleSeconds: Double { min(5, max(0.01, Double(settleAfterMicroseconds) / 2_000_000)) }
    }

    /// Names this log: a client that was told another one reads a restored log.
    public let incarnation: String

    private let directory: SessionDirectory
    private let queue: WriteQueue
    private let writer: LogWriter
    private let readers: ReaderPool
    private let lock: DirectoryLock
    private let statisticsBox = StatisticsBox()
    let treeHead = TreeHeadBox()
    /// Sessions of which no text is left.
    let erasedSessions: Mutex<Set<SessionID>>
    private let isShutDown = Mutex(false)

    /// Opens or makes the log in a directory, which is made where it is missing.
    ///
    /// - Throws: `EventLogError` with `alreadyOpen` where another process writes it, or `storageFailed`, also where an
    ///   event that was recorded is not there.
    public init(directory path: String, options: Options = Options(), logger: Logger = Logger(label: "playhead.log"))
        throws
    {
        try Directory.make(path)
        lock = try DirectoryLock(directory: path)
        directory = SessionDirectory()
        queue = WriteQueue()
        do {
            let opened = try OpenedLog(directory: path, options: options, into: directory, logger: logger)
            incarnation = opened.incarnation
            erasedSessions = Mutex(try LogQueries(connection: opened.connection).erasedSessions())
            readers = try ReaderPool(count: Limits.readers) {
                let reader = try Connection(
                    path: opened.path, mode: .readOnly, busyTimeoutMs: Limits.busyTimeoutMs, vfs: options.vfs)
                try reader.disableCheckpoints()
                return reader
            }
            writer = try LogWriter(
                opened, directory: directory, queue: queue, statistics: statisticsBox, head: treeHead,
                options: options, logger: logger)
        } catch let error as SQLiteError {
            throw EventLogError.storage(error, doing: "open")
        }
        writer.start()
    }

    deinit { shutDown() }

    /// Writes what is queued, closes the files and lets go of the directory; observers are told.
    ///
    /// A second call does nothing.
    public func shutDown() {
        let isFirst = isShutDown.withLock { isShutDown in
            defer { isShutDown = true }
            return !isShutDown
        }
        guard isFirst else { return }
        queue.shutDown()
        writer.join()
        for entry in directory.shutDown() {
            let observers = entry.withState { state in
                state.isShutDown = true
                defer { state.observers = [:] }
                return state.observers.values
            }
            for observer in observers { observer.logShutDown() }
        }
        readers.close()
        writer.close()
        lock.release()
    }

    /// How the log does.
    public var statistics: LogStatistics { statisticsBox.current }

    /// Bytes of appends that wait for the writer.
    public var queuedBytes: Int { queue.waitingCost }

    /// How many follow a session now.
    public var observers: Int { directory.all.reduce(0) { $0 + $1.withState { $0.observers.count } } }

    /// Settles every event recorded so far, as happens by itself sooner or later.
    ///
    /// - Throws: `EventLogError` with `storageFailed`, `storageFull` or `shutDown`.
    public func settle() async throws {
        try await onWriter { try $0.settleAll() }
    }

    /// Queues an append; `completion` hears how it ended once it is durable.
    public func submit(_ append: Append, _ completion: any AppendCompletion) {
        if erasedSessions.withLock({ $0.contains(append.session) }) {
            return completion.appendEnded(append, .failure(.erased(append.session)))
        }
        if let error = queue.put(append, completion) { completion.appendEnded(append, .failure(error)) }
    }

    /// The events after an offset: from memory where they are unsettled, else from the settled table.
    public func read(
        _ session: SessionID, after: Offset, limit: Int, withCauses: Bool
    ) async throws -> EventPage {
        let limit = min(max(limit, 1), Limits.eventsPerPage)
        let causeLimit = withCauses ? Limits.causesPerPage : 0
        try checkErased(session)
        while true {
            let generation = directory.generation
            if let entry = directory[session] {
                if let page = try await read(entry, after: after, limit: limit, causes: causeLimit) { return page }
                continue
            }
            // Nothing of the session is in memory, so the database has all of it settled.
            let found = try await readers.read { queries -> (row: SessionRow, events: [Event], causes: [Event])? in
                guard let row = try queries.session(session), row.settledHead > 0 else { return nil }
                let page = try queries.settledPage(
                    session, id: row.id, after: after.value, limit: limit, causes: causeLimit)
                return (row, page.events, page.causes)
            }
            // Unless it came into memory while the database was read.
            guard directory.isAbsent(session, since: generation) else { continue }
            guard let (row, events, causes) = found else { throw EventLogError.noSuchSession(session) }
            let head = Offset(row.settledHead)
            guard after <= head else { throw EventLogError.beyondHead(after, session, head: head) }
            return EventPage(
                events: events, status: SessionStatus(head: head, isClosed: row.isClosed), causes: causes)
        }
    }

    /// The events after an offset where they are in memory.
    public func recent(_ session: SessionID, after: Offset, limit: Int) throws -> EventPage? {
        try checkErased(session)
        guard let entry = directory[session] else { return nil }
        switch entry.page(after: after.value, limit: min(max(limit, 1), Limits.eventsPerPage)) {
        case .here(let page): return page
        case .beyond(let head): throw EventLogError.beyondHead(after, session, head: head)
        case .settled: return nil
        }
    }

    /// Has `observer` told of every change of a session from now on, where it is in memory.
    public func observe(_ session: SessionID, _ observer: any SessionObserver) throws -> SessionStatus? {
        try directory[session]?.add(observer)
    }

    /// Gets a session into memory.
    public func load(_ session: SessionID) async throws {
        guard try await SessionLoader.entry(session, in: directory, readers: readers) != nil else {
            throw EventLogError.noSuchSession(session)
        }
    }

    /// Tells `observer` no more.
    public func stopObserving(_ session: SessionID, _ observer: any SessionObserver) {
        // An entry with observers is never evicted.
        directory[session]?.withState { $0.observers[ObjectIdentifier(observer)] = nil }
    }

    /// How a session stands; nil where there is none.
    public func status(of session: SessionID) async throws -> SessionStatus? {
        while true {
            let generation = directory.generation
            if let entry = directory[session] { return entry.withState { $0.status } }
            let row = try await readers.read { try $0.session(session) }
            guard directory.isAbsent(session, since: generation) else { continue }
            guard let row, row.settledHead > 0 else { return nil }
            return SessionStatus(head: Offset(row.settledHead), isClosed: row.isClosed)
        }
    }

    /// Sessions, newest first, numbered below `before`.
    public func sessions(before: Int64?, limit: Int) async throws -> [SessionSummary] {
        let limit = min(max(limit, 1), Limits.sessionsPerPage)
        let generation = directory.generation
        let rows = try await readers.read { try $0.sessions(before: before ?? Int64.max, limit: limit) }
        var found: [SessionSummary] = []
        for var row in rows {
            // What memory holds is newer than what the row says.
            if let entry = directory[row.session] {
                row.status = entry.withState { $0.status }
            } else if !directory.isAbsent(row.session, since: generation) {
                guard let status = try await status(of: row.session) else { continue }
                row.status = status
            }
            row.status.isErased = erasedSessions.withLock { $0.contains(row.session) }
            // The first commit of a session may not be published yet.
            if row.status.head > .beginning { found.append(row) }
        }
        return found
    }

    /// The sessions that have a message awaiting its answer.
    public func openRuns() async throws -> [(session: SessionID, runs: [OpenRun])] {
        // Sessions with an open run are never evicted.
        directory.all.compactMap { entry in
            let runs = entry.withState { $0.openRuns }
            return runs.isEmpty ? nil : (entry.session, runs)
        }.sorted { $0.session < $1.session }
    }

    /// - Throws: `EventLogError` with `sessionErased`.
    private func checkErased(_ session: SessionID) throws {
        if erasedSessions.withLock({ $0.contains(session) }) { throw EventLogError.erased(session) }
    }

    /// Runs something on the writer's thread, between two commits.
    func onWriter<Result: Sendable>(
        doing: String = "settle", _ body: @escaping @Sendable (LogWriter) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Result, any Error>) in
            let isQueued = queue.put { writer in
                continuation.resume(
                    with: Swift.Result {
                        do {
                            return try body(writer)
                        } catch let error as SQLiteError {
                            throw EventLogError.storage(error, doing: doing)
                        }
                    })
            }
            if !isQueued { continuation.resume(throwing: EventLogError.isShutDown) }
        }
    }

    /// - Returns: nil where the entry was evicted and the session has to be looked up again.
    private func read(
        _ entry: SessionEntry, after: Offset, limit: Int, causes causeLimit: Int
    ) async throws -> EventPage? {
        switch entry.page(after: after.value, limit: limit) {
        case .here(var page):
            if causeLimit > 0, let first = page.events.first {
                page.causes = try await causes(of: first, entry, limit: causeLimit)
            }
            return page
        case .beyond(let head): throw EventLogError.beyondHead(after, entry.session, head: head)
        case .settled:
            let (events, causes) = try await readers.read {
                try $0.settledPage(entry.session, id: entry.id, after: after.value, limit: limit, causes: causeLimit)
            }
            guard !events.isEmpty else {
                throw EventLogError.damaged("session \(entry.session) has no event at offset \(after.next)")
            }
            // An entry that was evicted meanwhile knows nothing of what came after it.
            let status = entry.withState { $0.isEvicted ? nil : $0.status }
            guard let status else { return nil }
            return EventPage(events: events, status: status, causes: causes)
        }
    }

    /// The chain of causes of an event that is in memory; what was settled of it is read.
    private func causes(of event: Event, _ entry: SessionEntry, limit: Int) async throws -> [Event] {
        let recent = entry.causes(of: event, limit: limit)
        let next = (recent.last ?? event).cause
        guard recent.count < limit, next != nil else { return recent }
        return recent
            + (try await readers.read {
                try $0.causes(entry.session, id: entry.id, from: next, limit: limit - recent.count)
            })
    }
}
