import Events
import Foundation
import Testing

@testable import PlayheadClient

struct ChatTests {
    private static let session = StreamTests.session
    private static let head = ScriptedServer.streamHead

    @Test("A chat posts its contents and gives the frames of its run to the end")
    func chat() async throws {
        let server = try ScriptedServer([
            Self.head, .chunk(Self.frame(2, "user_message")), .chunk(Self.run(3, "started")),
            .chunk(Self.piece(9, "你")), .chunk(Self.piece(10, "好")), .chunk(Self.run(11, "completed")), .end,
        ])
        defer { server.stop() }
        let client = try StreamTests.client(server)
        let contents: [ChatContent] = [
            .text("风险\"大\"吗？"), .file(name: "a.csv", Array("x,y".utf8), mediaType: "text/csv"),
            .image([1, 2, 3], mediaType: "image/png"),
        ]
        var text = ""
        for try await frame in try client.chat("小美", Self.session, contents, whenBusy: .enqueue, pace: "off") {
            text += frame.metadata.streaming ? frame.text ?? "" : ""
        }
        #expect(text == "你好")
        let request = try #require(server.requests.first)
        #expect(request.method == "POST")
        #expect(request.target == "/chatbots/%E5%B0%8F%E7%BE%8E/chat/demo?pace=off&when_busy=enqueue")
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers["idempotency-key"]?.isEmpty == false)
        let body = try JSONValue.parse(request.body)
        #expect(
            body
                == .object([
                    "contents": .array([
                        .object(["content_type": .string("text"), "content": .string("风险\"大\"吗？")]),
                        .object([
                            "content_type": .string("file"), "name": .string("a.csv"),
                            "content": .string("data:text/csv;base64,eCx5"),
                        ]),
                        .object([
                            "content_type": .string("image"), "content": .string("AQID"),
                            "media_type": .string("image/png"),
                        ]),
                    ])
                ]))
    }

    @Test("A post cut before its first frame is repeated under the same key; after it the stream is resumed")
    func cut() async throws {
        let server = try ScriptedServer(
            [Self.head], [Self.head, .chunk(Self.run(3, "started") + Self.piece(9, "a"))],
            [Self.head, .chunk(Self.piece(10, "b") + Self.run(11, "completed")), .end])
        defer { server.stop() }
        let client = try StreamTests.client(server)
        var ids: [String] = []
        for try await frame in try client.chat("x", Self.session, [.text("?")]) { ids.append("\(frame.id)") }
        #expect(ids == ["3", "9", "10", "11"])
        let requests = server.requests
        #expect(requests.map(\.method) == ["POST", "POST", "GET"])
        #expect(requests[0].headers["idempotency-key"] == requests[1].headers["idempotency-key"])
        #expect(requests[2].target == "/sessions/demo/events?follow=run")
        #expect(requests[2].headers["last-event-id"] == "9" && requests[2].headers["idempotency-key"] == nil)
    }

    @Test("After a resume the frames of other messages and their runs are left out, and the run's end is the end")
    func othersFrames() async throws {
        let server = try ScriptedServer(
            [Self.head, .chunk(Self.frame(9, "user_message"))],
            [
                Self.head,
                .chunk(
                    Self.piece(10, "earlier", run: 3) + Self.run(11, "completed") + Self.frame(12, "user_message")
                        + Self.run(13, "started", run: 13, answers: 9) + Self.piece(14, "a", run: 13)
                        + Self.frame(15, "error", id: "15.1", run: 13, answers: 9)
                        + Self.run(15, "failed", run: 13, answers: 9) + Self.run(16, "started", run: 16, answers: 12)),
                .awaitClose,
            ])
        defer { server.stop() }
        let client = try StreamTests.client(server)
        var ids: [String] = []
        for try await frame in try client.chat("x", Self.session, [.text("?")]) { ids.append("\(frame.id)") }
        #expect(ids == ["9", "13", "14", "15.1", "15"])
    }

    @Test("A message that answers a run's question gives the rest of that run")
    func reply() async throws {
        let server = try ScriptedServer([
            Self.head,
            .chunk(
                Self.frame(7, "user_message", run: 3) + Self.run(8, "resumed") + Self.piece(9, "a")
                    + Self.run(10, "started", run: 10, answers: 6) + Self.run(11, "completed")), .awaitClose,
        ])
        defer { server.stop() }
        var ids: [String] = []
        for try await frame in try StreamTests.client(server).chat("x", Self.session, [.text("yes")]) {
            ids.append("\(frame.id)")
        }
        #expect(ids == ["7", "8", "9", "11"])
    }

    @Test("A message that is as long as an answer may be is read")
    func long() async throws {
        // Each character is escaped.
        let text = String(repeating: "\\u0001", count: 1 << 20)
        let server = try ScriptedServer([Self.head, .chunk(Self.piece(9, text) + Self.run(11, "completed")), .end])
        defer { server.stop() }
        var frames = try StreamTests.client(server).frames(Self.session).makeAsyncIterator()
        #expect(try await frames.next()?.text?.utf8.count == 1 << 20)
    }

    @Test("A queued message that is cancelled before its run ends the chat")
    func cancelledInQueue() async throws {
        let server = try ScriptedServer([
            Self.head, .chunk(Self.frame(9, "user_message") + Self.run(12, "cancelled", run: nil, answers: 9)),
            .awaitClose,
        ])
        defer { server.stop() }
        var ids: [String] = []
        for try await frame in try StreamTests.client(server).chat("x", Self.session, [.text("?")]) {
            ids.append("\(frame.id)")
        }
        #expect(ids == ["9", "12"])
    }

    @Test("A paced frame's id is the place to resume, and may not go back")
    func paced() async throws {
        let server = try ScriptedServer(
            [Self.head, .chunk(Self.piece(9, "a", id: "9.1"))],
            [Self.head, .chunk(Self.piece(9, "b", id: "9.2") + Self.piece(9, "c") + Self.piece(9, "d", id: "9.3"))])
        defer { server.stop() }
        var frames = try StreamTests.client(server).frames(Self.session).makeAsyncIterator()
        for id in ["9.1", "9.2", "9"] { #expect(try await frames.next()?.id == FrameID(id)) }
        let error = await #expect(throws: PlayheadClientError.self) { try await frames.next() }
        #expect(error?.code == .brokenOrder)
        #expect(server.requests[1].headers["last-event-id"] == "9.1")
    }

    @Test("A page of events keeps every body as the log holds it")
    func page() async throws {
        let bodies = [#"{"a":1.0,"b":1e400,"c":123456789012345678901234567890,"d":"\u00e9"}"#, "null"]
        let events = bodies.enumerated().map { index, body in
            #"{"session":"demo","offset":\#(index + 1),"position":5,"at":"2026-11-22T12:04:31.655120Z","#
                + #""kind":"custom","v":1,"body":\#(body)}"#
        }
        let server = try ScriptedServer(
            ScriptedServer.json(200, #"{"events":[\#(events.joined(separator: ","))],"head":9,"next":2}"#),
            ScriptedServer.json(200, #"{"events":[{}],"head":9,"next":2}"#))
        defer { server.stop() }
        let client = try StreamTests.client(server)
        let page = try await client.page(Self.session, after: Offset(0), limit: 2)
        #expect(page.events.map(\.body) == [bodies[0], nil] && page.head == Offset(9) && page.next == Offset(2))
        #expect(server.requests[0].target == "/sessions/demo/events?after=0&limit=2")
        #expect(server.requests[0].headers["accept"] == "application/json")
        let error = await #expect(throws: PlayheadClientError.self) { try await client.page(Self.session) }
        #expect(error?.code == .malformed)
    }

    @Test("Sessions come in pages, newest first")
    func sessions() async throws {
        let body =
            #"{"sessions":[{"session":"demo","opened_at":"2026-11-22T12:04:31.655120Z","head":17,"closed":false,"#
            + #""in_progress":true}],"next":12}"#
        let server = try ScriptedServer(
            ScriptedServer.json(200, body), ScriptedServer.json(200, #"{"sessions":[]}"#))
        defer { server.stop() }
        let client = try StreamTests.client(server)
        let page = try await client.sessions(limit: 1)
        let listed = try #require(page.sessions.first)
        #expect(listed.session == Self.session && listed.head == Offset(17) && !listed.isClosed && listed.isInProgress)
        #expect(listed.openedAt.description == "2026-11-22T12:04:31.655120Z" && page.next == 12)
        let last = try await client.sessions(before: page.next)
        #expect(last.sessions.isEmpty && last.next == nil)
        #expect(server.requests.map(\.target) == ["/sessions?limit=1", "/sessions?before=12"])
    }

    @Test("A cancel is a post, and its refusal is an error")
    func cancel() async throws {
        let server = try ScriptedServer(
            ScriptedServer.json(200, #"{"session":"demo","cancelled":true}"#),
            ScriptedServer.json(404, #"{"error":{"code":"session_not_found","message":"no"}}"#))
        defer { server.stop() }
        let client = try StreamTests.client(server)
        #expect(try await client.cancel(Self.session))
        let error = await #expect(throws: PlayheadClientError.self) { try await client.cancel(Self.session) }
        #expect(error?.code == .sessionNotFound)
        #expect(
            server.requests.map { "\($0.method) \($0.target)" }
                == Array(repeating: "POST /sessions/demo/cancel", count: 2))
    }

    private static func frame(
        _ offset: Int, _ type: String, id: String? = nil, run: Int? = nil, answers: Int? = nil, status: String? = nil
    ) -> String {
        let more =
            (run.map { ",\"run\":\($0)" } ?? "") + (answers.map { ",\"message\":\($0)" } ?? "")
            + (status.map { ",\"status\":\"\($0)\"" } ?? "")
        return "id: \(id ?? "\(offset)")\ndata: {\"type\":\"\(type)\",\"content\":{},\"message_type\":\"system\","
            + "\"metadata\":{\"role\":\"system\",\"display\":true,\"streaming\":false,\"final_response\":false\(more)}}\n\n"
    }

    private static func run(_ offset: Int, _ status: String, run: Int? = 3, answers: Int = 2) -> String {
        frame(offset, "run", run: run, answers: answers, status: status)
    }

    private static func piece(_ offset: Int, _ text: String, run: Int = 3, id: String? = nil) -> String {
        "id: \(id ?? "\(offset)")\ndata: {\"type\":\"ai_message\",\"content\":\"\(text)\",\"message_type\":\"assistant\","
            + "\"metadata\":{\"role\":\"assistant\",\"display\":true,\"streaming\":true,\"final_response\":false,"
            + "\"node_name\":\"advisor\",\"run\":\(run),\"message\":8}}\n\n"
    }
}
