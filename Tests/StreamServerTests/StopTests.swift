import EventLog
import Events
import Foundation
@testable import StreamServer
import Testing
import TestSupport

@Suite struct StopTests {
    @Test("A server that stops cuts its open streams: curl says that the end is missing")
    func curl() async throws {
        let log = WatchedLog()
        try await log.append([.custom("x")], to: .test("demo"))
        try await TestServer.run(log: log) { server in
            let ended = Gate()
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["curl", "-sN", "http://127.0.0.1:\(server.port)/sessions/demo/events?follow=session"]
            process.standardOutput = FileHandle.nullDevice
            process.terminationHandler = { _ in ended.open() }
            try process.run()
            await log.untilFollowed(by: 1)
            await server.stop()
            await ended.wait()
            #expect(process.terminationStatus == 18)
        }
    }

    @Test("A server that stops ends every wait: streams are cut, waiting posts are told, and no reader is left")
    func shutdown() async throws {
        let log = WatchedLog()
        let gate = Gate()
        try await TestServer.run(
            log: log, script: { try await Script.answer($0, $1, $2, gate: { await gate.wait() }) }
        ) { server in
            let headers = ["Content-Type": "application/json"]
            let streamed = try server.open("POST", "/chatbots/xiaomei/chat/one", headers, body: message())
            let waiting = try server.open("POST", "/chatbots/xiaomei/chat/two?stream=false", headers, body: message())
            var answers = (RawAnswer(), RawAnswer())
            await log.untilFollowed(by: 2)
            try await streamed.read(&answers.0) { $0.text.contains("，") }
            await server.stop()
            try await streamed.read(&answers.0)
            try await waiting.read(&answers.1)
            #expect(!answers.0.isComplete)
            #expect(answers.1.status == 503)
            #expect(try JSONValue.parse(answers.1.text)["error"]?["code"] == .string("draining"))
            await log.untilFollowed(by: 0)
            gate.open()
        }
    }

    @Test("Guarantee 6: slow readers cost nothing: one that takes nothing is cut, and delays nobody")
    func stalled() async throws {
        var options = ServerOptions()
        // Long enough for a busy machine's other reader, which is slow but never takes nothing for so long.
        options.stalledReaderTimeout = .seconds(10)
        let log = MemoryEventLog()
        let text = String(repeating: "x", count: 100_000)
        // Three times what the kernel holds of a connection at the most.
        for _ in 0..<160 { try await log.append([.custom(text)], to: .test("demo")) }
        try await TestServer.run(log: log, options: options) { server in
            let stalled = try server.open("GET", "/sessions/demo/events", receiveBuffer: 64 << 10)
            var answer = RawAnswer()
            // Another reader gets everything meanwhile.
            let whole = try await server.get("/sessions/demo/events")
            #expect(whole.isComplete)
            #expect(try Frame.all(whole.body).count == 160)
            try await stalled.untilClosedByServer()
            // What the kernel held is still there to read; the end is not.
            answer.feed(stalled.receiveWhatIsThere())
            #expect(!answer.isComplete)
            #expect(answer.body.count < 16_000_000)
        }
    }

    @Test("A reader that is slow, but takes what comes, gets an answer that was written as a whole")
    func slow() async throws {
        var options = ServerOptions()
        let patience = Duration.seconds(8)
        options.stalledReaderTimeout = patience
        try await TestServer.run(options: options) { server in
            let bytes = [UInt8](repeating: 120, count: 15_000_000)
            let digest = try AttachmentStore(dataDirectory: server.data.path).store(bytes)
            let reader = try server.open("GET", "/attachments/\(digest)", receiveBuffer: 64 << 10)
            var answer = RawAnswer()
            // Longer than a reader may take nothing, at half a megabyte a second: the system takes megabytes at once.
            let end = ContinuousClock.now + patience * 1.5
            while .now < end {
                answer.feed(try await reader.receive())
                try await Task.sleep(for: .milliseconds(120))
            }
            #expect(!answer.isComplete)
            try await reader.read(&answer)
            #expect(answer.isComplete)
            #expect(answer.body.count == bytes.count)
        }
    }

    @Test("A large body is asked for before it is sent, and refused before it is sent where it is too large")
    func expectContinue() async throws {
        try await TestServer.run { server in
            let path = "/chatbots/xiaomei/chat/demo"
            let body = message()
            let connection = try RawConnection(port: server.port)
            let host = "Host: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
            try connection.send(
                Array("POST \(path) HTTP/1.1\r\n\(host)Content-Length: \(body.utf8.count)\r\n\r\n".utf8))
            let interim = try await connection.receive()
            #expect(String(decoding: interim, as: UTF8.self).hasPrefix("HTTP/1.1 100 Continue\r\n"))
            try connection.send(Array(body.utf8))
            var answer = RawAnswer()
            try await connection.read(&answer)
            #expect(answer.status == 200)
            let large = try RawConnection(port: server.port)
            try large.send(Array("POST \(path) HTTP/1.1\r\n\(host)Content-Length: 20000000\r\n\r\n".utf8))
            var refused = RawAnswer()
            try await large.read(&refused)
            #expect(refused.status == 413)
        }
    }
}
