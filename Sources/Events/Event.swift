/// One immutable fact at one offset of one session.
public struct Event: Sendable {
    /// The session it belongs to.
    public var session: SessionID
    /// Its place in the session.
    public var offset: Offset
    /// Its place in the order over all sessions.
    public var position: Position
    /// When it was taken for recording; never earlier than the event before it in the session.
    public var at: Timestamp
    /// What it is.
    public var kind: EventKind
    /// The kind's schema version.
    public var version: Int
    /// The offset of the event this one belongs to.
    public var cause: Offset?
    /// A token's text, exactly as the model produced it, or the canonical JSON of any other kind; nil once erased.
    public var body: String?

    /// Makes an event as it was read.
    @inlinable  // Readers of the log make millions.
    public init(
        session: SessionID, offset: Offset, position: Position, at: Timestamp, kind: EventKind, version: Int = 1,
        cause: Offset?, body: String?
    ) {
        self.session = session
        self.offset = offset
        self.position = position
        self.at = at
        self.kind = kind
        self.version = version
        self.cause = cause
        self.body = body
    }
}

extension Event: Equatable {
    /// Compares bytes: Swift's `==` on `String` is canonical equivalence, which an audit must not use.
    public static func == (a: Event, b: Event) -> Bool {
        a.session == b.session && a.offset == b.offset && a.position == b.position && a.at == b.at && a.kind == b.kind
            && a.version == b.version && a.cause == b.cause && (a.body == nil) == (b.body == nil)
            && (a.body ?? "").utf8.elementsEqual((b.body ?? "").utf8)
    }
}

extension Event {
    /// Decodes the body of any kind but `token`.
    public func decode<Body: Decodable>(_ type: Body.Type) throws -> Body {
        try CanonicalJSON.decode(type, from: body ?? "null")
    }
}

/// An event that is not yet recorded: the log gives it its offset, position and time.
public struct NewEvent: Sendable {
    /// What the new event belongs to.
    public enum Cause: Sendable, Hashable {
        /// Nothing: it stands for itself.
        case none
        /// An event already recorded.
        case event(Offset)
        /// An earlier event of the same append, by its index there.
        case sameAppend(Int)

        /// The offset it names, in an append whose first event gets the offset `first`.
        package func offset(inAppendFrom first: Offset) -> Offset? {
            switch self {
            case .none: nil
            case .event(let offset): offset
            case .sameAppend(let index): Offset(first.value + Int64(index))
            }
        }
    }

    /// What it is.
    public var kind: EventKind
    /// What it belongs to.
    public var cause: Cause
    /// A token's text, or the canonical JSON of any other kind.
    public var body: String

    /// Wraps a body that is already canonical JSON (or, for a token, text).
    public init(kind: EventKind, cause: Cause, body: String) {
        self.kind = kind
        self.cause = cause
        self.body = body
    }

    /// Encodes a typed body canonically.
    ///
    /// - Throws: where the value cannot be JSON, for instance a number that is not finite.
    public init(_ kind: EventKind, cause: Cause = .none, _ body: some Encodable) throws {
        self.init(kind: kind, cause: cause, body: try CanonicalJSON.encode(body))
    }

    /// A token of the message that started at `message`.
    public static func token(_ text: String, of message: Offset) -> NewEvent {
        NewEvent(kind: .token, cause: .event(message), body: text)
    }
}
