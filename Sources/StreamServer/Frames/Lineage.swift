import EventLog
import Events

/// Finds where events belong, with a small bounded memory of the events that started something.
///
/// What it has forgotten, or never saw because the stream began later, it reads again from the log: so the frames after
/// an offset are the same whether or not the reader was there before.
struct Lineage {
    private let log: any EventLog
    private let session: SessionID
    private var origins: [Offset: Origin] = [:]
    /// Oldest first.
    private var order: [Offset] = []
    /// Events that were read because they are causes of the next one whose origin is asked for.
    var causes: [Event] = []

    init(log: any EventLog, session: SessionID) {
        self.log = log
        self.session = session
    }

    /// The origin of an event where memory has it, or can tell: the hot path, without `await`.
    mutating func known(_ event: Event) -> Origin? {
        let startsSomething = event.kind.startsSomething
        if startsSomething, let known = origins[event.offset] { return known }
        guard let parent = event.cause.map({ origins[$0] }) ?? Origin.none else { return nil }
        guard startsSomething else { return parent }
        let origin = Origin(of: event, under: parent)
        remember(origin, at: event.offset)
        return origin
    }

    /// The origin of an event, read from the log where memory does not have it.
    mutating func origin(of event: Event) async throws -> Origin {
        if let known = known(event) { return known }
        defer { causes = [] }
        return try await place(event, depth: 0)
    }

    private mutating func place(_ event: Event, depth: Int) async throws -> Origin {
        if event.kind.startsSomething, let known = origins[event.offset] { return known }
        // Nothing that the server records is deeper than this; what comes from outside is not followed for ever.
        guard depth <= Limits.causeHops else { return Origin.none }
        let parent = try await origin(below: event, depth: depth)
        guard event.kind.startsSomething else { return parent }
        let origin = Origin(of: event, under: parent)
        remember(origin, at: event.offset)
        return origin
    }

    /// The origin that the event's cause gives.
    ///
    /// An event that started nothing hands on its own cause's.
    private mutating func origin(below event: Event, depth: Int) async throws -> Origin {
        var cause = event.cause
        for _ in 0...Limits.causeHops {
            guard let offset = cause else { return Origin.none }
            if let known = origins[offset] { return known }
            guard offset > .beginning, offset < event.offset else { return Origin.none }
            guard let found = try await self.event(at: offset) else { return Origin.none }
            if found.kind.startsSomething { return try await place(found, depth: depth + 1) }
            cause = found.cause
        }
        return Origin.none
    }

    private mutating func event(at offset: Offset) async throws -> Event? {
        if let found = causes.first(where: { $0.offset == offset }) { return found }
        let page = try await log.read(session, after: Offset(offset.value - 1), limit: 1, withCauses: true)
        causes = page.events + page.causes
        return page.events.first
    }

    private mutating func remember(_ origin: Origin, at offset: Offset) {
        if origins.count >= Limits.lineageEntries { origins[order.removeFirst()] = nil }
        if origins.updateValue(origin, forKey: offset) == nil { order.append(offset) }
    }

    /// Forgets everything, for instance when a run has ended and the stream may stay idle for long.
    mutating func forget() {
        origins = [:]
        order = []
    }
}
