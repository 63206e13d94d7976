public import Events

/// One page of a session's events.
public struct EventsPage: Sendable {
    /// The events, in order.
    public var events: [Event]
    /// The session's head when the page was read.
    public var head: Offset
    /// The last offset looked at: the next page comes after it.
    public var next: Offset
}

/// One page of the sessions, newest first.
public struct SessionsPage: Sendable, Hashable {
    /// The sessions, newest first.
    public var sessions: [ListedSession]
    /// What `before` is for the next page; nil at the end.
    public var next: Int64?
}

/// A session in a list.
public struct ListedSession: Sendable, Hashable {
    /// The session's name.
    public var session: SessionID
    /// When its first event was recorded.
    public var openedAt: Timestamp
    /// The offset of its newest event.
    public var head: Offset
    /// True where it takes no more events.
    public var isClosed: Bool
    /// True while a message is unanswered.
    public var isInProgress: Bool
}

extension ListedSession {
    init(_ scanner: inout JSONScanner) throws {
        var session: SessionID?
        var openedAt: Timestamp?
        var head: Int64?
        var isClosed = false
        var isInProgress = false
        try scanner.object { scanner, key in
            switch key {
            case "session": session = SessionID(try scanner.string())
            case "opened_at": openedAt = Timestamp(try scanner.string())
            case "head": head = try scanner.integer()
            case "closed": isClosed = try scanner.bool()
            case "in_progress": isInProgress = try scanner.bool()
            default: try scanner.skipValue()
            }
        }
        guard let session, let openedAt, let head else {
            throw JSONScanner.Failure(expected: "session, opened_at and head", index: 0)
        }
        self.init(
            session: session, openedAt: openedAt, head: Offset(head), isClosed: isClosed, isInProgress: isInProgress)
    }
}
