import EventLog
import Events
import Foundation
@testable import StreamServer
import Testing
import TestSupport

@Suite struct HostileTests {
    @Test("A reader that takes a byte at a time gets what the others get")
    func byteByByte() async throws {
        let log = MemoryEventLog()
        try await log.append([.custom("x")], to: .test("demo"))
        try await TestServer.run(log: log) { server in
            let slow = try server.open("GET", "/sessions/demo/events", receiveBuffer: 1)
            let whole = try await server.get("/sessions/demo/events")
            var answer = RawAnswer()
            while !answer.isComplete { answer.feed(try await slow.receive(atMost: 1)) }
            #expect(answer.body == whole.body)
        }
    }

    @Test("Clients that vanish without a word, before or amid their answers, leave no reader behind")
    func vanish() async throws {
        let log = WatchedLog()
        try await log.append([.custom("x")], to: .test("demo"))
        try await TestServer.run(log: log) { server in
            var clients: [RawConnection] = []
            for _ in 0..<50 { clients.append(try server.open("GET", "/sessions/demo/events?follow=session")) }
            await log.untilFollowed(by: 50)
            // Half of them say that they send no more, the others are gone.
            for client in clients[..<25] { client.leave() }
            clients.removeLast(25)
            await log.untilFollowed(by: 0)
            let after = try await server.get("/sessions/demo")
            #expect(after.status == 200)
        }
    }

    @Test("Clients that end together with their request leave no reader behind")
    func goneAtOnce() async throws {
        let log = WatchedLog()
        try await log.append([.custom("x")], to: .test("demo"))
        try await TestServer.run(log: log) { server in
            for after in 0..<40 {
                let client = try server.open("GET", "/sessions/demo/events?follow=session&after=\(after % 2)")
                client.finishSending()
                _ = try await client.receiveAll()
                #expect(log.followers == 0)
            }
        }
    }

    @Test("Requests for streams on one connection, sent without waiting, are answered one after the other")
    func pipelined() async throws {
        let log = MemoryEventLog()
        try await log.append([.custom("x")], to: .test("demo"))
        try await TestServer.run(log: log) { server in
            let client = try RawConnection(port: server.port)
            let path = "/sessions/demo/events?follow=none HTTP/1.1\r\nHost: localhost\r\n"
            // With and without frames, and without a body.
            try client.send(
                Array(
                    ("GET \(path)\r\nHEAD \(path)\r\nGET \(path)Last-Event-ID: 1\r\n\r\nGET \(path)Connection: close\r\n\r\n")
                        .utf8))
            let answers = String(decoding: try await client.receiveAll(), as: UTF8.self)
            #expect(answers.split(separator: "HTTP/1.1 ").map { $0.prefix(3) } == ["200", "200", "204", "200"])
            #expect(answers.split(separator: "id: 1\n").count == 3)
            #expect(answers.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test("Nothing from outside becomes part of a run; a custom event may name it")
    func outsideRun() async throws {
        try await TestServer.run { server in
            _ = try await server.post("/chatbots/xiaomei/chat/demo?stream=false", message())
            let events = try await server.log.all(.test("demo"))
            func append(_ kind: String, _ cause: String, _ body: String) async throws -> RawAnswer {
                let offset = try #require(events.first { $0.kind.name == cause }?.offset)
                return try await server.post(
                    "/sessions/demo/events", #"{"kind":"\#(kind)","cause":\#(offset),"body":\#(body)}"#)
            }
            for (kind, cause, body) in [
                ("token", "message.started", #"{"text":"injected"}"#),
                (
                    "message.completed", "message.started",
                    #"{"tokens":1,"characters":1,"sha256":"","interrupted":false}"#
                ),
                ("message.started", "node.started", #"{"role":"assistant","streaming":true}"#),
                ("message.started", "run.started", #"{"role":"assistant","streaming":true}"#),
                ("node.started", "run.started", #"{"node":"x","attempt":1}"#),
                ("node.completed", "node.started", #"{"duration_ms":1}"#),
            ] {
                let refused = try await append(kind, cause, body)
                #expect(refused.status == 400, "\(kind)")
                #expect(refused.text.contains("part of a run"), "\(refused.text)")
            }
            #expect(try await append("custom", "message.started", "{}").status == 201)
            #expect(try await append("node.started", "message.received", #"{"node":"x","attempt":1}"#).status == 201)
        }
    }

    @Test("A cause beyond the head is refused before anything can be recorded there")
    func futureCause() async throws {
        let log = MemoryEventLog()
        try await log.append([.custom("x")], to: .test("demo"))
        for cause in [Offset(2), Offset(.max)] {
            await #expect(throws: EventLogError.self) {
                try await OutsideEvents.checkCauses(of: [.token("x", of: cause)], in: .test("demo"), log)
            }
        }
    }

    @Test("A request whose head or body does not come is given up after a named time, and delays nobody")
    func slowRequests() async throws {
        var options = ServerOptions()
        options.idleTimeout = .seconds(1)
        let log = MemoryEventLog()
        try await log.append([.custom("x")], to: .test("demo"))
        try await TestServer.run(log: log, options: options) { server in
            let head = try RawConnection(port: server.port)
            try head.send(Array("POST /chatbots/xiaomei/chat/demo HTTP/1.1\r\nHost: loc".utf8))
            let body = try RawConnection(port: server.port)
            try body.send(
                Array(
                    ("POST /chatbots/xiaomei/chat/demo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Content-Length: 100\r\n\r\n{\"contents\"").utf8))
            #expect(try await server.get("/sessions/demo/events").isComplete)
            try await head.untilClosedByServer()
            try await body.untilClosedByServer()
            #expect(try await log.status(of: .test("demo"))?.head == Offset(1))
        }
    }

    @Test("Connections beyond the limit are told so and closed, whatever they send, until one of the others leaves")
    func tooManyConnections() async throws {
        var options = ServerOptions(allowedOrigins: ["https://app.example"])
        options.connections = 2
        let log = WatchedLog()
        try await log.append([.custom("x")], to: .test("demo"))
        try await TestServer.run(log: log, options: options) { server in
            let first = try server.open("GET", "/sessions/demo/events?follow=session")
            let second = try server.open("GET", "/sessions/demo/events?follow=session")
            await log.untilFollowed(by: 2)
            let silent = try RawConnection(port: server.port)
            let large = [UInt8](repeating: UInt8(ascii: "x"), count: Limits.requestBodyBytes)
            for body in [nil, large] {
                let method = body == nil ? "GET" : "POST"
                let answer = try await server.request(
                    method, "/sessions/demo/events", ["Origin": "https://app.example"], body: body)
                #expect(answer.status == 503)
                #expect(try JSONValue.parse(answer.text)["error"]?["code"] == .string("too_many_connections"))
                #expect(answer.headers["retry-after"] == "5")
                #expect(answer.headers["connection"] == "close")
                #expect(answer.headers["access-control-allow-origin"] == "https://app.example")
            }
            let head = try await server.request("HEAD", "/sessions")
            #expect(head.status == 503 && head.body.isEmpty)
            try await silent.untilClosedByServer()
            // Those that are served notice nothing.
            try await log.append([.custom("y")], to: .test("demo"))
            var answer = RawAnswer()
            try await second.read(&answer) { $0.text.contains("\"y\"") }
            #expect(answer.status == 200)
            first.leave()
            await log.untilFollowed(by: 1)
            var status = 503
            let deadline = ContinuousClock.now + .seconds(10)
            while status == 503, .now < deadline { status = try await server.get("/sessions").status }
            #expect(status == 200)
        }
    }

    @Test("Headers without end are refused and the connection is closed, whether many or long")
    func headerFloods() async throws {
        try await TestServer.run { server in
            let many = (0...Limits.headers).map { "X-\($0): y\r\n" }.joined()
            let long = "X: " + String(repeating: "y", count: Limits.headerBytes + 1) + "\r\n"
            for headers in [many, long] {
                let connection = try RawConnection(port: server.port)
                try connection.send(Array("GET /sessions HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n".utf8))
                var answer = RawAnswer()
                try await connection.read(&answer)
                #expect([400, 431].contains(answer.status))
                try await connection.untilClosedByServer()
            }
        }
    }
}
