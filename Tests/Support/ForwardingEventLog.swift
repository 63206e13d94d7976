public import EventLog
public import Events

/// A log that hands everything on to another one: a test's log says only what it does differently.
public protocol ForwardingEventLog: EventLog {
    /// What does the work.
    var log: any EventLog { get }
}

extension ForwardingEventLog {
    /// Queues an append.
    public func submit(_ append: Append, _ completion: any AppendCompletion) { log.submit(append, completion) }

    /// The events after an offset.
    public func read(
        _ session: SessionID, after: Offset, limit: Int, withCauses: Bool
    ) async throws -> EventPage {
        try await log.read(session, after: after, limit: limit, withCauses: withCauses)
    }

    /// The events after an offset where they are in memory.
    public func recent(_ session: SessionID, after: Offset, limit: Int) throws -> EventPage? {
        try log.recent(session, after: after, limit: limit)
    }

    /// Has `observer` told of every change of a session, where it is in memory.
    public func observe(_ session: SessionID, _ observer: any SessionObserver) throws -> SessionStatus? {
        try log.observe(session, observer)
    }

    /// Gets a session into memory.
    public func load(_ session: SessionID) async throws { try await log.load(session) }

    /// Tells `observer` no more.
    public func stopObserving(_ session: SessionID, _ observer: any SessionObserver) {
        log.stopObserving(session, observer)
    }

    /// How a session stands.
    public func status(of session: SessionID) async throws -> SessionStatus? { try await log.status(of: session) }

    /// Sessions, newest first.
    public func sessions(before: Int64?, limit: Int) async throws -> [SessionSummary] {
        try await log.sessions(before: before, limit: limit)
    }

    /// The sessions that have a message awaiting its answer.
    public func openRuns() async throws -> [(session: SessionID, runs: [OpenRun])] { try await log.openRuns() }
}
