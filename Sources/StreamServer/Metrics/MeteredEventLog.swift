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
        log.submit(append, MeteredCompletion(log: log, meter: meter, completion: completion))
    }

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
    let log: any EventLog
    let meter: EventMeter
    let completion: any AppendCompletion

    var earlierFailure: EventLogError? { completion.earlierFailure }
    var failureGroup: ObjectIdentifier? { completion.failureGroup }

    func appendEnded(_ append: Append, _ result: Result<Appended, EventLogError>) {
        // A fork repeats what was counted when it happened.
        if case .success(let appended) = result, !appended.isDuplicate, !append.isFork {
            let late = meter.note(append.events, of: append.session, first: appended.first)
            // Nobody awaits it: it ends after a read, which has no place on the writer's thread.
            if !late.isEmpty { Task { for event in late { await find(event, append.session) } } }
        }
        completion.appendEnded(append, result)
    }

    /// Counts an event with what the log says it belongs to.
    private func find(_ event: EventMeter.Entry, _ session: SessionID) async {
        // What cannot be read is counted without its names.
        let page = try? await log.read(session, after: Offset(event.offset.value - 1), limit: 1, withCauses: true)
        let origins = page?.causes.reversed().map {
            EventMeter.Entry(kind: $0.kind, body: $0.body ?? "", offset: $0.offset, cause: $0.cause)
        }
        meter.note(event, of: session, under: origins ?? [])
    }
}
