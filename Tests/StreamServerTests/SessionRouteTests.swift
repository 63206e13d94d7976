import EventLog
import Events
@testable import StreamServer
import Testing
import TestSupport

@Suite struct SessionRouteTests {
    @Test("Sessions are listed newest first, page by page")
    func list() async throws {
        let log = MemoryEventLog()
        for index in 0..<5 { try await log.append([.custom("x")], to: .test("s\(index)")) }
        try await TestServer.run(log: log) { server in
            var names: [String] = []
            var path: String? = "/sessions?limit=2"
            while let next = path {
                let page = try JSONValue.parse(try await server.get(next).text)
                guard case .array(let sessions)? = page["sessions"] else { return }
                names += sessions.compactMap { $0["session"]?.string }
                #expect(sessions.allSatisfy { $0["head"] == .integer(1) && $0["closed"] == .bool(false) })
                path = page["next"]?.integer.map { "/sessions?limit=2&before=\($0)" }
            }
            #expect(names == ["s4", "s3", "s2", "s1", "s0"])
        }
    }

    @Test("The projection is asked for at the head or at an offset")
    func states() async throws {
        let log = MemoryEventLog()
        try await log.append([.custom("x"), .custom("y")], to: .test("demo"))
        try await TestServer.run(log: log) { server in
            for (path, expected) in [("demo", 2), ("demo/state", 2), ("demo/state?at=1", 1)] {
                let answer = try await server.get("/sessions/\(path)")
                #expect(answer.text == "{\"session\":\"demo\",\"head\":\(expected)}")
            }
        }
    }

    @Test("Cancel keeps the partial answer and can be repeated; close can be repeated too")
    func cancelAndClose() async throws {
        let gate = Gate()
        try await TestServer.run(script: { try await Script.answer($0, $1, $2, gate: { await gate.wait() }) }) {
            server in
            let chat = try server.open(
                "POST", "/chatbots/xiaomei/chat/demo", ["Content-Type": "application/json"], body: message())
            var answer = RawAnswer()
            try await chat.read(&answer) { $0.text.contains("，") }
            let first = try await server.request("POST", "/sessions/demo/cancel")
            #expect(first.text == #"{"session":"demo","cancelled":true}"#)
            let second = try await server.request("POST", "/sessions/demo/cancel")
            #expect(second.text == #"{"session":"demo","cancelled":false}"#)
            try await chat.read(&answer)
            #expect(answer.isComplete)
            #expect(try Frame.all(answer.body).last?.summary == "run/cancelled")
            let closed = try await server.request("POST", "/sessions/demo/close")
            #expect(closed.status == 200)
            #expect(try await server.request("POST", "/sessions/demo/close").text == closed.text)
            let late = try await server.post("/sessions/demo/events", #"{"kind":"custom","body":{}}"#)
            #expect(late.status == 409)
            #expect(try JSONValue.parse(late.text)["error"]?["code"] == .string("session_closed"))
        }
    }

    @Test("A session is forked at an offset into a session that is named or not; what cannot be is refused")
    func fork() async throws {
        let log = MemoryEventLog()
        try await log.append([.custom("x"), .custom("y")], to: .test("demo"))
        try await TestServer.run(log: log) { server in
            let named = try await server.post("/sessions/demo/fork?at=1", #"{"session":"what-if"}"#)
            #expect(named.status == 201)
            #expect(named.text == #"{"session":"what-if","origin":"demo","offset":1,"head":2}"#)
            #expect(named.headers["location"] == "/sessions/what-if")
            let unnamed = try await server.request("POST", "/sessions/demo/fork")
            #expect(unnamed.text == #"{"session":"fork","origin":"demo","offset":2,"head":3}"#)
            let bad = [
                ("demo/fork?at=-1", "", "invalid_offset"), ("demo/fork?at=3", "", "offset_beyond_head"),
                ("nobody/fork", "", "session_not_found"), ("playhead.x/fork", "", "invalid_session"),
                ("demo/fork", "[]", "invalid_body"), ("demo/fork", #"{"session":1}"#, "invalid_session"),
                ("demo/fork", "{", "malformed_json"),
            ]
            for (path, body, code) in bad {
                let answer = try await server.post("/sessions/\(path)", body)
                #expect(try JSONValue.parse(answer.text)["error"]?["code"] == .string(code), "\(path) \(body)")
            }
        }
    }

    @Test("A run's question is shown, and the message that answers it belongs to the run")
    func pause() async throws {
        let log = MemoryEventLog()
        let contents = [ContentPart(contentType: "text", content: "?")]
        let stamp = RunStarted(workflow: "w", version: 1, chatbot: "xiaomei", agents: [:])
        let message = try NewEvent(.messageReceived, MessageReceived(chatbot: "xiaomei", contents: contents))
        let started = try NewEvent(.runStarted, cause: .sameAppend(0), stamp)
        let paused = try NewEvent(.runPaused, cause: .sameAppend(1), RunPaused(node: "convert", asks: "1,000?"))
        _ = try await log.append(Append(to: .test("demo"), [message, started, paused], awaitsRun: true))
        try await TestServer.run(log: log) { server in
            // The stream ends at the question, and a client that comes back is told to stop.
            let asked = try await server.get("/sessions/demo/events")
            #expect(asked.isComplete)
            let last = try #require(try Frame.all(asked.body).last)
            #expect(try last.summary == "run/paused")
            #expect(asked.text.contains(#""content":{"asks":"1,000?","node":"convert"}"#))
            #expect(
                asked.text.contains(#""display":true,"streaming":false,"final_response":false,"run":2,"message":1"#))
            #expect(try await server.get("/sessions/demo/events", ["Last-Event-ID": "3"]).status == 204)
            #expect(try await server.request("POST", "/sessions/demo/close").status == 409)
            let reply = try NewEvent(
                .messageReceived, cause: .event(Offset(3)), MessageReceived(chatbot: "xiaomei", contents: contents))
            let resumed = try NewEvent(
                .runResumed, cause: .event(Offset(2)), RunResumed(reused: [], retried: ["convert"], attempt: 1))
            let ended = try NewEvent(.runCompleted, cause: .event(Offset(2)), RunEnded(durationMs: 1))
            try await log.append([reply, resumed, ended], to: .test("demo"))
            let rest = try await server.get("/sessions/demo/events?after=3")
            #expect(
                try Frame.all(rest.body).map { try $0.summary } == ["user_message", "run/resumed", "run/completed"])
            #expect(rest.text.contains(#""final_response":false,"run":2,"message":4"#))
        }
    }

    @Test("An outside producer streams an answer, and its retries change nothing")
    func append() async throws {
        try await TestServer.run { server in
            let path = "/sessions/outside/events"
            let first = try await server.post(
                path,
                #"{"events":[{"kind":"message.received","body":{"contents":[]}},{"kind":"message.started","cause":{"index":0},"body":{"streaming":true,"role":"assistant"}}]}"#,
                ["Expected-Head": "0"])
            #expect(first.status == 201)
            #expect(first.text == #"{"session":"outside","first":1,"last":2,"duplicate":false}"#)
            let producer = ["Producer-Id": "p", "Producer-Epoch": "1", "Producer-Sequence": "0"]
            let token = #"{"kind":"token","cause":2,"body":{"text":"你\n好"}}"#
            #expect(try await server.post(path, token, producer).status == 201)
            let again = try await server.post(path, token, producer)
            #expect(again.status == 200)
            #expect(again.text == #"{"session":"outside","first":3,"last":3,"duplicate":true}"#)
            let fenced = try await server.post(path, token, producer.merging(["Producer-Epoch": "0"]) { $1 })
            #expect(fenced.status == 403)
            let gap = try await server.post(path, token, producer.merging(["Producer-Sequence": "5"]) { $1 })
            #expect(try JSONValue.parse(gap.text)["error"]?["expected_sequence"] == .integer(1))
            let sum = AttachmentStore.digest(Array("你\n好".utf8))
            let completed = #"{"kind":"message.completed","cause":2,"body":{"sha256":"\#(sum)","characters":3}}"#
            #expect(try await server.post(path, completed).status == 201)
            let events = try await server.log.all(.test("outside"))
            #expect(events.map(\.kind) == [.messageReceived, .messageStarted, .token, .messageCompleted])
            #expect(events[1].body == #"{"role":"assistant","streaming":true}"#)
            #expect(events[2].body == "你\n好")
            let frames = try Frame.all(try await server.get(path).body)
            #expect(try frames.last?.content == "你\n好")
            let late = try await server.post(path, token)
            #expect(late.status == 400)
            #expect(late.text.contains("has ended"))
            #expect(
                try await server.post(path, completed, producer.merging(["Producer-Sequence": "1"]) { $1 }).status
                    == 400)
            #expect(try await server.post(path, token, producer).text == again.text)
        }
    }

    @Test("A message from outside has a length that no producer passes, before and after a restart")
    func longMessage() async throws {
        let log = MemoryEventLog()
        let path = "/sessions/outside/events"
        @Sendable func token(_ cause: String, _ length: Int) -> String {
            let text = String(repeating: "x", count: length)
            return #"{"kind":"token","cause":\#(cause),"body":{"text":"\#(text)"}}"#
        }
        let started = #"{"kind":"message.started","body":{"streaming":true,"role":"assistant"}}"#
        try await TestServer.run(log: log) { server in
            let both = "\(token(#"{"index":0}"#, 600_000)),\(token(#"{"index":0}"#, 600_000))"
            #expect(try await server.post(path, #"{"events":[\#(started),\#(both)]}"#).status == 413)
            #expect(try await server.post(path, started).status == 201)
            #expect(try await server.post(path, token("1", 1_000_000)).status == 201)
            let refused = try await server.post(path, token("1", 48_577))
            #expect(refused.status == 413)
            #expect(try JSONValue.parse(refused.text)["error"]?["code"] == .string("message_too_large"))
        }
        try await TestServer.run(log: log) { server in
            let refused = try await server.post(path, token("1", 48_577))
            #expect(refused.status == 413)
            #expect(try await server.post(path, token("1", 48_576)).status == 201)
            #expect(try await server.post(path, token("1", 1)).status == 413)
            #expect(try await server.log.status(of: .test("outside"))?.head == Offset(3))
        }
    }

    @Test("Chatbots, health and the page answer")
    func small() async throws {
        try await TestServer.run { server in
            #expect(
                try await server.get("/chatbots").text
                    == #"{"chatbots":[{"name":"xiaomei","nodes":["character_advisor"],"title":"小美","workflow":"fund_analysis"}]}"#
            )
            #expect(try await server.get("/health/live").text == #"{"status":"live"}"#)
            #expect(try await server.get("/health/ready").status == 200)
            #expect(try await server.get("/").headers["content-type"] == "text/html; charset=utf-8")
            let head = try await server.request("HEAD", "/health/ready")
            #expect(head.status == 200)
        }
        try await TestServer.run(problems: { ["projections": "behind"] }) { server in
            let answer = try await server.get("/health/ready")
            #expect(answer.status == 503)
            #expect(
                answer.text
                    == #"{"status":"not_ready","problems":{"projections":"behind"},"runs":{"active":3,"waiting":2}}"#)
        }
    }
}
