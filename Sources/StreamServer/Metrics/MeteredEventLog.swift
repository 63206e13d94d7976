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
    public func read(_ session: SessionID, after: Offset, limit: Int) async throws -> EventPage {
        try await log.read(session, after: after, limit: limit)
    }

    /// The events after an offset where they are in memory.
    public func recent(_ session: SessionID, after: Offset, limit: Int) throws -> EventPage? {
        try log.recent(session, after: after, limit: limit)
    }

    /// Has `observer` told of every change of a session.
    public func observe(_ session: SessionID, _ observer: any SessionObserver) async throws -> SessionStatus {
        try await log.observe(session, observer)
    }

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
            // Nobody awaits it: it ends after a few reads, which have no place on the writer's thread.
            if !late.isEmpty { Task { for event in late { await find(event, append.session) } } }
        }
        completion.appendEnded(append, result)
    }

    /// Counts an event with what the log says it belongs to.
    private func find(_ event: EventMeter.Entry, _ session: SessionID) async {
        var origins: [EventMeter.Entry] = []
        var cause = event.cause
        while let offset = cause, offset > .beginning, origins.count < Limits.causeHops {
            // What cannot be read is counted without its names.
            guard let page = try? await log.read(session, after: Offset(offset.value - 1), limit: 1),
                let found = page.events.first
            else { break }
            origins.append(.init(kind: found.kind, body: found.body ?? "", offset: offset, cause: found.cause))
            cause = found.cause
        }
        meter.note(event, of: session, under: origins.reversed())
    }
}
