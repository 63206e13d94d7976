import EventLog
import Events

/// Reads the log file of a data directory, read-only, while the server writes or when none runs.
///
/// Reading blocks its thread; this program has nothing else to do meanwhile.
struct DirectorySource: Source {
    let session: SessionID
    private let log: LogFile
    private var cursor = Offset.beginning
    private var position = Position.beginning
    private var end: Offset?

    init(directory: String, session: SessionID) throws {
        do {
            log = try LogFile(directory: directory)
        } catch let error as EventLogError where error.underlying == nil {
            // Without an error underneath there is no log at all.
            throw TailError(.noSession, error.message, hint: error.hint ?? "name the server's data directory")
        }
        self.session = session
    }

    func head() throws -> Offset { try page(after: .beginning, limit: 1).status.head }

    func offset(before time: Timestamp) throws -> Offset {
        _ = try head()
        return try log.offset(before: time, in: session)
    }

    func event(at offset: Offset) throws -> Event? {
        guard offset > .beginning else { return nil }
        let event = try page(after: Offset(offset.value - 1), limit: 1).events.first
        return event?.offset == offset ? event : nil
    }

    func supersededMessages(after: Offset, through: Offset) throws -> Set<Offset> {
        var superseded: Set<Offset> = []
        var cursor = after
        var position = Position.beginning
        while cursor < through {
            let events = try page(after: cursor, position: position).events
            guard let last = events.last else { break }
            for event in events where event.offset <= through {
                if let message = event.supersedes { superseded.insert(message) }
            }
            (cursor, position) = (last.offset, last.position)
        }
        return superseded
    }

    mutating func start(after: Offset, end: Offset?) {
        cursor = after
        self.end = end
    }

    mutating func next() throws -> [Event]? {
        while true {
            if let end, cursor >= end { return nil }
            let page = try readablePage()
            if let last = page.events.last {
                (cursor, position) = (last.offset, last.position)
                return page.events.filter { $0.offset <= end ?? $0.offset }
            }
            guard cursor >= page.status.head else {
                let head = page.status.head
                throw TailError(
                    .brokenOrder, "no event follows event \(cursor) in session \(session), whose head is \(head)",
                    hint: "the log has been changed or damaged: keep a copy of it and compare it with a backup")
            }
            // At the head: only a follower stays, and a closed session has nothing to come.
            guard end == nil, !page.status.isClosed else { return nil }
            try log.waitForChange()
        }
    }

    /// The next page; where an event of it is missing, what stands before the gap, and the error only after that.
    private func readablePage() throws -> EventPage {
        do {
            return try page(after: cursor, position: position)
        } catch let error as TailError where error.code == .brokenOrder {
            var readable = try page(after: cursor, position: position, limit: 1)
            while let last = readable.events.last, last.offset < readable.status.head,
                let next = try? page(after: last.offset, position: last.position, limit: 1)
            {
                readable.events += next.events
            }
            return readable
        }
    }

    /// Reads one page.
    ///
    /// The log checks the order itself; its error for a missing event has none underneath.
    private func page(after: Offset, position: Position = .beginning, limit: Int? = nil) throws -> EventPage {
        do {
            let page =
                if let limit { try log.page(session, after: after, position: position, limit: limit) } else {
                    try log.page(session, after: after, position: position)
                }
            guard let page else { throw TailError.noSession(session) }
            return page
        } catch let error as EventLogError where error.code == .storageFailed && error.underlying == nil {
            throw TailError(
                .brokenOrder, error.message, hint: error.hint ?? "keep a copy of the log and restore a backup")
        }
    }
}
