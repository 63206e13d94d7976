// GET /sessions/{session}/events
//
//   Accept: text/event-stream (or */*)   format=frames|events, follow=run|session|none
//   Accept: application/json             one page {"events":[…],"head":H,"next":N}; `limit` counts matches, `next` is the
//                                        last offset looked at, so the next page is after it
//   Accept: application/x-ndjson         one event a line; follow=none|run|session, default none
//
//   ?replay=1&speed=1|2|0.5|max&max_pause_ms=2000: what is past, with the pauses it was recorded with; recorded as an access
//
//   ?after=N or Last-Event-ID: N or N.b, ?kind=token,node.updated, ?node=…, ?limit=…, ?pace=…
//
// A finished stream in which nothing remains after a Last-Event-ID is answered with 204: that tells an EventSource to
// stop coming back.

import Audit
import EventLog
import Events
import HTTPTypes
import Hummingbird
import Metrics

/// Reads a session's events: as frames, as events, as a page.
struct EventsRoute: Sendable {
    let log: any EventLog
    let texts: MessageTexts
    /// Records replays; nil where nothing is recorded.
    var desk: AuditDesk?

    func add(to table: inout RouteTable) {
        table.get("/sessions/{session}/events", get)
    }

    @Sendable private func get(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.session()
        let position = try request.position() ?? .beginning
        let offered = [MediaType.eventStream, MediaType.json, MediaType.lines]
        guard let type = Accept.choose(request.headers[.accept], from: offered) else {
            throw StreamServerError(
                .notAcceptable, "events are not offered in an accepted form",
                hint: "accept \(offered.joined(separator: ", "))")
        }
        var options = try filters(request)
        switch type {
        case MediaType.json: return try await page(session, after: position, options, request)
        case MediaType.lines:
            options.follow = try request.queryChoice("follow", StreamOptions.Follow.self) ?? .none
            options.format = .events
            try beginReplay(&options, request)
            let stream = EventStream(log, texts, session, after: position, options: options)
            let response = try await StreamResponse(beginning: stream, as: .lines)
            if options.replay != nil { try await recordReplay(of: session, request) }
            return response.response(type, on: context.channel)
        default:
            options.follow = try request.queryChoice("follow", StreamOptions.Follow.self) ?? .run
            options.format = try request.queryChoice("format", StreamOptions.Format.self) ?? .frames
            options.pace = try ChatRoute.pace(request) ?? .off
            try beginReplay(&options, request)
            let stream = EventStream(log, texts, session, after: position, options: options)
            let response = try await StreamResponse(beginning: stream, as: .serverSentEvents)
            let isReconnect = request.headers[.lastEventID].map { !$0.isEmpty } ?? false
            if isReconnect { noteResume(after: position, head: stream.head) }
            if isReconnect, response.isEmpty { return Response(status: .noContent) }
            if options.replay != nil { try await recordReplay(of: session, request) }
            return response.response(type, on: context.channel)
        }
    }

    private func noteResume(after position: StreamPosition, head: Offset) {
        ServerMetrics.resumes.increment()
        ServerMetrics.resumeDistance.record(max(0, head.value - position.readAfter.value))
    }

    /// A replay ends at the head, whatever is in progress.
    private func beginReplay(_ options: inout StreamOptions, _ request: Request) throws {
        guard try request.queryFlag("replay") == true else { return }
        let text = request.query("speed") ?? "1"
        guard let speed = ReplaySchedule.speed(text) else {
            throw StreamServerError(
                .invalidParameter, "speed=\(text.prefix(64)) is not possible", hint: "speed is max or a number above 0")
        }
        let pause = try request.queryNumber("max_pause_ms", in: 0...Limits.maximumReplayPauseMs) ?? Limits.replayPauseMs
        options.replay = ReplaySchedule(speed: speed, longestPause: .milliseconds(pause))
        options.follow = .none
    }

    /// Records a replay that is not refused, before anybody is given it.
    private func recordReplay(of session: SessionID, _ request: Request) async throws {
        try await desk?.recordReplay(of: session, who: AuditRoute.who(request), why: request.query("why"))
    }

    private func filters(_ request: Request) throws -> StreamOptions {
        var options = StreamOptions()
        let kinds = request.queryList("kind")
        if !kinds.isEmpty {
            options.kinds = Set(
                try kinds.map { name in
                    guard let kind = EventKind(name: name) else {
                        throw StreamServerError(
                            .invalidParameter, "kind=\(name.prefix(64)) is no kind of event",
                            hint: "the kinds are \(EventKind.names.dropFirst().joined(separator: ", "))")
                    }
                    return kind
                })
        }
        let nodes = request.queryList("node")
        if !nodes.isEmpty { options.nodes = Set(nodes) }
        options.limit = try request.queryNumber("limit", in: 1...Int(Int32.max))
        return options
    }

    private func page(
        _ session: SessionID, after position: StreamPosition, _ options: StreamOptions, _ request: Request
    ) async throws -> Response {
        var options = options
        options.format = .events
        options.follow = .none
        options.limit =
            try request.queryNumber("limit", in: 1...Limits.maximumEventsPerPage) ?? Limits.eventsPerPage
        let stream = EventStream(log, texts, session, after: position, options: options)
        var events = MessageBytes(.list)
        // Whatever was asked for: an offset that is too large is for the log to refuse.
        let first = stream.cursor.value
        while try await !stream.fill(&events).isFinished {
            let scanned = stream.cursor.value - first
            if events.bytes.count >= Limits.bytesPerPage || scanned >= Limits.eventsScannedPerPage { break }
        }
        let body =
            Array("{\"events\":[".utf8) + events.take()
            + Array("],\"head\":\(stream.head),\"next\":\(stream.cursor)}".utf8)
        return .json(bytes: body)
    }
}
