import Events
import Foundation
import Logging
import Metrics
import SQLite

/// The one writer: owns the only writing connection, on its own thread.
///
/// It takes everything that waits, commits it as one transaction, then publishes and acknowledges. While a commit is in
/// fsync the next batch collects. A single token never waits for company; under load those of many producers' windows are
/// gathered for a few milliseconds, since each commit wakes everybody. Between commits it settles and checkpoints in slices.
final class LogWriter: @unchecked Sendable {
    // @unchecked: after `start`, every mutable property is used on the writer's thread only.

    let connection: Connection
    let queries: LogQueries
    let files: LogFiles
    let directory: SessionDirectory
    let queue: WriteQueue
    let statistics: StatisticsBox
    let options: SQLiteEventLog.Options
    let logger: Logger
    /// The newest committed event and the chain value there.
    var newest: CommitMark
    /// What the batch that is being recorded has staged; empty between two.
    private var staging: Staging
    /// Places up to which rows of `recent_events` can be deleted with a known chain value, in order.
    var boundaries: Boundaries
    /// Rows of `recent_events` up to here are deleted.
    var trimmed: CommitMark
    /// Events that are in memory and in `recent_events`, and their cost.
    var unsettled: Int
    var unsettledBytes: Int
    var pass: SettlingPass?
    var lastPassEnd = Clock.microseconds()
    var failedPassEnd: Int64 = 0
    var lastEviction = Clock.microseconds()
    var nextCheckpointPages: Int32
    var nextPatientPages = Limits.patientRestartPages
    let statements: WriterStatements
    /// Nil where nothing is to be sealed.
    let sealer: Sealer?
    /// What was settled without seals, while that is being sealed.
    var catchingUp: CatchingUp?
    private let ended = DispatchSemaphore(value: 0)

    init(
        _ opened: OpenedLog, directory: SessionDirectory, queue: WriteQueue, statistics: StatisticsBox,
        head: TreeHeadBox, options: SQLiteEventLog.Options, logger: Logger
    ) throws {
        connection = opened.connection
        files = opened.files
        queries = LogQueries(connection: connection)
        statements = try WriterStatements(connection)
        sealer = options.audit ? try Sealer(connection, queries, tree: opened.tree, head: head) : nil
        self.directory = directory
        self.queue = queue
        self.statistics = statistics
        self.options = options
        self.logger = logger
        nextCheckpointPages = options.slices.checkpointPages
        trimmed = opened.trimmed
        newest = opened.recovered.newest
        staging = Staging(mark: newest)
        boundaries = opened.recovered.boundaries
        unsettled = opened.recovered.unsettled
        unsettledBytes = opened.recovered.unsettledBytes
        try beginSealing(wasSealing: opened.isSealing)
    }

    /// Starts the thread.
    func start() {
        // There with 0 before the first failure.
        _ = LogMetrics.failures
        let thread = Thread { [self] in
            run()
            ended.signal()
        }
        thread.name = "playhead.writer"
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Waits until everything queued is written and the thread has ended; once.
    func join() { ended.wait() }

    /// Copies the WAL into the database and closes it; after the thread has ended and the readers are closed.
    func close() {
        do {
            try sealAll()
            let isWhole = try connection.checkpoint(.truncate)
            if isWhole, options.durability == .normal { writeMark() }
        } catch {
            logger.warning("the last checkpoint failed; the next start reads the WAL", metadata: ["error": "\(error)"])
        }
        connection.close()
    }

    private func run() {
        var gathering = 0.0
        while let work = queue.takeAll(waitingFor: patience, gathering: pass == nil ? gathering : 0) {
            let began = ContinuousClock.now
            var rest = work.appends[...]
            while !rest.isEmpty {
                let batch = Self.nextBatch(&rest)
                let events = commit(batch)
                maintain(after: events, isIdle: false)
            }
            for command in work.commands { command(self) }
            if !work.commands.isEmpty { noteStatistics() }
            if work.isEmpty { maintain(after: 0, isIdle: true) }
            gathering = Self.gathering(after: work.appends.count, lasting: (ContinuousClock.now - began).seconds)
        }
    }

    /// How long to gather the appends of windows after so many were committed: not at all where few come.
    static func gathering(after appends: Int, lasting seconds: Double) -> Double {
        min(Double(appends) * Limits.gatherPerAppend, Limits.gatherSeconds) - seconds
    }

    /// How long to wait for work before the next idle moment.
    private var patience: Double {
        if pass != nil || (catchingUp != nil && !hasJustFailed) { return 0 }
        return sealer?.isBehind == true ? Limits.sealDelaySeconds : options.idleSeconds
    }

    /// As many appends as fit into one commit, at least one.
    private static func nextBatch(
        _ rest: inout ArraySlice<WriteQueue.Pending>
    ) -> ArraySlice<WriteQueue.Pending> {
        var events = 0
        var bytes = 0
        let end =
            rest.firstIndex { pending in
                let isFirst = events == 0
                events += max(pending.append.events.count, 1)
                bytes += pending.cost
                return !isFirst && (events > Limits.eventsPerCommit || bytes > Limits.bytesPerCommit)
            } ?? rest.endIndex
        defer { rest = rest[end...] }
        return rest[..<end]
    }

    // MARK: Commit

    /// - Returns: how many events were recorded.
    private func commit(_ batch: ArraySlice<WriteQueue.Pending>) -> Int {
        staging.mark = newest
        defer { staging.clear() }
        do {
            try files.checkIdentity()
            try statements.begin.run()
            for pending in batch {
                let answer = try stage(pending, &staging)
                staging.answers.append(answer)
            }
            try statements.recent.insert(staging.rows)
            try LogMetrics.commit.measure { try commitTransaction() }
        } catch {
            LogMetrics.failures.increment()
            fail(batch, error)
            return 0
        }
        let events = Int(staging.mark.position - newest.position)
        if events > 0 { committed(staging, events) }
        for (index, pending) in batch.enumerated() {
            pending.completion.appendEnded(pending.append, staging.answers[index].result)
        }
        return events
    }

    /// Commits; where that fails, a commit that only counts the failure takes its place.
    ///
    /// The one that failed may have left its whole transaction in the WAL, where a later start would find it and record
    /// what was refused.
    func commitTransaction() throws {
        do {
            try statements.commit.run()
        } catch {
            connection.rollback()
            do {
                try connection.transaction { try LogProperties.countFailedCommit(connection) }
            } catch let second {
                logger.debug("the failed commit could not be overwritten", metadata: ["error": "\(second)"])
            }
            throw error
        }
    }

    func committed(_ staging: Staging, _ events: Int) {
        newest = staging.mark
        boundaries.note(newest, bytes: staging.cost)
        unsettled += events
        unsettledBytes += staging.cost
        if options.durability == .full { writeMark() }
        for session in staging.touched { publish(session, of: staging) }
        sealer?.ended(staging.ended)
        statistics.noteCommit(events: events)
        LogMetrics.batch.record(events)
    }

    /// The mark is a second pair of eyes, so an error with it stops nothing.
    func writeMark() {
        do {
            try files.write(newest)
        } catch {
            logger.error("the newest commit could not be marked", metadata: ["error": "\(error)"])
        }
    }

    private func publish(_ staged: StagedSession, of staging: Staging) {
        if staged.isNew { directory.add(staged.entry) }
        let (head, observers) = staged.entry.withState { state in
            let before = state.head
            staging.forEachEvent(of: staged) { state.recent.append($0) }
            state.isClosed = staged.isClosed
            state.openRuns = staged.openRuns
            state.lastAt = staged.lastAt
            state.shared = nil
            if state.observers.count > 1 { staged.entry.share(&state, after: before) }
            return (Offset(state.head), state.observers)
        }
        for observer in observers.values { observer.sessionChanged(head: head, isClosed: staged.isClosed) }
    }

    private func fail(_ batch: ArraySlice<WriteQueue.Pending>, _ error: any Error) {
        connection.rollback()
        let answers = staging.answers
        let failure =
            switch error {
            case let error as SQLiteError: EventLogError.storage(error, doing: "record the append")
            case let error as EventLogError: error
            default: EventLogError(.storageFailed, "the log could not record the append: \(error)")
            }
        logger.error("a commit failed", metadata: ["error": "\(error)", "appends": "\(batch.count)"])
        for (index, pending) in batch.enumerated() {
            // What is wrong in itself keeps its reason; what was refused or a duplicate for the sake of an append that
            // failed now does not.
            if index < answers.count, answers[index].isFinal {
                pending.completion.appendEnded(pending.append, answers[index].result)
            } else {
                pending.completion.appendEnded(pending.append, .failure(failure))
            }
        }
    }
}

/// How an append ends if the batch is committed.
struct Answer {
    var result: Result<Appended, EventLogError>
    /// True where it holds whatever becomes of the batch.
    var isFinal = false
}
