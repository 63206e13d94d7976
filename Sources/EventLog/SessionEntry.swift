import DequeModule
import Events
import Synchronization

/// What memory holds of one session: its head, its unsettled events, and who follows it.
///
/// At or below the settled head readers go to `settled_events`; above it they read here, so that live subscribers never
/// touch the database. The head is derived from these two; no table row changes with it.
final class SessionEntry: Sendable {
    struct State {
        var settledHead: Int64
        var recent = Deque<StoredEvent>()
        var isClosed: Bool
        var openRuns: [OpenRun] = []
        /// The time of the newest event, which the next one must not be before.
        var lastAt: Int64
        var observers: [ObjectIdentifier: any SessionObserver] = [:]
        /// The newest events as a page, made once where many subscribers want the same.
        var shared: SharedTail?
        /// The newest seal, where the writer has looked it up.
        var sealed: SealedPoint?
        /// Set when the directory lets go of the entry: whoever still holds it looks the session up again.
        var isEvicted = false
        /// Set at the end, when nobody would wake who waits.
        var isShutDown = false

        var head: Int64 { settledHead + Int64(recent.count) }
        var status: SessionStatus { SessionStatus(head: Offset(head), isClosed: isClosed, openRuns: openRuns) }
        /// Nothing here that the database does not give as well.
        var isIdle: Bool { recent.isEmpty && observers.isEmpty && openRuns.isEmpty }
    }

    struct SharedTail {
        var after: Int64
        var events: [Event]
    }

    /// Where the events after an offset are.
    enum Place {
        case here(EventPage)
        case settled
        case beyond(head: Offset)
    }

    let id: Int64
    let session: SessionID
    private let state: Mutex<State>

    init(_ row: SessionRow, session: SessionID) {
        id = row.id
        self.session = session
        state = Mutex(State(settledHead: row.settledHead, isClosed: row.isClosed, lastAt: row.lastAt))
    }

    /// Runs a few lines under the entry's lock; observers are told after it.
    func withState<Result>(_ body: (inout sending State) -> sending Result) -> sending Result {
        state.withLock(body)
    }

    /// Tells `observer` of every change from now on; nil where the entry was evicted and the session has to be looked up
    /// again.
    ///
    /// - Throws: `EventLogError` with `shutDown`.
    func add(_ observer: any SessionObserver) throws -> SessionStatus? {
        let status = withState { state -> Result<SessionStatus, EventLogError>? in
            if state.isEvicted { return nil }
            if state.isShutDown { return .failure(.isShutDown) }
            state.observers[ObjectIdentifier(observer)] = observer
            return .success(state.status)
        }
        return try status?.get()
    }

    /// The events after an offset, or where to look for them.
    func page(after: Int64, limit: Int) -> Place {
        withState { state in
            let head = state.head
            guard after <= head else { return .beyond(head: Offset(head)) }
            guard after >= state.settledHead else { return .settled }
            if let shared = state.shared, shared.after == after, shared.events.count <= limit {
                return .here(EventPage(events: shared.events, status: state.status))
            }
            let start = Int(after - state.settledHead)
            let end = min(state.recent.count, start + limit)
            return .here(EventPage(events: events(state.recent[start..<end], after: after), status: state.status))
        }
    }

    /// The unsettled part of an event's chain of causes, nearest first.
    func causes(of event: Event, limit: Int) -> [Event] {
        withState { state in
            EventPage.causes(from: event.cause, limit: limit) { offset in
                guard state.settledHead < offset.value else { return nil }
                let index = Int(offset.value - state.settledHead) - 1
                return state.recent[index].event(of: session, at: offset.value)
            }
        }
    }

    /// Makes the events after an offset into one page that every subscriber shares.
    func share(_ state: inout State, after: Int64) {
        let start = Int(after - state.settledHead)
        guard start >= 0, state.recent.count - start <= Limits.sharedEvents else { return }
        let page = events(state.recent[start...], after: after)
        // A page that the limit of bytes cut short is made anew for each.
        state.shared = page.count == state.recent.count - start ? SharedTail(after: after, events: page) : nil
    }

    private func events(_ stored: Slice<Deque<StoredEvent>>, after: Int64) -> [Event] {
        var events: [Event] = []
        events.reserveCapacity(stored.count)
        var bytes = 0
        var offset = after
        for stored in stored {
            offset += 1
            bytes += stored.body?.utf8.count ?? 0
            if bytes > Limits.bytesPerPage, !events.isEmpty { break }
            events.append(stored.event(of: session, at: offset))
        }
        return events
    }
}

extension SessionEntry.State {
    /// Lets go of the oldest events, which are in the settled table now.
    mutating func settle(_ count: Int) {
        recent.removeFirst(count)
        settledHead += Int64(count)
        shared = nil
        // An emptied deque would keep its room.
        if recent.isEmpty { recent = [] }
    }
}
