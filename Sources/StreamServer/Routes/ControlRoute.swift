// POST /sessions/{session}/cancel   {"session":"demo","cancelled":true}; false where nothing was in progress
// POST /sessions/{session}/close    {"session":"demo","closed":true,"head":18}; the same again for a closed session
//
// Closing a session with an unfinished run, a paused one included, is refused: cancel it first, so that the partial answer
// is kept and marked.

import EventLog
import Events
import Hummingbird
import Workflow

/// Stops runs and ends sessions.
struct ControlRoute: Sendable {
    let log: any EventLog
    let chats: any ChatService

    func add(to table: inout RouteTable) {
        table.post("/sessions/{session}/cancel") { _, context in
            let session = try context.writableSession()
            _ = try await status(session)
            return .json("{\"session\":\"\(session)\",\"cancelled\":\(try await chats.cancel(session))}")
        }
        table.post("/sessions/{session}/close") { _, context in
            let session = try context.writableSession()
            return .json("{\"session\":\"\(session)\",\"closed\":true,\"head\":\(try await close(session))}")
        }
    }

    private func status(_ session: SessionID) async throws -> SessionStatus {
        guard let status = try await log.status(of: session) else {
            throw EventLogError(
                .sessionNotFound, "there is no session named \(session)", hint: "GET /sessions lists them")
        }
        return status
    }

    /// The expected head makes sure that no run began in between.
    private func close(_ session: SessionID) async throws -> Offset {
        for _ in 0..<Limits.closeAttempts {
            let status = try await status(session)
            if status.isClosed { return status.head }
            guard status.openRuns.isEmpty else {
                throw WorkflowError(
                    .runInProgress, "session \(session) has a run that is not finished",
                    hint: "wait for its end, answer its question, or cancel it first")
            }
            let closing = NewEvent(kind: .sessionClosed, cause: .none, body: "{}")
            do {
                return try await log.append([closing], to: session, expecting: status.head).last
            } catch let error as EventLogError where error.code == .headConflict || error.code == .sessionClosed {
                continue
            }
        }
        throw StreamServerError(.sessionBusy, "session \(session) keeps changing", hint: "try again when it is quiet")
    }
}
