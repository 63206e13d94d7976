import EventLog
import Events
import Foundation
@testable import StreamServer
import Testing
import TestSupport

/// A request that is refused, and how.
struct BadRequest: Sendable, CustomTestStringConvertible {
    var name: String
    var method = "POST"
    var path = "/chatbots/xiaomei/chat/new"
    var headers = ["Content-Type": "application/json"]
    var body: String? = message()
    var status: Int
    var code: String

    var testDescription: String { name }

    static func contents(_ name: String, _ part: String, _ code: String, status: Int = 400) -> BadRequest {
        BadRequest(name: name, body: "{\"contents\":[\(part)]}", status: status, code: code)
    }

    static func form(_ name: String, _ body: String, _ code: String) -> BadRequest {
        BadRequest(
            name: name, headers: ["Content-Type": "multipart/form-data; boundary=x"], body: body, status: 400,
            code: code)
    }

    static func get(
        _ name: String, _ path: String, _ code: String, status: Int = 400, _ headers: [String: String] = [:]
    ) -> BadRequest {
        BadRequest(name: name, method: "GET", path: path, headers: headers, body: nil, status: status, code: code)
    }

    static func append(
        _ name: String, _ body: String, _ code: String, status: Int = 400, _ headers: [String: String] = [:]
    )
        -> BadRequest
    {
        BadRequest(
            name: name, path: "/sessions/new/events",
            headers: ["Content-Type": "application/json"].merging(headers) { $1 },
            body: body, status: status, code: code)
    }
}

@Suite struct BadInputTests {
    private static let part = #"{"content_type":"text","content":"x"}"#

    static let chats: [BadRequest] = [
        .contents("An empty content_type", #"{"content_type":"","content":"x"}"#, "invalid_content_type"),
        .contents("An unknown content_type", #"{"content_type":"video","content":"x"}"#, "invalid_content_type"),
        .contents("No content_type", #"{"content":"x"}"#, "invalid_content_type"),
        .contents("A content_type that is no string", #"{"content_type":1,"content":"x"}"#, "invalid_content_type"),
        .contents("A part that is no object", "1", "invalid_content_type"),
        .contents("A part without content", #"{"content_type":"text"}"#, "invalid_content"),
        .contents("A text without text", #"{"content_type":"text","content":" \n"}"#, "invalid_content"),
        .contents("An empty file", #"{"content_type":"file","content":""}"#, "invalid_content"),
        .contents("An image that is no base64", #"{"content_type":"image","content":"!"}"#, "invalid_content"),
        .contents("An image that is none", #"{"content_type":"image","content":"aGVsbG8gd29ybGQ="}"#, "invalid_image"),
        .contents(
            "A data URL that is no image", #"{"content_type":"image","content":"data:image/png;base64,aGVsbG8="}"#,
            "invalid_image"),
        .contents(
            "A data URL without a comma", #"{"content_type":"file","content":"data:text/csv"}"#, "invalid_content"),
        .contents(
            "A file's name with a line end", #"{"content_type":"file","name":"a\nb","content":"x"}"#, "invalid_content"),
        .contents(
            "A valid part before a bad one", part + "," + #"{"content_type":"image","content":"eA=="}"#, "invalid_image"
        ),
        .contents("No parts", "", "empty_message"),
        .contents(
            "Too many parts", Array(repeating: part, count: 65).joined(separator: ","), "message_too_large", status: 413
        ),
        .contents(
            "Too much text", "{\"content_type\":\"text\",\"content\":\"\(String(repeating: "x", count: 600_000))\"}",
            "message_too_large", status: 413),
        .contents(
            "What the workflow cannot work with", #"{"content_type":"text","content":"refuse me"}"#, "missing_column",
            status: 422),
        BadRequest(name: "Malformed JSON", body: #"{"contents":["#, status: 400, code: "malformed_json"),
        BadRequest(name: "An empty body", body: "", status: 400, code: "malformed_json"),
        BadRequest(name: "Contents that are no list", body: #"{"contents":"x"}"#, status: 400, code: "invalid_body"),
        BadRequest(name: "No contents", body: "{}", status: 400, code: "invalid_body"),
        BadRequest(
            name: "A body over 16 MB", body: String(repeating: " ", count: 16 << 20) + "{}", status: 413,
            code: "body_too_large"),
        BadRequest(
            name: "A body of another type", headers: ["Content-Type": "text/plain"], status: 415,
            code: "unsupported_media_type"),
        BadRequest(
            name: "A session name with a space", path: "/chatbots/xiaomei/chat/a%20b", status: 400,
            code: "invalid_session"),
        BadRequest(
            name: "A session name that begins with a dot", path: "/chatbots/xiaomei/chat/.hidden", status: 400,
            code: "invalid_session"),
        BadRequest(
            name: "A session name with a slash", path: "/chatbots/xiaomei/chat/..%2Fetc", status: 400,
            code: "invalid_session"),
        BadRequest(
            name: "A session name that is too long",
            path: "/chatbots/xiaomei/chat/" + String(repeating: "a", count: 129), status: 400, code: "invalid_session"),
        BadRequest(
            name: "A session of the server's own", path: "/chatbots/xiaomei/chat/playhead.audit", status: 400,
            code: "invalid_session"),
        BadRequest(name: "An unknown chatbot", path: "/chatbots/nobody/chat/new", status: 404, code: "unknown_chatbot"),
        BadRequest(
            name: "An unknown when_busy", path: "/chatbots/xiaomei/chat/new?when_busy=panic", status: 400,
            code: "invalid_parameter"),
        BadRequest(
            name: "An unknown pace", path: "/chatbots/xiaomei/chat/new?pace=fast", status: 400,
            code: "invalid_parameter"),
        BadRequest(
            name: "A pace that nobody can sleep for", path: "/chatbots/xiaomei/chat/new?pace=1e-30", status: 400,
            code: "invalid_parameter"),
        BadRequest(
            name: "A stream that is neither true nor false", path: "/chatbots/xiaomei/chat/new?stream=maybe",
            status: 400, code: "invalid_parameter"),
        BadRequest(
            name: "An empty Idempotency-Key", headers: ["Content-Type": "application/json", "Idempotency-Key": ""],
            status: 400, code: "invalid_parameter"),
        .form("A form without parts", "--x--\r\n", "empty_message"),
        .form(
            "A form that ends too early", "--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhello",
            "malformed_multipart"),
        .form(
            "A form with an unknown field",
            "--x\r\nContent-Disposition: form-data; name=\"video\"\r\n\r\nx\r\n--x--\r\n", "invalid_content_type"),
        .form(
            "A form's image that is none",
            "--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\nx\r\n--x--\r\n",
            "invalid_image"),
        .form(
            "A form's part without a name", "--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n",
            "malformed_multipart"),
        BadRequest(
            name: "A form without a boundary", headers: ["Content-Type": "multipart/form-data"], status: 400,
            code: "malformed_multipart"),
    ]

    static let reads: [BadRequest] = [
        .get("after beyond the head", "/sessions/old/events?after=19", "offset_beyond_head", status: 409),
        .get(
            "Last-Event-ID beyond the head", "/sessions/old/events", "offset_beyond_head", status: 409,
            ["Last-Event-ID": "99"]),
        .get(
            "A page beyond the head", "/sessions/old/events?after=99", "offset_beyond_head", status: 409,
            ["Accept": "application/json"]),
        .get(
            "A page of no session after the largest offset", "/sessions/nobody/events?after=9223372036854775807",
            "session_not_found", status: 404, ["Accept": "application/json"]),
        .get(
            "A page after the largest offset", "/sessions/old/events", "offset_beyond_head", status: 409,
            ["Accept": "application/json", "Last-Event-ID": "9223372036854775807"]),
        .get("after negative", "/sessions/old/events?after=-1", "invalid_offset"),
        .get("after garbled", "/sessions/old/events?after=1x", "invalid_offset"),
        .get("after empty", "/sessions/old/events?after=", "invalid_offset"),
        .get("after with an empty part", "/sessions/old/events?after=8.", "invalid_offset"),
        .get("after with a part of 0", "/sessions/old/events?after=8.0", "invalid_offset"),
        .get("after with a part of an event without parts", "/sessions/old/events?after=3.1", "invalid_offset"),
        .get("after too large for a number", "/sessions/old/events?after=99999999999999999999", "invalid_offset"),
        .get("Last-Event-ID garbled", "/sessions/old/events", "invalid_offset", ["Last-Event-ID": "abc"]),
        .get("No such session", "/sessions/nobody/events", "session_not_found", status: 404),
        .get(
            "No such session's lines", "/sessions/nobody/events", "session_not_found", status: 404,
            ["Accept": "application/x-ndjson"]),
        .get("A session name outside the pattern", "/sessions/%E5%B0%8F/events", "invalid_session"),
        .get("An unknown kind", "/sessions/old/events?kind=tokens", "invalid_parameter"),
        .get("An unknown follow", "/sessions/old/events?follow=me", "invalid_parameter"),
        .get("An unknown format", "/sessions/old/events?format=xml", "invalid_parameter"),
        .get("A limit of 0", "/sessions/old/events?limit=0", "invalid_parameter"),
        .get(
            "A limit that is too large for a page", "/sessions/old/events?limit=5001", "invalid_parameter",
            ["Accept": "application/json"]),
        .get(
            "A form that is not offered", "/sessions/old/events", "not_acceptable", status: 406, ["Accept": "image/png"]
        ),
        .get("A state beyond the head", "/sessions/old/state?at=99", "offset_beyond_head", status: 409),
        .get("A state at a garbled offset", "/sessions/old/state?at=-2", "invalid_offset"),
        .get("A list with a garbled limit", "/sessions?limit=many", "invalid_parameter"),
        .get("An unknown route", "/nowhere", "route_not_found", status: 404),
        .get("A method that a route does not have", "/sessions/old/cancel", "method_not_allowed", status: 405),
        BadRequest(
            name: "Another such method", method: "DELETE", path: "/chatbots", headers: [:], body: nil, status: 405,
            code: "method_not_allowed"),
        BadRequest(
            name: "Cancel without a session", path: "/sessions/nobody/cancel", headers: [:], body: nil, status: 404,
            code: "session_not_found"),
        BadRequest(
            name: "Close without a session", path: "/sessions/nobody/close", headers: [:], body: nil, status: 404,
            code: "session_not_found"),
        .get("A foreign Host", "/health/live", "host_not_allowed", status: 403, ["Host": "evil.example:8080"]),
        .get("A foreign Origin", "/sessions", "origin_not_allowed", status: 403, ["Origin": "https://evil.example"]),
    ]

    static let appends: [BadRequest] = [
        .append("An append that is no JSON", "{", "malformed_json"),
        .append("An append of no events", #"{"events":[]}"#, "invalid_append"),
        .append("An event without a kind", #"{"body":{}}"#, "invalid_body"),
        .append("An event of an unknown kind", #"{"kind":"tokens"}"#, "kind_not_allowed"),
        .append("An event that only the server makes", #"{"kind":"run.completed","body":{}}"#, "kind_not_allowed"),
        .append("A token without a text", #"{"kind":"token","cause":1,"body":{}}"#, "invalid_body"),
        .append("A token of no message", #"{"kind":"token","body":{"text":"x"}}"#, "invalid_cause"),
        .append(
            "A token of another token",
            #"{"events":[{"kind":"message.started","body":{"role":"assistant","streaming":true}},{"kind":"token","cause":{"index":0},"body":{"text":"x"}},{"kind":"token","cause":{"index":1},"body":{"text":"x"}}]}"#,
            "invalid_cause"),
        .append(
            "A speed that nobody writes at",
            #"{"kind":"message.started","body":{"role":"assistant","streaming":true,"stream_chars_per_second":-1e300}}"#,
            "invalid_body"),
        .append("A cause that is no offset", #"{"kind":"custom","cause":"1","body":{}}"#, "invalid_cause"),
        .append("A cause that comes later", #"{"kind":"custom","cause":{"index":0},"body":{}}"#, "invalid_cause"),
        .append("A cause beyond the head", #"{"kind":"custom","cause":9,"body":{}}"#, "invalid_append"),
        .append("A body that is no object", #"{"kind":"custom","body":1}"#, "invalid_body"),
        .append(
            "A body that lacks a member", #"{"kind":"message.started","body":{"role":"assistant"}}"#, "invalid_body"),
        .append(
            "An expected head that is wrong", #"{"kind":"custom","body":{}}"#, "head_conflict", status: 409,
            ["Expected-Head": "3"]),
        .append(
            "An expected head that is no number", #"{"kind":"custom","body":{}}"#, "invalid_parameter",
            ["Expected-Head": "-1"]),
        .append(
            "A producer without an epoch", #"{"kind":"custom","body":{}}"#, "invalid_parameter", ["Producer-Id": "p"]),
        .append(
            "A producer that begins late", #"{"kind":"custom","body":{}}"#, "sequence_gap", status: 409,
            ["Producer-Id": "p", "Producer-Epoch": "0", "Producer-Sequence": "4"]),
        .append(
            "Events of another type", #"{"kind":"custom","body":{}}"#, "unsupported_media_type", status: 415,
            ["Content-Type": "text/csv"]),
    ]

    /// Sends the requests to one server: each is refused as it should be, with a message and a hint, and records nothing.
    private func check(_ requests: [BadRequest]) async throws {
        try await TestServer.run { server in
            #expect(try await server.post("/chatbots/xiaomei/chat/old", message()).status == 200)
            for bad in requests {
                let answer = try await server.request(
                    bad.method, bad.path, bad.headers, body: bad.body.map { Array($0.utf8) })
                #expect(answer.status == bad.status, "\(bad.name): \(answer.text)")
                let error = try JSONValue.parse(answer.text)["error"]
                #expect(error?["code"]?.string == bad.code, "\(bad.name)")
                #expect(error?["message"]?.string?.isEmpty == false, "\(bad.name)")
                #expect(error?["hint"]?.string?.isEmpty == false, "\(bad.name)")
                #expect(answer.headers["content-type"] == "application/json")
                #expect(answer.headers["cache-control"] == "no-store")
                if bad.code == "offset_beyond_head" { #expect(error?["head"]?.integer == 18, "\(bad.name)") }
            }
            #expect(try await server.log.sessions(before: nil, limit: 10).map(\.session.name) == ["old"])
            #expect(try await server.log.status(of: .test("old"))?.head == Offset(18))
            let attachments = try FileManager.default.contentsOfDirectory(atPath: server.data.path + "/attachments")
            #expect(attachments.isEmpty)
        }
    }

    @Test("A bad message has the right status, a code, a message and a hint, and leaves nothing behind")
    func badMessages() async throws { try await check(Self.chats) }

    @Test("A bad read has the right status, a code, a message and a hint")
    func badReads() async throws { try await check(Self.reads) }

    @Test("A bad append has the right status, a code, a message and a hint, and leaves nothing behind")
    func badAppends() async throws { try await check(Self.appends) }

    @Test("A second message while a run is in progress is refused, and stores nothing of what it carries")
    func runInProgress() async throws {
        let gate = Gate()
        try await TestServer.run(script: { try await Script.answer($0, $1, $2, gate: { await gate.wait() }) }) {
            server in
            let first = try await server.post("/chatbots/xiaomei/chat/demo", message(), ["Prefer": "respond-async"])
            #expect(first.status == 202)
            let second = try await server.post(
                "/chatbots/xiaomei/chat/demo", #"{"contents":[{"content_type":"file","name":"a","content":"b"}]}"#)
            #expect(second.status == 409)
            #expect(try JSONValue.parse(second.text)["error"]?["code"] == .string("run_in_progress"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: server.data.path + "/attachments").isEmpty)
            let close = try await server.request("POST", "/sessions/demo/close")
            #expect(close.status == 409)
            gate.open()
        }
    }

    @Test("A method that is not there names those that are")
    func allow() async throws {
        try await TestServer.run { server in
            let answer = try await server.request("DELETE", "/sessions/demo/events")
            #expect(answer.status == 405)
            #expect(answer.headers["allow"] == "GET, HEAD, POST")
        }
    }
}
