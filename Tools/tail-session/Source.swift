import Events

/// Where the events of one session come from: the log file, or a server.
protocol Source {
    var session: SessionID { get }

    /// The session's head now.
    ///
    /// - Throws: `TailError` with `noSession` where there is no such session.
    func head() async throws -> Offset

    /// The offset of the last event before an instant.
    func offset(before time: Timestamp) async throws -> Offset

    /// One event; nil where the session has none at that offset.
    func event(at offset: Offset) async throws -> Event?

    /// The messages that another message takes the place of, by the events after one offset through another.
    func supersededMessages(after: Offset, through: Offset) async throws -> Set<Offset>

    /// Begins to read after an offset.
    ///
    /// - Parameter end: where the reading ends; nil: when the session closes.
    mutating func start(after: Offset, end: Offset?)

    /// The events of the next read; nil at the end.
    mutating func next() async throws -> [Event]?
}

extension Event {
    /// The abandoned message that this event's message takes the place of.
    var supersedes: Offset? {
        kind == .messageStarted ? (try? decode(MessageStarted.self))?.supersedes : nil
    }
}
