// GET /sessions?limit=…&before=…
//
//   {"sessions":[{"session":"demo","opened_at":"2026-11-22T12:04:31.655120Z","head":17,"closed":false,
//    "in_progress":true}],"next":12}
//
// Newest first. `next` is what `before` is for the page after this one; it is left out at the end.
//
// GET /sessions/{session} and GET /sessions/{session}/state?at=N answer the projection.

import EventLog
import Events
import Hummingbird

/// Lists sessions and shows what they amount to.
struct SessionsRoute: Sendable {
    let log: any EventLog
    let states: any SessionStates

    func add(to table: inout RouteTable) {
        table.get("/sessions", list)
        table.get("/sessions/{session}") { _, context in
            .json(try await states.stateJSON(of: try context.session(), at: nil))
        }
        table.get("/sessions/{session}/state") { request, context in
            .json(try await states.stateJSON(of: try context.session(), at: try request.offset("at")))
        }
    }

    @Sendable private func list(_ request: Request, _ context: ServerContext) async throws -> Response {
        let limit = try request.queryNumber("limit", in: 1...Limits.maximumSessionsPerPage) ?? Limits.sessionsPerPage
        let before = try request.queryNumber("before", in: 0...Int.max).map(Int64.init)
        // One more than asked for tells whether there is another page.
        let found = try await log.sessions(before: before, limit: limit + 1)
        // The server's own sessions are read by name.
        let shown = found.prefix(limit).filter { !$0.session.isReserved }.map { summary in
            "{\"session\":\"\(summary.session)\",\"opened_at\":\"\(summary.openedAt)\""
                + ",\"head\":\(summary.status.head),\"closed\":\(summary.status.isClosed)"
                + ",\"in_progress\":\(summary.status.isRunInProgress)"
                + (summary.status.isErased ? ",\"erased\":true}" : "}")
        }
        var body = "{\"sessions\":[" + shown.joined(separator: ",") + "]"
        if found.count > limit, let last = found.prefix(limit).last { body += ",\"next\":\(last.number)" }
        return .json(body + "}")
    }
}
