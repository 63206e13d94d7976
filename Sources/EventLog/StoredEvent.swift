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

    func event(of session: SessionID, at offset: Int64) -> Event {
        Event(
            session: session, offset: Offset(offset), position: Position(position), at: Timestamp(microseconds: at),
            kind: EventKind(rawValue: Int(kind)), version: Int(version), cause: cause == 0 ? nil : Offset(cause),
            body: body)
    }
}
