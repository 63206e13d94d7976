public import Events

/// The durable, session-ordered record of everything that happened.
///
/// Every implementation passes the same contract tests; nothing above this module knows which one it talks to.
public protocol EventLog: Sendable {
    /// Queues an append; `completion` hears how it ended once it is durable.
    ///
    /// Appends submitted by one thread to one session keep their order.
    func submit(_ append: Append, _ completion: any AppendCompletion)

    /// The events after an offset: at most `limit` and at most one page's bytes; at least one where there is one.
    ///
    /// - Throws: `EventLogError` with `sessionNotFound`, `offsetBeyondHead` or `storageFailed`.
    func read(_ session: SessionID, after: Offset, limit: Int) async throws -> EventPage

    /// Returns once the session has events after `after`, or is closed; cancellation ends the wait.
    ///
    /// - Throws: `CancellationError`, or `EventLogError` with `sessionNotFound` or `shutDown`.
    func waitForEvents(in session: SessionID, after: Offset) async throws

    /// How a session stands; nil where there is none.
    func status(of session: SessionID) async throws -> SessionStatus?

    /// Sessions, newest first, numbered below `before`.
    func sessions(before: Int64?, limit: Int) async throws -> [SessionSummary]

    /// The sessions that have a message awaiting its answer.
    func openRuns() async throws -> [(session: SessionID, runs: [OpenRun])]
}

extension EventLog {
    /// Appends and waits until the events are durable.
    ///
    /// - Throws: `EventLogError`; then nothing of the append is recorded.
    public func append(_ append: Append) async throws -> Appended {
        try await withCheckedThrowingContinuation { continuation in
            submit(append, ContinuationCompletion(continuation: continuation))
        }
    }

    /// Appends events to a session and waits until they are durable.
    @discardableResult
    public func append(_ events: [NewEvent], to session: SessionID, expecting: Offset? = nil) async throws -> Appended {
        try await append(Append(to: session, events, expecting: expecting))
    }

    /// Reads a page of the usual size.
    public func read(_ session: SessionID, after: Offset) async throws -> EventPage {
        try await read(session, after: after, limit: Limits.eventsPerPage)
    }

    /// The events after an offset and then those to come: catch up, then follow, one code path.
    public func subscribe(_ session: SessionID, after: Offset) -> Subscription {
        Subscription(log: self, session: session, after: after)
    }
}

/// A cursor over a session: catches up page by page, then follows the tail until the session closes.
///
/// It holds no queue: a slow reader costs nothing and loses nothing. There is neither a gap nor a duplicate at the
/// switch, since the wait compares the cursor with the head under the lock that publishes new events.
public struct Subscription: AsyncSequence, Sendable {
    /// Events in order, never none.
    public typealias Element = EventPage

    let log: any EventLog
    let session: SessionID
    let after: Offset

    /// Starts reading.
    public func makeAsyncIterator() -> Iterator { Iterator(log: log, session: session, cursor: after) }

    /// The place in the session.
    public struct Iterator: AsyncIteratorProtocol {
        let log: any EventLog
        let session: SessionID
        /// The offset of the last event given.
        public private(set) var cursor: Offset

        init(log: any EventLog, session: SessionID, cursor: Offset) {
            self.log = log
            self.session = session
            self.cursor = cursor
        }

        /// The next page, never empty; nil at the end of a closed session.
        public mutating func next() async throws -> EventPage? {
            while true {
                let page = try await log.read(session, after: cursor)
                if let last = page.events.last {
                    precondition(page.events[0].offset == cursor.next, "a page leaves no gap")
                    cursor = last.offset
                    return page
                }
                if page.status.isClosed, page.status.head <= cursor { return nil }
                try await log.waitForEvents(in: session, after: cursor)
            }
        }
    }
}

private struct ContinuationCompletion: AppendCompletion {
    let continuation: CheckedContinuation<Appended, any Error>

    func appendEnded(_ append: Append, _ result: Result<Appended, EventLogError>) {
        continuation.resume(with: result.mapError { $0 })
    }
}
