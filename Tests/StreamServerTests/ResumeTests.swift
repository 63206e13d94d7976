import EventLog
import Events
@testable import StreamServer
import Testing
import TestSupport

@Suite struct ResumeTests {
    /// A session with two runs; the second has an interrupted message and fails.
    private static func record(_ log: any EventLog, _ session: SessionID) async throws {
        func receive() async throws -> Offset {
            let part = ContentPart(contentType: "text", content: "hi")
            let body = try NewEvent(.messageReceived, MessageReceived(chatbot: "xiaomei", contents: [part]))
            return try await log.append(Append(to: session, [body], awaitsRun: true)).last
        }
        try await log.append([try NewEvent(.sessionOpened, SessionOpened(chatbot: "xiaomei"))], to: session)
        try await Script.answer(log, session, try await receive())
        let started = try await Script.begin(log, session, try await receive())
        let failure = Failure(code: "node_failed", message: "no")
        try await log.append(
            [
                .token("abandoned ", of: started.message),
                try NewEvent(.messageInterrupted, cause: .event(started.message), MessageInterrupted(reason: failure)),
                try NewEvent(.runFailed, cause: .event(started.run), RunEnded(durationMs: 1, reason: failure)),
            ], to: session)
    }

    private func withRecordedSession(_ test: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        defer { log.shutDown() }
        try await Self.record(log, .test("demo"))
        try await TestServer.run(log: log, test)
    }

    @Test("Guarantee 3: exact resume: frames up to N and the stream after N are the whole stream, for every N")
    func everyOffset() async throws {
        try await withRecordedSession { server in
            let head = try await server.log.status(of: .test("demo"))?.head.value ?? 0
            for format in ["frames", "events"] {
                let whole = try Frame.all(try await server.get("/sessions/demo/events?format=\(format)").body)
                #expect(whole.count >= Int(head) - 5)
                for after in 0...head {
                    let rest = try await server.get("/sessions/demo/events?format=\(format)&after=\(after)")
                    let seen = whole.filter { ($0.id.split(separator: ".").first.flatMap { Int64($0) } ?? 0) <= after }
                    #expect(seen + (try Frame.all(rest.body)) == whole, "after \(after), as \(format)")
                }
            }
        }
    }

    @Test("A connection cut at any byte is resumed by its last id without loss or repetition")
    func everyByte() async throws {
        try await withRecordedSession { server in
            let body = try await server.get("/sessions/demo/events").body
            let whole = try Frame.all(body)
            var seenBefore: [Frame]?
            for cut in 0...body.count {
                let seen = try Frame.all(Array(body[..<cut]))
                if seen == seenBefore { continue }
                seenBefore = seen
                let headers = seen.last.map { ["Last-Event-ID": $0.id] } ?? [:]
                let rest = try Frame.all(try await server.get("/sessions/demo/events", headers).body)
                #expect(seen + rest == whole, "cut after \(cut) bytes")
            }
        }
    }

    @Test("Filters survive a reconnect")
    func filtered() async throws {
        try await withRecordedSession { server in
            let path = "/sessions/demo/events?kind=token,message.completed&node=character_advisor"
            let whole = try Frame.all(try await server.get(path).body)
            #expect(whole.count == Script.tokens.count + 2)
            for frame in whole {
                let rest = try Frame.all(try await server.get(path, ["Last-Event-ID": frame.id]).body)
                let place = whole.firstIndex(of: frame).map { $0 + 1 } ?? 0
                #expect(rest == Array(whole[place...]))
            }
        }
    }

    @Test("An id inside a token's text resumes there; one that cuts a character is refused")
    func insideAToken() async throws {
        try await withRecordedSession { server in
            let whole = try Frame.all(try await server.get("/sessions/demo/events").body)
            let index = try #require(try whole.firstIndex { try $0.type == "ai_message" && $0.content == "👩‍🚀" })
            let id = whole[index].id
            let rest = try Frame.all(try await server.get("/sessions/demo/events?after=\(id).4").body)
            #expect(try rest.first?.content == "\u{200D}🚀")
            #expect(rest.first?.id == id)
            #expect(Array(rest.dropFirst()) == Array(whole[(index + 1)...]))
            let all = try Frame.all(try await server.get("/sessions/demo/events?after=\(id).11").body)
            #expect(all == Array(whole[(index + 1)...]))
            for part in ["1", "5", "12"] {
                #expect(try await server.get("/sessions/demo/events?after=\(id).\(part)").status == 400)
            }
            #expect(try await server.get("/sessions/demo/events?after=999.2").status == 409)
        }
    }
}
