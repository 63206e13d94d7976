import Events

/// What a batch has written but not yet committed.
///
/// The writer has one and empties it after each batch, so that its arrays keep their room.
struct Staging {
    /// The newest event and the chain value there.
    var mark: CommitMark
    /// Every session looked at, and in `touched` those that got events.
    var sessions: [SessionID: StagedSession] = [:]
    private(set) var touched: [StagedSession] = []
    /// How each append ends if the batch is committed.
    var answers: [Answer] = []
    /// The producers one of whose appends was refused in this batch: their later ones are refused with the same error.
    var failures: [ObjectIdentifier: EventLogError] = [:]
    /// Sessions in which a run or the session itself ended.
    var ended: [SessionEntry] = []
    private(set) var cost = 0
    /// The rows of the batch, written right before its commit.
    private(set) var rows: [EventInserter.Row] = []
    /// For each row the next one of the same session; 0 for none.
    private var nextRows: [Int] = []

    init(mark: CommitMark) { self.mark = mark }

    /// Gives an event the next position, and stages it as the next one of a session.
    mutating func add(_ event: StoredEvent, to session: StagedSession) {
        mark.position += 1
        session.head += 1
        var row = EventInserter.Row(event: event, session: session.entry.id, offset: session.head)
        row.event.position = mark.position
        if let last = session.lastRow {
            nextRows[last] = rows.count
        } else {
            session.firstRow = rows.count
            touched.append(session)
        }
        session.lastRow = rows.count
        mark.chain.add(row.event, session: row.session, offset: row.offset)
        cost += row.event.cost
        rows.append(row)
        nextRows.append(0)
    }

    /// Calls `body` with each staged event of a session, in order.
    func forEachEvent(of session: StagedSession, _ body: (StoredEvent) -> Void) {
        guard var row = session.firstRow else { return }
        repeat {
            body(rows[row].event)
            row = nextRows[row]
        } while row > 0
    }

    /// Lets go of everything, and keeps room for a batch of the usual size.
    mutating func clear() {
        let keepsRoom = rows.capacity <= 4 * Limits.eventsPerCommit
        sessions.removeAll(keepingCapacity: keepsRoom)
        touched.removeAll(keepingCapacity: keepsRoom)
        answers.removeAll(keepingCapacity: keepsRoom)
        rows.removeAll(keepingCapacity: keepsRoom)
        nextRows.removeAll(keepingCapacity: keepsRoom)
        failures = [:]
        ended = []
        cost = 0
    }
}

/// A session as the appends of the batch leave it; becomes visible with the commit.
final class StagedSession {
    let entry: SessionEntry
    let isNew: Bool
    var head: Int64
    var isClosed: Bool
    var openRuns: [OpenRun]
    var lastAt: Int64
    /// The first and the last of its rows in the batch.
    fileprivate(set) var firstRow: Int?
    fileprivate(set) var lastRow: Int?

    init(entry: SessionEntry, isNew: Bool) {
        self.entry = entry
        self.isNew = isNew
        (head, isClosed, openRuns, lastAt) = entry.withState { ($0.head, $0.isClosed, $0.openRuns, $0.lastAt) }
    }
}
