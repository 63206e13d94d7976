import EventLog
import Events
import Foundation
@testable import StreamServer
import Testing
import TestSupport

@Suite struct EventsRouteTests {
    private let session = SessionID.test("demo")

    /// A finished run.
    private static func recorded() async throws -> MemoryEventLog {
        let log = MemoryEventLog()
        let session = SessionID.test("demo")
        let message = try await log.append(
            Append(
                to: session, [try NewEvent(.messageReceived, MessageReceived(chatbot: nil, contents: []))],
                awaitsRun: true)
        ).last
        try await Script.answer(log, session, message)
        return log
    }

    @Test("The wire form: retry inside the first message, ids, one data line, line feeds only, a clean end")
    func wire() async throws {
        try await TestServer.run(log: Self.recorded()) { server in
            let answer = try await server.get("/sessions/demo/events")
            #expect(answer.status == 200)
            #expect(answer.isComplete)
            #expect(answer.headers["content-type"] == "text/event-stream")
            #expect(answer.headers["cache-control"] == "no-store")
            #expect(answer.headers["x-accel-buffering"] == "no")
            #expect(answer.headers["playhead-log"] == "test-log")
            #expect(answer.text.hasPrefix("retry: 1000\nid: 1\ndata: {\"type\":\"user_message\","))
            #expect(answer.text.hasSuffix("}\n\n"))
            #expect(!answer.body.contains(13))
            let blocks = answer.text.components(separatedBy: "\n\n").dropLast()
            for (index, block) in blocks.enumerated() {
                let lines = block.split(separator: "\n").map { $0.prefix(4) }
                #expect(lines == (index == 0 ? ["retr", "id: ", "data"] : ["id: ", "data"]))
            }
        }
    }

    @Test("format=events gives the events as they are recorded")
    func events() async throws {
        let log = try await Self.recorded()
        let recorded = try await log.all(session)
        try await TestServer.run(log: log) { server in
            let answer = try Frame.all(try await server.get("/sessions/demo/events?format=events").body)
            #expect(answer.map(\.json) == recorded.map(\.json))
            #expect(answer.map(\.id) == recorded.map { "\($0.offset)" })
            let lines = try await server.get("/sessions/demo/events", ["Accept": "application/x-ndjson"])
            #expect(lines.headers["content-type"] == "application/x-ndjson")
            #expect(lines.text == recorded.map { $0.json + "\n" }.joined())
        }
    }

    @Test("A JSON page counts matches, says where it looked to, and goes on from there")
    func pages() async throws {
        let log = try await Self.recorded()
        let tokens = try await log.all(session).filter { $0.kind == .token }.map(\.json)
        try await TestServer.run(log: log) { server in
            var found: [String] = []
            var next: Int64 = 0
            var pages = 0
            repeat {
                let page = try await server.get(
                    "/sessions/demo/events?kind=token&limit=3&after=\(next)", ["Accept": "application/json"])
                let value = try JSONValue.parse(page.text)
                guard case .array(let events)? = value["events"] else { return }
                found += try events.map { try Event(json: $0.text).json }
                next = value["next"]?.integer ?? -1
                #expect(value["head"]?.integer == 17)
                pages += 1
            } while next < 17 && pages < 10
            #expect(found == tokens)
            #expect(pages == 3)
            let empty = try await server.get("/sessions/demo/events?after=17", ["Accept": "application/json"])
            #expect(empty.text == #"{"events":[],"head":17,"next":17}"#)
        }
    }

    @Test("follow=run waits for the run in progress and ends with it; follow=none does not wait")
    func followRun() async throws {
        let gate = Gate()
        try await TestServer.run(script: { try await Script.answer($0, $1, $2, gate: { await gate.wait() }) }) {
            server in
            let chat = try await server.post("/chatbots/xiaomei/chat/demo", message(), ["Prefer": "respond-async"])
            #expect(chat.status == 202)
            let stream = try server.open("GET", "/sessions/demo/events")
            var answer = RawAnswer()
            try await stream.read(&answer) { $0.text.contains("，") }
            #expect(!answer.isComplete)
            #expect(try await server.get("/sessions/demo/events?follow=none").isComplete)
            gate.open()
            try await stream.read(&answer)
            #expect(answer.isComplete)
            let frames = try Frame.all(answer.body)
            #expect(try frames.last?.summary == "run/completed")
            let tokens = try frames.filter { try $0.type == "ai_message" && !$0.isFinal }
            #expect(try tokens.map { try $0.content } == Script.tokens)
            #expect(try frames.first { try $0.isFinal }?.content == Script.text)
        }
    }

    @Test("follow=session stays open over runs until the session closes")
    func followSession() async throws {
        try await TestServer.run(log: Self.recorded()) { server in
            let stream = try server.open("GET", "/sessions/demo/events?follow=session&after=17")
            var answer = RawAnswer()
            for _ in 0..<2 {
                let chat = try await server.post("/chatbots/xiaomei/chat/demo?stream=false", message())
                #expect(chat.status == 200)
            }
            #expect(try await server.request("POST", "/sessions/demo/close").status == 200)
            try await stream.read(&answer)
            #expect(answer.isComplete)
            let runs = try Frame.all(answer.body).filter { try $0.type == "run" }
            #expect(
                try runs.map { try $0.summary }
                    == Array(repeating: ["run/started", "run/completed"], count: 2).flatMap { $0 })
        }
    }

    @Test("A reconnect after the end is answered with 204; a first visit and an offset are not")
    func noContent() async throws {
        try await TestServer.run(log: Self.recorded()) { server in
            let answer = try await server.get("/sessions/demo/events", ["Last-Event-ID": "17"])
            #expect(answer.status == 204)
            #expect(try await server.get("/sessions/demo/events?after=17").status == 200)
            #expect(try await server.get("/sessions/demo/events", ["Last-Event-ID": "16"]).status == 200)
            // Nothing that the filter lets through remains.
            let filtered = "/sessions/demo/events?kind=token"
            #expect(try await server.get(filtered, ["Last-Event-ID": "14"]).status == 204)
            #expect(try await server.get(filtered, ["Last-Event-ID": "13"]).status == 200)
        }
    }

    @Test("Last-Event-ID wins over after, and an empty one says nothing")
    func lastEventID() async throws {
        try await TestServer.run(log: Self.recorded()) { server in
            let answer = try await server.get("/sessions/demo/events?after=2", ["Last-Event-ID": "15"])
            #expect(try Frame.all(answer.body).map(\.id) == ["16", "17"])
            let empty = try await server.get("/sessions/demo/events?after=16", ["Last-Event-ID": ""])
            #expect(try Frame.all(empty.body).map(\.id) == ["17"])
        }
    }

    @Test("kind, node and limit choose on the server")
    func filters() async throws {
        try await TestServer.run(log: Self.recorded()) { server in
            for (query, expected) in [
                ("kind=node.updated&kind=run.completed", "4 17"), ("node=analyze_risk", "3 4 5"),
                ("node=analyze_risk&format=events", "3 4 5"), ("kind=token&limit=2", "8 9"), ("node=nobody", ""),
                ("pace=off&after=16", "17"),
            ] {
                let answer = try await server.get("/sessions/demo/events?\(query)")
                let ids = try Frame.all(answer.body).map(\.id).joined(separator: " ")
                #expect(ids == expected, "\(query)")
            }
        }
    }

    @Test("An idle stream sends heartbeats, one line each, only between messages")
    func heartbeat() async throws {
        var options = ServerOptions()
        options.heartbeatInterval = .milliseconds(20)
        let gate = Gate()
        try await TestServer.run(
            options: options, script: { try await Script.answer($0, $1, $2, gate: { await gate.wait() }) }
        ) { server in
            let stream = try server.open(
                "POST", "/chatbots/xiaomei/chat/demo", ["Content-Type": "application/json"], body: message())
            var answer = RawAnswer()
            try await stream.read(&answer) { $0.text.hasSuffix(": hb\n: hb\n") }
            gate.open()
            try await stream.read(&answer)
            #expect(answer.isComplete)
            let beats = answer.text.components(separatedBy: ": hb\n")
            #expect(beats.count > 2)
            for piece in beats.dropLast() { #expect(piece.isEmpty || piece.hasSuffix("\n\n")) }
            #expect(try Frame.all(answer.body).last?.summary == "run/completed")
            #expect(!answer.text.contains(": hb\n\n"))
        }
    }

    @Test("Many events that are there already are few writes")
    func coalescing() async throws {
        let log = try await Self.recorded()
        let message = Offset(7)
        for _ in 0..<50 {
            try await log.append((0..<20).map { _ in NewEvent.token("x", of: message) }, to: session)
        }
        try await TestServer.run(log: log) { server in
            let answer = try await server.get("/sessions/demo/events")
            #expect(answer.isComplete)
            #expect(try Frame.all(answer.body).count > 1_000)
            #expect(answer.chunks.count <= answer.body.count / Limits.streamWriteBytes + 4)
        }
    }
}
