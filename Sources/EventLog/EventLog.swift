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
    /// - Parameter withCauses: whether the page says where its first event belongs, with at most `Limits.causesPerPage`
    ///   events more.
    /// - Throws: `EventLogError` with `sessionNotFound`, `offsetBeyondHead` or `storageFailed`.
    func read(_ session: SessionID, after: Offset, limit: Int, withCauses: Bool) async throws -> EventPage

    /// The same without waiting for a disk: nil where memory does not have them.
    ///
    /// - Throws: `EventLogError` with `offsetBeyondHead`.
    func recent(_ session: SessionID, after: Offset, limit: Int) throws -> EventPage?

    /// Has `observer` told of every change of a session from now on, until `stopObserving`; gives how it stands now, or
    /// nil where memory does not have the session: then `load` it and ask again.
    ///
    /// - Throws: `EventLogError` with `shutDown`.
    func observe(_ session: SessionID, _ observer: any SessionObserver) throws -> SessionStatus?

    /// Gets a session into memory, where it stays while it is observed.
    ///
    /// - Throws: `EventLogError` with `sessionNotFound`, `storageFailed` or `shutDown`.
    func load(_ session: SessionID) async throws

    /// Tells `observer` no more, but for a call that is under way.
    func stopObserving(_ session: SessionID, _ observer: any SessionObserver)

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

    /// Reads a page, of the usual size where none is given, without the causes of its first event.
    public func read(
        _ session: SessionID, after: Offset, limit: Int = Limits.eventsPerPage
    ) async throws -> EventPage {
        try await read(session, after: after, limit: limit, withCauses: false)
    }

    /// Reads the events after an offset up to another one, and gives them a page at a time.
    package func read(
        _ session: SessionID, after: Offset, upTo end: Offset, _ take: ([Event]) async throws -> Void
    ) async throws {
        var cursor = after
        while cursor < end {
            let events = try await read(session, after: cursor).events
            guard let last = events.last else { return }
            try await take(last.offset <= end ? events : events.filter { $0.offset <= end })
            cursor = last.offset
        }
    }
}

private struct ContinuationCompletion: AppendCompletion {
    let continuation: CheckedContinuation<Appended, any Error>

    func appendEnded(_ append: Append, _ result: Result<Appended, EventLogError>) {
        continuation.resume(with: result.mapError { $0 })
    }
}
