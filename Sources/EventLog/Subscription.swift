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

    /// The place in the session.
    public struct Iterator: AsyncIteratorProtocol {
        private let log: any EventLog
        private let session: SessionID
        /// The offset of the last event given.
        public private(set) var cursor: Offset
        /// Made at the head for the first time.
        private var follower: Follower?

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
                if follower == nil { follower = try await Follower(log, session) }
                try await follower?.wait(after: cursor)
            }
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
        try await Follower(self, session).wait(after: after)
    }
}

/// Lets one task at a time wait for more of a session, as long as it lives.
private final class Follower: Sendable {
    private let observer = Waiter()
    private let log: any EventLog
    private let session: SessionID

    init(_ log: any EventLog, _ session: SessionID) async throws {
        self.log = log
        self.session = session
        let status = try await log.observe(session, observer)
        observer.sessionChanged(head: status.head, isClosed: status.isClosed)
    }

    deinit { log.stopObserving(session, observer) }

    func wait(after: Offset) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { observer.wait(after: after, $0) }
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
        var waiting: (after: Offset, done: CheckedContinuation<Void, any Error>)?

        /// How a wait ends; nil where it goes on.
        func outcome(after: Offset) -> Result<Void, any Error>? {
            if isCancelled { return .failure(CancellationError()) }
            if head > after || isClosed { return .success(()) }
            return isShutDown ? .failure(EventLogError.isShutDown) : nil
        }
    }

    private let state = Mutex(State())

    func wait(after: Offset, _ done: CheckedContinuation<Void, any Error>) {
        let outcome = state.withLock { state in
            let outcome = state.outcome(after: after)
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

    func logShutDown() { change { $0.isShutDown = true } }

    func cancel() { change { $0.isCancelled = true } }

    private func change(_ body: (inout State) -> Void) {
        let ended = state.withLock { state -> (CheckedContinuation<Void, any Error>, Result<Void, any Error>)? in
            body(&state)
            guard let (after, done) = state.waiting, let outcome = state.outcome(after: after) else { return nil }
            state.waiting = nil
            return (done, outcome)
        }
        if let (done, outcome) = ended { done.resume(with: outcome) }
    }
}
