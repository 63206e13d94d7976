public import EventLog
public import Events

extension EventLog {
    /// Every event of a session after an offset, read page by page.
    public func all(_ session: SessionID, after: Offset = .beginning) async throws -> [Event] {
        var events: [Event] = []
        var cursor = after
        while true {
            let page = try await read(session, after: cursor)
            guard let last = page.events.last else { return events }
            events += page.events
            cursor = last.offset
        }
    }

    /// Has `observer` told of every change of a session, whether it is in memory or not.
    ///
    /// - Throws: `EventLogError` with `sessionNotFound`, `storageFailed` or `shutDown`.
    public func follow(_ session: SessionID, _ observer: any SessionObserver) async throws -> SessionStatus {
        while true {
            if let status = try observe(session, observer) { return status }
            try await load(session)
        }
    }
}

extension SessionID {
    /// A session of a test; the name is known to be valid.
    public static func test(_ name: String) -> SessionID {
        guard let session = SessionID(name) else { preconditionFailure("no session can be named \(name)") }
        return session
    }
}

extension NewEvent {
    /// A `custom` event with a text as its JSON body.
    public static func custom(_ text: String, cause: Cause = .none) -> NewEvent {
        NewEvent(kind: .custom, cause: cause, body: JSONText.string(text))
    }
}

extension [NewEvent] {
    /// Tokens of no message.
    public static func tokens(_ texts: [String]) -> [NewEvent] {
        texts.map { NewEvent(kind: .token, cause: .none, body: $0) }
    }
}
