import Events
import PlayheadClient

/// Reads a session from a server; a lost connection is made again and resumed.
struct ServerSource: Source {
    let session: SessionID
    private let client: PlayheadClient
    private var batches: ResumingSequence<Event>.Batches.Iterator?

    init(client: PlayheadClient, session: SessionID) {
        self.client = client
        self.session = session
    }

    func head() async throws -> Offset { try await client.page(session, limit: 1).head }

    /// Searches by halves: the events of a session are recorded in the order of time.
    func offset(before time: Timestamp) async throws -> Offset {
        var before = Offset.beginning
        var notBefore = try await head().next
        while notBefore.value - before.value > 1 {
            let middle = Offset(before.value + (notBefore.value - before.value) / 2)
            guard let event = try await event(at: middle) else { break }
            if event.at < time { before = middle } else { notBefore = middle }
        }
        return before
    }

    func event(at offset: Offset) async throws -> Event? {
        guard offset > .beginning else { return nil }
        let event = try await client.page(session, after: Offset(offset.value - 1), limit: 1).events.first
        return event?.offset == offset ? event : nil
    }

    func supersededMessages(after: Offset, through: Offset) async throws -> Set<Offset> {
        var superseded: Set<Offset> = []
        for try await event in client.events(session, after: after, follow: .none, kinds: [.messageStarted]) {
            if event.offset > through { break }
            if let message = event.supersedes { superseded.insert(message) }
        }
        return superseded
    }

    mutating func start(after: Offset, end: Offset?) {
        let follow = end == nil ? Follow.session : .none
        batches = client.events(session, after: after, follow: follow).batches.makeAsyncIterator()
    }

    mutating func next() async throws -> [Event]? { try await batches?.next() }
}
