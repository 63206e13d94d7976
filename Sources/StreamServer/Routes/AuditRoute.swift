// For auditors.
//
//   GET /audit/checkpoint                               the head of the tree, a signed note (c2sp.org/tlog-checkpoint)
//   GET /audit/key                                      the key it is signed with
//   GET /audit/proof/inclusion?session=…&offset=N&size=S   that the seal that covers offset N is in the tree of S seals
//     {"chain":"…","number":3,"offset":17,"proof":["…"],"session":"demo","size":9}
//   GET /audit/proof/consistency?from=A&to=B            that the tree of A seals is the beginning of that of B
//     {"from":4,"proof":["…"],"to":9}
//   GET /sessions/{session}/verify                      {"status":"verified","first_bad_offset":…,"events":17,…}
//   GET /sessions/{session}/export                      one file that proves itself; recorded with ?who= and ?why=
//   DELETE /sessions/{session}?who=…&why=…              erases it
//   DELETE /sessions/{session}/events/{offset}?…        erases the body of one event

import Audit
import Events
import HTTPTypes
import Hummingbird

/// Answers auditors.
struct AuditRoute: Sendable {
    let desk: AuditDesk
    let chats: any ChatService
    let states: any SessionStates

    func add(to table: inout RouteTable) {
        table.get("/audit/checkpoint") { _, _ in .text(try desk.checkpoint()) }
        table.get("/audit/key") { _, _ in .text(try desk.verifierKey() + "\n") }
        table.get("/audit/proof/inclusion", inclusion)
        table.get("/audit/proof/consistency", consistency)
        table.get("/sessions/{session}/verify", verify)
        table.get("/sessions/{session}/export", export)
        table.delete("/sessions/{session}") { request, context in
            let session = try context.writableSession()
            _ = try await chats.cancel(session)
            return try await erase(session, at: nil, request)
        }
        table.delete("/sessions/{session}/events/{offset}") { request, context in
            guard let offset = Int64(context.path("offset")), offset > 0 else {
                throw StreamServerError(.invalidOffset, "the path has no offset", hint: "count from 1")
            }
            return try await erase(try context.writableSession(), at: Offset(offset), request)
        }
    }

    private func erase(_ session: SessionID, at offset: Offset?, _ request: Request) async throws -> Response {
        try await desk.erase(
            session, at: offset, who: Self.who(request),
            why: request.query("why").map { String($0.prefix(Limits.whoLength)) },
            forget: { try await states.forget($0) })
        let event = offset.map { ",\"offset\":\($0)" } ?? ""
        return .json("{\"session\":\"\(session)\"\(event),\"erased\":true}")
    }

    @Sendable private func export(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.session()
        let export = try await desk.export(session, who: Self.who(request), why: request.query("why"))
        var headers = HTTPFields()
        headers[.contentType] = MediaType.lines
        headers[.contentDisposition] = "attachment; filename=\"\(session).playhead\""
        headers[.xContentTypeOptions] = "nosniff"
        let body = ResponseBody { writer in
            // A part of it would prove nothing: where reading fails, the connection is cut.
            // It encodes every event, which is too much for an event loop.
            try await withTaskExecutorPreference(globalConcurrentExecutor) {
                try await export.write { try await writer.write(ByteBuffer(bytes: $0)) }
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    /// Who asks, as they say: there are no access keys yet.
    static func who(_ request: Request) -> String {
        request.query("who").map { String($0.prefix(Limits.whoLength)) } ?? "http"
    }

    @Sendable private func inclusion(_ request: Request, _ context: ServerContext) async throws -> Response {
        guard let session = request.query("session").flatMap({ SessionID($0) }) else {
            throw StreamServerError(.invalidSession, "session is missing or not possible", hint: SessionID.rule)
        }
        let offset = try request.queryNumber("offset", in: 1...Int.max).map { Offset(Int64($0)) }
        let size = try request.queryNumber("size", in: 1...Int.max)
        return .json(try CanonicalJSON.encode(try await desk.inclusion(of: session, at: offset, size: size)))
    }

    @Sendable private func consistency(_ request: Request, _ context: ServerContext) async throws -> Response {
        let from = try request.queryNumber("from", in: 0...Int.max) ?? 0
        let (size, proof) = try await desk.consistency(
            from: from, to: try request.queryNumber("to", in: 1...Int.max))
        return .json("{\"from\":\(from),\"proof\":\(try CanonicalJSON.encode(proof)),\"to\":\(size)}")
    }

    @Sendable private func verify(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.session()
        return .json(try CanonicalJSON.encode(SessionVerdict(session, try await desk.verify(session))))
    }
}

/// What the page shows of a verification.
private struct SessionVerdict: Encodable {
    var session: String
    /// `verified` or `changed`.
    var status: String
    var firstBadOffset: Int64?
    var events: Int
    var sealed: Int
    var erased: Int
    var findings: [Verification.Finding]

    init(_ session: SessionID, _ result: Verification) {
        self.session = session.name
        status = result.isSound ? "verified" : "changed"
        firstBadOffset = result.findings.compactMap { $0.session == session.name ? $0.offset : nil }.min()
        events = result.events
        sealed = result.sealed
        erased = result.erased
        findings = result.findings
    }
}

extension Response {
    /// An answer of plain text.
    static func text(_ text: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
