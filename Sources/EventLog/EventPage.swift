public import Events

/// A piece of a session, in order, and how the session stood when it was read.
public struct EventPage: Sendable, Equatable {
    /// The events after the offset asked for, without a gap; empty at the head.
    public var events: [Event]
    /// How the session stood; its head is never below the last of the events.
    public var status: SessionStatus
    /// Where the first of the events belongs, if that was asked for: its cause, then that one's, and so on, at most
    /// `Limits.causesPerPage`.
    public var causes: [Event]

    /// Makes a page.
    public init(events: [Event], status: SessionStatus, causes: [Event] = []) {
        self.events = events
        self.status = status
        self.causes = causes
    }
}

extension EventPage {
    /// A chain of causes from one of them on, nearest first, as far as `event` gives them.
    static func causes(from cause: Offset?, limit: Int, _ event: (Offset) throws -> Event?) rethrows -> [Event] {
        var chain: [Event] = []
        var next = cause
        while chain.count < limit, let offset = next, let found = try event(offset) {
            chain.append(found)
            next = found.cause
        }
        return chain
    }
}

/// How a session stands.
public struct SessionStatus: Sendable, Hashable {
    /// The offset of the newest durable event.
    public var head: Offset
    /// True once `session.closed` is recorded.
    public var isClosed: Bool
    /// The messages that await an answer, oldest first.
    public var openRuns: [OpenRun]
    /// True where no text of it is left; set in lists, and in pages of a `LogFile`.
    public var isErased = false

    /// Makes a status.
    public init(head: Offset, isClosed: Bool = false, openRuns: [OpenRun] = []) {
        self.head = head
        self.isClosed = isClosed
        self.openRuns = openRuns
    }

    /// True while a message is unanswered, queued ones included, paused ones not.
    public var isRunInProgress: Bool { openRuns.contains { !$0.isPaused } }
}

/// A message that awaits its answer.
public struct OpenRun: Sendable, Hashable {
    /// The offset of its `message.received`.
    public var message: Offset
    /// The offset of its `run.started`; nil while it is queued.
    public var run: Offset?
    /// True while the run waits for input.
    public var isPaused: Bool

    /// Makes an open run.
    public init(message: Offset, run: Offset?, isPaused: Bool = false) {
        self.message = message
        self.run = run
        self.isPaused = isPaused
    }
}

/// A session in a list.
public struct SessionSummary: Sendable, Hashable {
    /// A number that grows with each new session: the place to go on from in the next page of a list.
    public var number: Int64
    /// Its name.
    public var session: SessionID
    /// When its first event was recorded.
    public var openedAt: Timestamp
    /// How it stands.
    public var status: SessionStatus

    /// Makes a summary.
    public init(number: Int64, session: SessionID, openedAt: Timestamp, status: SessionStatus) {
        self.number = number
        self.session = session
        self.openedAt = openedAt
        self.status = status
    }
}
