// GET /health/live    200 {"status":"live"} as long as the process answers
// GET /health/ready   200 {"status":"ready","problems":{},"runs":{"active":3,"waiting":0}}
//                     503 {"status":"not_ready","problems":{"log":"…"},"runs":{…}}

import EventLog
import Events
import Hummingbird

/// Tells whether the server is alive and whether it can do its work.
struct HealthRoute: Sendable {
    let log: any EventLog
    let chats: any ChatService
    let problems: @Sendable () async -> [String: String]

    func add(to table: inout RouteTable) {
        table.get("/health/live") { _, _ in .json("{\"status\":\"live\"}") }
        table.get("/health/ready") { _, _ in
            var found = await problems()
            do {
                _ = try await log.sessions(before: nil, limit: 1)
            } catch {
                found["log"] = StreamServerError(answering: error).message
            }
            let list = try CanonicalJSON.encode(found)
            let runs = "{\"active\":\(chats.activeRuns),\"waiting\":\(chats.waitingRuns)}"
            let status = found.isEmpty ? "ready" : "not_ready"
            return .json(
                "{\"status\":\"\(status)\",\"problems\":\(list),\"runs\":\(runs)}",
                status: found.isEmpty ? .ok : .serviceUnavailable)
        }
    }
}
