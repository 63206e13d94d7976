import Events

/// What a batch has written but not yet committed.
struct Staging {
    /// The newest event and the chain value there.
    var mark: CommitMark
    /// Every session looked at, and in `touched` those that got events.
    var sessions: [SessionID: StagedSession] = [:]
    var touched: [StagedSession] = []
    /// The producers one of whose appends was refused in this batch: their later ones are refused with the same error.
    var failures: [ObjectIdentifier: EventLogError] = [:]
    /// Sessions in which a run or the session itself ended.
    var ended: [SessionEntry] = []
    var cost = 0
    /// The rows of the batch, written right before its commit.
    var rows: [EventInserter.Row] = []

    init(mark: CommitMark) { self.mark = mark }
}

/// A session as the appends of the batch leave it; becomes visible with the commit.
final class StagedSession {
    let entry: SessionEntry
    let isNew: Bool
    var events: [StoredEvent] = []
    var isClosed: Bool
    var openRuns: [OpenRun]
    var lastAt: Int64
    private let base: Int64

    init(entry: SessionEntry, isNew: Bool) {
        self.entry = entry
        self.isNew = isNew
        (base, isClosed, openRuns, lastAt) = entry.withState { ($0.head, $0.isClosed, $0.openRuns, $0.lastAt) }
    }

    var head: Int64 { base + Int64(events.count) }
}
