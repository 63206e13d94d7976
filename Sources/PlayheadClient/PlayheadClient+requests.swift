import AsyncHTTPClient
public import Events
import NIOHTTP1

extension PlayheadClient {
    /// One page of events after an offset.
    ///
    /// - Throws: `PlayheadClientError`, for instance `sessionNotFound` or `offsetBeyondHead`.
    public func page(_ session: SessionID, after: Offset = .beginning, limit: Int? = nil) async throws -> EventsPage {
        var query: [(name: String, value: String)] = [("after", after.description)]
        if let limit { query.append(("limit", String(limit))) }
        var request = HTTPClientRequest(
            url: address.route("sessions", session.name, "events") + ServerAddress.query(query))
        request.headers.add(name: "Accept", value: "application/json")
        let body = try await whole(request)
        return try Self.read(body, "a page of events") { scanner in
            var events: [Event] = []
            var head: Int64?
            var next: Int64?
            try scanner.object { scanner, key in
                switch key {
                case "events": try scanner.array { events.append(try Event(&$0)) }
                case "head": head = try scanner.integer()
                case "next": next = try scanner.integer()
                default: try scanner.skipValue()
                }
            }
            guard let head, let next else { throw JSONScanner.Failure(expected: "head and next", index: 0) }
            return EventsPage(events: events, head: Offset(head), next: Offset(next))
        }
    }

    /// Cancels the run in progress and the messages queued behind it.
    ///
    /// - Returns: false where nothing was in progress.
    /// - Throws: `PlayheadClientError`, for instance `sessionNotFound`.
    @discardableResult
    public func cancel(_ session: SessionID) async throws -> Bool {
        var request = HTTPClientRequest(url: address.route("sessions", session.name, "cancel"))
        request.method = .POST
        let body = try await whole(request)
        return try Self.read(body, "the answer to a cancel") { scanner in
            var cancelled: Bool?
            try scanner.object { scanner, key in
                if key == "cancelled" { cancelled = try scanner.bool() } else { try scanner.skipValue() }
            }
            guard let cancelled else { throw JSONScanner.Failure(expected: "cancelled", index: 0) }
            return cancelled
        }
    }

    /// The server's metrics in Prometheus' text format.
    public func metrics() async throws -> String {
        String(decoding: try await whole(HTTPClientRequest(url: address.route("metrics"))), as: UTF8.self)
    }

    /// One page of the sessions, newest first.
    ///
    /// - Parameter before: the `next` of the page before; nil for the first page.
    public func sessions(before: Int64? = nil, limit: Int? = nil) async throws -> SessionsPage {
        var query: [(name: String, value: String)] = []
        if let before { query.append(("before", String(before))) }
        if let limit { query.append(("limit", String(limit))) }
        let body = try await whole(HTTPClientRequest(url: address.route("sessions") + ServerAddress.query(query)))
        return try Self.read(body, "a page of sessions") { scanner in
            var page = SessionsPage(sessions: [])
            try scanner.object { scanner, key in
                switch key {
                case "sessions": try scanner.array { page.sessions.append(try ListedSession(&$0)) }
                case "next": page.next = try scanner.optionalInteger()
                default: try scanner.skipValue()
                }
            }
            return page
        }
    }

    private static func read<Answer>(
        _ body: [UInt8], _ what: String, _ read: (inout JSONScanner) throws -> Answer
    ) throws -> Answer {
        do {
            var scanner = JSONScanner(body)
            let answer = try read(&scanner)
            try scanner.end()
            return answer
        } catch {
            throw PlayheadClientError.malformed(what, body, error)
        }
    }
}
