public import EventLog
public import Events

/// A log whose appends are counted in the metrics, once they are durable.
public struct MeteredEventLog: EventLog {
    private let log: any EventLog
    private let meter = EventMeter()

    /// Wraps a log.
    public init(_ log: any EventLog) {
        self.log = log
    }

    /// Queues an append.
    public func submit(_ append: Append, _ completion: any AppendCompletion) {
        log.submit(append, MeteredCompletion(meter: meter, completion: completion))
    }

    /// The events after an offset.
    public func read(_ session: SessionID, after: Offset, limit: Int) async throws -> EventPage {
        try await log.read(session, after: after, limit: limit)
    }

    /// Returns once the session has events after `after`, or is closed.
    public func waitForEvents(in session: SessionID, after: Offset) async throws {
        try await log.waitForEvents(in: session, after: after)
    }

    /// How a session stands.
    public func status(of session: SessionID) async throws -> SessionStatus? {
        try await log.status(of: session)
    }

    /// Sessions, newest first.
    public func sessions(before: Int64?, limit: Int) async throws -> [SessionSummary] {
        try await log.sessions(before: before, limit: limit)
    }

    /// The sessions that have a message awaiting its answer.
    public func openRuns() async throws -> [(session: SessionID, runs: [OpenRun])] {
        try await log.openRuns()
    }
}

private struct MeteredCompletion: AppendCompletion {
    let meter: EventMeter
    let completion: any AppendCompletion

    var earlierFailure: EventLogError? { completion.earlierFailure }
    var failureGroup: ObjectIdentifier? { completion.failureGroup }

    func appendEnded(_ append: Append, _ result: Result<Appended, EventLogError>) {
        // A fork repeats what was counted when it happened.
        if case .success(let appended) = result, !appended.isDuplicate, !append.isFork {
            meter.note(append.events, of: append.session, first: appended.first)
        }
        completion.appendEnded(append, result)
    }
}
