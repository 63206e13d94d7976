public import Events
import Synchronization

/// The log in memory: for tests, and as the shortest statement of what a log does.
public final class MemoryEventLog: EventLog {
    fileprivate struct Session {
        var number: Int64
        var openedAt: Timestamp
        var events: [Event] = []
        var isClosed = false
        var openRuns: [OpenRun] = []
        var producers: [String: ProducerState] = [:]
        var observers: [ObjectIdentifier: any SessionObserver] = [:]

        var head: Offset { Offset(Int64(events.count)) }
        var status: SessionStatus { SessionStatus(head: head, isClosed: isClosed, openRuns: openRuns) }
    }

    fileprivate struct State {
        var sessions: [SessionID: Session] = [:]
        var lastPosition: Int64 = 0
    }

    private let state = Mutex(State())

    /// Makes an empty log.
    public init() {}

    /// Appends at once; `completion` hears of it before the call returns.
    public func submit(_ append: Append, _ completion: any AppendCompletion) {
        if let failure = completion.earlierFailure { return completion.appendEnded(append, .failure(failure)) }
        let (result, changed) = state.withLock { $0.append(append, at: Timestamp(microseconds: Clock.microseconds())) }
        if let changed {
            for observer in changed.observers.values {
                observer.sessionChanged(head: changed.head, isClosed: changed.isClosed)
            }
        }
        completion.appendEnded(append, result)
    }

    /// The events after an offset.
    public func read(
        _ session: SessionID, after: Offset, limit: Int, withCauses: Bool
    ) async throws -> EventPage {
        var page = try page(session, after: after, limit: limit)
        guard withCauses else { return page }
        page.causes = state.withLock { state in
            EventPage.causes(from: page.events.first?.cause, limit: Limits.causesPerPage) {
                state.sessions[session]?.events[Int($0.value) - 1]
            }
        }
        return page
    }

    /// The same: all of it is in memory.
    public func recent(_ session: SessionID, after: Offset, limit: Int) throws -> EventPage? {
        try page(session, after: after, limit: limit)
    }

    private func page(_ session: SessionID, after: Offset, limit: Int) throws -> EventPage {
        try state.withLock { state in
            guard let found = state.sessions[session] else { throw EventLogError.noSuchSession(session) }
            guard after <= found.head else { throw EventLogError.beyondHead(after, session, head: found.head) }
            let limit = min(max(limit, 1), Limits.eventsPerPage)
            var bytes = 0
            let events = found.events.dropFirst(Int(after.value)).prefix(limit).prefix { event in
                let isFirst = bytes == 0
                bytes += max(event.body?.utf8.count ?? 0, 1)
                return isFirst || bytes <= Limits.bytesPerPage
            }
            return EventPage(events: Array(events), status: found.status)
        }
    }

    /// Has `observer` told of every change of a session from now on.
    public func observe(_ session: SessionID, _ observer: any SessionObserver) throws -> SessionStatus? {
        state.withLock { state in
            state.sessions[session]?.observers[ObjectIdentifier(observer)] = observer
            return state.sessions[session]?.status
        }
    }

    /// A session is in memory or nowhere.
    public func load(_ session: SessionID) async throws {
        guard state.withLock({ $0.sessions[session] != nil }) else { throw EventLogError.noSuchSession(session) }
    }

    /// Tells `observer` no more.
    public func stopObserving(_ session: SessionID, _ observer: any SessionObserver) {
        state.withLock { $0.sessions[session]?.observers[ObjectIdentifier(observer)] = nil }
    }

    /// How a session stands; nil where there is none.
    public func status(of session: SessionID) async throws -> SessionStatus? {
        state.withLock { $0.sessions[session]?.status }
    }

    /// Sessions, newest first, numbered below `before`.
    public func sessions(before: Int64?, limit: Int) async throws -> [SessionSummary] {
        state.withLock { state in
            state.sessions.filter { $0.value.number < before ?? Int64.max }
                .sorted { $0.value.number > $1.value.number }
                .prefix(min(max(limit, 1), Limits.sessionsPerPage))
                .map { name, session in
                    SessionSummary(
                        number: session.number, session: name, openedAt: session.openedAt, status: session.status)
                }
        }
    }

    /// The sessions that have a message awaiting its answer.
    public func openRuns() async throws -> [(session: SessionID, runs: [OpenRun])] {
        state.withLock { state in
            state.sessions.filter { !$0.value.openRuns.isEmpty }.sorted { $0.key < $1.key }
                .map { ($0.key, $0.value.openRuns) }
        }
    }
}

extension MemoryEventLog.State {
    fileprivate mutating func append(
        _ append: Append, at: Timestamp
    ) -> (Result<Appended, EventLogError>, changed: MemoryEventLog.Session?) {
        if let refusal = AppendRules.refusal(of: append) { return (.failure(refusal), nil) }
        let existing = sessions[append.session]
        if let producer = append.producer {
            switch AppendRules.check(producer, against: existing?.producers[producer.id]) {
            case .proceed: break
            case .duplicate(let answer): return (.success(answer), nil)
            case .refuse(let error): return (.failure(error), nil)
            }
        }
        let isClosed = existing?.isClosed ?? false
        if let refusal = AppendRules.refusal(of: append, head: existing?.head, isClosed: isClosed) {
            return (.failure(refusal), nil)
        }
        if existing == nil, sessions.count >= Limits.sessions {
            return (.failure(.tooManySessions(Limits.sessions)), nil)
        }
        var session = existing ?? .init(number: Int64(sessions.count + 1), openedAt: at)
        let first = session.head.next
        for event in append.events {
            let cause = event.cause.offset(inAppendFrom: first)
            lastPosition += 1
            let offset = session.head.next
            session.events.append(
                Event(
                    session: append.session, offset: offset, position: Position(lastPosition),
                    at: max(at, session.events.last?.at ?? at), kind: event.kind, cause: cause, body: event.body))
            if event.kind == .sessionClosed { session.isClosed = true }
            OpenRunChange(event.kind, offset: offset, cause: cause, awaitsRun: append.awaitsRun)?
                .apply(to: &session.openRuns)
        }
        let answer = Appended(first: first, last: session.head)
        if let producer = append.producer {
            session.producers[producer.id] = ProducerState(
                epoch: producer.epoch, sequence: producer.sequence, answer: answer)
        }
        sessions[append.session] = session
        return (.success(answer), session)
    }
}
