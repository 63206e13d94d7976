public import Events
import Synchronization

/// Hears of the changes of a session that it observes.
///
/// It is told where the log makes events durable, so it may only note that there is something to do.
public protocol SessionObserver: AnyObject, Sendable {
    /// The session has events up to `head`, or was closed.
    func sessionChanged(head: Offset, isClosed: Bool)

    /// The log was shut down: nothing more will be told.
    func logShutDown()
}

/// A cursor over a session: catches up page by page, then follows the tail until the session closes.
///
/// It holds no queue: a slow reader costs nothing and loses nothing. There is neither a gap nor a duplicate at the
/// switch, since it observes the session before it looks where the head is.
public struct Subscription: AsyncSequence, Sendable {
    /// Events in order, never none.
    public typealias Element = EventPage

    let log: any EventLog
    let session: SessionID
    let after: Offset

    /// Starts reading.
    public func makeAsyncIterator() -> Iterator { Iterator(log: log, session: session, cursor: after) }

    /// The place in the session; for one task, though a copy may be handed to another.
    public struct Iterator: AsyncIteratorProtocol, Sendable {
        private let log: any EventLog
        private let session: SessionID
        /// The offset of the last event given.
        public private(set) var cursor: Offset
        /// Found, to be given next.
        private var page: EventPage?
        /// Made at the head for the first time.
        private var follower: Follower?

        init(log: any EventLog, session: SessionID, cursor: Offset) {
            self.log = log
            self.session = session
            self.cursor = cursor
        }

        /// The next page, never empty; nil at the end of a closed session.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> EventPage? {
            while true {
                var found = try look()
                if found == .lacking { found = try await read() }
                switch found {
                case .page: return page.take()
                case .end: return nil
                case .atHead, .lacking:
                    if follower == nil { follower = try await Follower.begin(log, session) }
                    try await follower?.wait(after: cursor)
                }
            }
        }

        // A task keeps the memory of its deepest call. A subscriber that waits at the head has not gone through `read`
        // where it found in memory what it got, and has no page in its frames.

        private enum Found {
            case page
            case end
            case atHead
            case lacking
        }

        @inline(never)
        private mutating func look() throws -> Found {
            try log.recent(session, after: cursor, limit: Limits.eventsPerPage).map { take($0) } ?? .lacking
        }

        @inline(never)
        private mutating func read() async throws -> Found {
            take(try await log.read(session, after: cursor))
        }

        private mutating func take(_ page: EventPage) -> Found {
            guard let last = page.events.last else {
                return page.status.isClosed && page.status.head <= cursor ? .end : .atHead
            }
            precondition(page.events[0].offset == cursor.next, "a page leaves no gap")
            cursor = last.offset
            self.page = page
            return .page
        }
    }
}

extension EventLog {
    /// The events after an offset and then those to come: catch up, then follow, one code path.
    public func subscribe(_ session: SessionID, after: Offset) -> Subscription {
        Subscription(log: self, session: session, after: after)
    }

    /// Returns once the session has events after `after`, or is closed; cancellation ends the wait.
    ///
    /// - Throws: `CancellationError`, or `EventLogError` with `sessionNotFound` or `shutDown`.
    public func waitForEvents(in session: SessionID, after: Offset) async throws {
        try await Follower.begin(self, session).wait(after: after)
    }
}

/// Lets one task at a time wait for more of a session, as long as it lives.
private final class Follower: Sendable {
    private let observer: Waiter
    private let log: any EventLog
    private let session: SessionID

    static func begin(_ log: any EventLog, _ session: SessionID) async throws -> Follower {
        let observer = Waiter()
        while true {
            if let status = try log.observe(session, observer) {
                observer.note(status)
                return Follower(log, session, observer)
            }
            try await log.load(session)
        }
    }

    private init(_ log: any EventLog, _ session: SessionID, _ observer: Waiter) {
        self.log = log
        self.session = session
        self.observer = observer
    }

    deinit { log.stopObserving(session, observer) }

    func wait(after: Offset) async throws {
        try await withTaskCancellationHandler {
            // Not a checked one, which needs a kilobyte more of each subscriber's task: whoever takes `waiting` out of the
            // waiter's state, under its lock, resumes it, and a second one is not taken.
            try await withUnsafeThrowingContinuation { observer.wait(after: after, $0) }
        } onCancel: {
            observer.cancel()
        }
    }
}

/// What the log holds of a follower.
private final class Waiter: SessionObserver {
    private struct State {
        var head = Offset.beginning
        var isClosed = false
        var isShutDown = false
        var isCancelled = false
        var waiting: (after: Offset, done: UnsafeContinuation<Void, any Error>)?

        /// How a wait ends; nil where it goes on.
        func outcome(after: Offset) -> Result<Void, any Error>? {
            if isCancelled { return .failure(CancellationError()) }
            if head > after || isClosed { return .success(()) }
            return isShutDown ? .failure(EventLogError.isShutDown) : nil
        }
    }

    private let state = Mutex(State())

    func wait(after: Offset, _ done: UnsafeContinuation<Void, any Error>) {
        let outcome = state.withLock { state in
            let outcome = state.outcome(after: after)
            precondition(state.waiting == nil, "one task at a time waits")
            if outcome == nil { state.waiting = (after, done) }
            return outcome
        }
        if let outcome { done.resume(with: outcome) }
    }

    func sessionChanged(head: Offset, isClosed: Bool) {
        change {
            $0.head = max($0.head, head)
            $0.isClosed = $0.isClosed || isClosed
        }
    }

    func note(_ status: SessionStatus) { sessionChanged(head: status.head, isClosed: status.isClosed) }

    func logShutDown() { change { $0.isShutDown = true } }

    func cancel() { change { $0.isCancelled = true } }

    private func change(_ body: (inout State) -> Void) {
        let ended = state.withLock { state -> (UnsafeContinuation<Void, any Error>, Result<Void, any Error>)? in
            body(&state)
            guard let (after, done) = state.waiting, let outcome = state.outcome(after: after) else { return nil }
            state.waiting = nil
            return (done, outcome)
        }
        if let (done, outcome) = ended { done.resume(with: outcome) }
    }
}
