import EventLog
import Events
@testable import StreamServer
import Testing
import TestSupport

@Suite struct PacedStreamTests {
    private static let tokens = ["持", "仓一", "共4", "6.", "9万", "元，👩‍", "🚀 risk", " is 12", ",345", ".5%", "."]

    /// A run whose agent asks for a speed of its own, which keeps the test short.
    private func withServer(_ test: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await TestServer.run(
            script: { log, session, message in
                try await Script.answer(log, session, message, tokens: Self.tokens, speed: 200)
            }, test)
    }

    private func message() -> String { #"{"contents":[{"content_type":"text","content":"?"}]}"# }

    @Test("The chat route paces by default: whole characters and numbers, the same text, in the log's order")
    func chat() async throws {
        try await withServer { server in
            let frames = try Frame.all(try await server.post("/chatbots/xiaomei/chat/demo", message()).body)
            let texts = try frames.filter { try $0.type == "ai_message" && $0.status == nil }.map { try $0.content }
            #expect(texts.joined() == Self.tokens.joined())
            #expect(texts.count > 1 && texts != Self.tokens, "\(texts)")
            #expect(texts.contains { $0.contains("46.9") } && texts.contains { $0.contains("12,345.5") })
            #expect(texts.contains { $0.contains("👩‍🚀") })
            #expect(try frames.last?.summary == "run/completed")
            let ids = frames.compactMap { StreamPosition($0.id) }
            #expect(ids.count == frames.count)
            #expect(
                zip(ids, ids.dropFirst()).allSatisfy {
                    ($0.offset, $0.part == 0 ? .max : $0.part) < ($1.offset, $1.part == 0 ? .max : $1.part)
                })
        }
    }

    @Test("Guarantee 3 holds for paced streams: after every id the rest follows, paced or not")
    func resume() async throws {
        try await withServer { server in
            let frames = try Frame.all(try await server.post("/chatbots/xiaomei/chat/demo", message()).body)
            func text(_ frames: some Sequence<Frame>) throws -> String {
                try frames.filter { try $0.type == "ai_message" && $0.status == nil }.map { try $0.content }.joined()
            }
            for place in frames.indices {
                for pace in ["off", "natural", "1000"] {
                    let path = "/sessions/demo/events?pace=\(pace)"
                    let rest = try await server.get(path, ["Last-Event-ID": frames[place].id])
                    let all = try frames[...place] + Frame.all(rest.body)
                    #expect(try text(all) == Self.tokens.joined(), "after \(frames[place].id), pace \(pace)")
                    #expect(all.last == frames.last)
                }
            }
        }
    }

    @Test("What is past when a stream begins is delivered at once, as it was recorded")
    func past() async throws {
        try await withServer { server in
            _ = try await server.post("/chatbots/xiaomei/chat/demo?stream=false", message())
            let plain = try await server.get("/sessions/demo/events")
            // At this pace, waiting would take an hour.
            #expect(try await server.get("/sessions/demo/events?pace=0.01").body == plain.body)
        }
    }

    @Test("An event without a frame between two tokens neither splits a number nor a character")
    func withoutFrame() async throws {
        try await TestServer.run(script: { log, session, message in
            let started = try await Script.begin(log, session, message, speed: 200)
            let unseen = NewEvent(kind: .sessionOpened, cause: .none, body: "{}")
            for token in ["12", "34", "e", "\u{301}", " end"] {
                try await log.append([.token(token, of: started.message), unseen], to: session)
            }
            let end = try NewEvent(.runCompleted, cause: .event(started.run), RunEnded(durationMs: 1))
            try await log.append([end], to: session)
        }) { server in
            let frames = try Frame.all(try await server.post("/chatbots/xiaomei/chat/demo", message()).body)
            let texts = try frames.filter { try $0.type == "ai_message" }.map { try $0.content }
            #expect(texts.joined() == "1234e\u{301} end")
            #expect(texts[0].hasPrefix("1234"), "\(texts)")
            #expect(!texts.contains { $0.first == "\u{301}" }, "\(texts)")
        }
    }

    @Test(
        "Text of a message whose recorded speed is none goes at the natural pace",
        arguments: [-1e300, 1e-300, 0, 1e300])
    func impossibleSpeed(_ speed: Double) async throws {
        try await TestServer.run(script: { log, session, message in
            let started = try await Script.begin(log, session, message, speed: speed)
            try await log.append([.token("a", of: started.message), .custom("x")], to: session)
            try await Task.sleep(for: .milliseconds(300))
            try await log.append([.token("bcd", of: started.message)], to: session)
            let end = try NewEvent(.runCompleted, cause: .event(started.run), RunEnded(durationMs: 1))
            try await log.append([end], to: session)
        }) { server in
            let answer = try await server.post("/chatbots/xiaomei/chat/demo", message())
            let texts = try Frame.all(answer.body).filter { try $0.type == "ai_message" }.map { try $0.content }
            #expect(texts.joined() == "abcd")
        }
    }

    @Test("A limit counts the pieces of paced text too")
    func limited() async throws {
        try await withServer { server in
            let first = try server.open(
                "POST", "/chatbots/xiaomei/chat/demo", ["Content-Type": "application/json"], body: message())
            var answer = RawAnswer()
            try await first.read(&answer) { !$0.body.isEmpty }
            let limited = try await server.get("/sessions/demo/events?pace=100&limit=3&after=8&kind=token")
            #expect(try Frame.all(limited.body).count <= 3)
            try await first.read(&answer)
        }
    }

    /// How the texts of two agents lie in the log.
    enum Order: CaseIterable {
        case inTurn, interleaved
    }

    @Test(
        "Two messages of one run, in turn or interleaved, end no more than the named lag behind",
        arguments: Order.allCases)
    func lag(_ order: Order) async throws {
        let each = Array(repeating: "好", count: 400)
        try await TestServer.run(script: { log, session, message in
            let first = try await Script.begin(log, session, message)
            let body = MessageStarted(role: "assistant", agent: "second", model: "local", streaming: true)
            let other = try NewEvent(.messageStarted, cause: .event(first.node), body)
            let second = try await log.append([other], to: session).first
            let texts = [first.message, second].map { message in each.map { NewEvent.token($0, of: message) } }
            let tokens = order == .inTurn ? texts[0] + texts[1] : zip(texts[0], texts[1]).flatMap { [$0, $1] }
            try await log.append(tokens, to: session)
            let end = try NewEvent(.runCompleted, cause: .event(first.run), RunEnded(durationMs: 1))
            try await log.append([end], to: session)
        }) { server in
            // Paced one after the other they would take twice the lag.
            let deadline = ContinuousClock.now + Limits.paceLag + .seconds(10)
            let connection = try server.open(
                "POST", "/chatbots/xiaomei/chat/demo", ["Content-Type": "application/json"], body: message())
            var answer = RawAnswer()
            try await connection.read(&answer) { _ in .now > deadline }
            let frames = try Frame.all(answer.body)
            let texts = try frames.filter { try $0.type == "ai_message" }.map { try $0.content }
            #expect(answer.isComplete)
            #expect(texts.joined().count == 2 * each.count)
        }
    }

    @Test("pace=off gives a frame a token, as they are recorded")
    func off() async throws {
        try await withServer { server in
            let frames = try Frame.all(try await server.post("/chatbots/xiaomei/chat/demo?pace=off", message()).body)
            let texts = try frames.filter { try $0.type == "ai_message" && $0.status == nil }.map { try $0.content }
            #expect(texts == Self.tokens)
        }
    }
}
