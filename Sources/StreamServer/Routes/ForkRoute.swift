// POST /sessions/{session}/fork?at=N
//
//   body, optional: {"session":"what-if"}, the name of the new session; one is made up where none is given
//   Idempotency-Key: a repeated request gives the fork that the first one made
//
// Answer: 201 {"session":"what-if","origin":"demo","offset":17,"head":18}, or 200 where the fork was made before. Up to
// `offset` both sessions have the same events at the same offsets; `head` is where the next message of a new fork goes,
// and what its stream comes after.

import EventLog
import Events
import Foundation
import HTTPTypes
import Hummingbird
import Workflow

/// Copies a session up to an offset into a new one.
struct ForkRoute: Sendable {
    let chats: any ChatService
    let log: any EventLog

    func add(to table: inout RouteTable) {
        table.post("/sessions/{session}/fork", post)
    }

    @Sendable private func post(_ request: Request, _ context: ServerContext) async throws -> Response {
        let origin = try context.writableSession()
        let offset = try request.offset("at")
        let key = try request.idempotencyKey()
        let name = try Self.name(try await RequestBytes.collect(request))
        let fork = try await chats.fork(origin, at: offset, to: name, idempotencyKey: key)
        let head = try await log.status(of: fork.session)?.head ?? fork.origin.offset
        let body =
            "{\"session\":\"\(fork.session)\",\"origin\":\"\(fork.origin.session)\""
            + ",\"offset\":\(fork.origin.offset),\"head\":\(head)}"
        var response = Response.json(body, status: fork.isRepeated ? .ok : .created)
        response.headers[.location] = "/sessions/\(fork.session)"
        return response
    }

    private static func name(_ body: [UInt8]) throws -> SessionID? {
        guard !body.isEmpty else { return nil }
        let value: JSONValue
        do {
            value = try JSONDecoder().decode(JSONValue.self, from: Data(body))
        } catch {
            throw StreamServerError(
                .malformedJSON, "the body is not JSON", hint: "send {\"session\":\"a new name\"}, or no body",
                underlying: error)
        }
        guard case .object = value else {
            throw StreamServerError(
                .invalidBody, "the body is no object", hint: "send {\"session\":\"a new name\"}, or no body")
        }
        guard let name = value["session"] else { return nil }
        guard let session = name.string.flatMap({ SessionID($0) }), !session.isReserved else {
            throw StreamServerError(.invalidSession, "the new session's name is not possible", hint: SessionID.rule)
        }
        return session
    }
}
