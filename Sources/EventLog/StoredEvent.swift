import Events

/// An unsettled event as memory holds it; its session and offset follow from its place.
struct StoredEvent: Sendable {
    var position: Int64
    /// Microseconds since 1970.
    var at: Int64
    var kind: Int32
    var version: Int32
    /// 0 for none.
    var cause: Int64
    var body: String?

    /// What it counts against the limit of unsettled bytes.
    var cost: Int { MemoryLayout<StoredEvent>.stride + (body?.utf8.count ?? 0) }

    /// An event as it was read back.
    init(_ event: Event) {
        self.init(
            position: event.position.value, at: event.at.microseconds, kind: Int32(event.kind.rawValue),
            version: Int32(event.version), cause: event.cause?.value ?? 0, body: event.body)
    }

    init(position: Int64, at: Int64, kind: Int32, version: Int32, cause: Int64, body: String?) {
        self.position = position
        self.at = at
        self.kind = kind
        self.version = version
        self.cause = cause
        self.body = body
    }

    func event(of session: SessionID, at offset: Int64) -> Event {
        Event(
            session: session, offset: Offset(offset), position: Position(position), at: Timestamp(microseconds: at),
            kind: EventKind(rawValue: Int(kind)), version: Int(version), cause: cause == 0 ? nil : Offset(cause),
            body: body)
    }
}
