import Events
import PlayheadClient
import Testing

@testable import tail_session

/// What `tail-session --server` does over the client.
struct ServerSourceTests {
    private static let head = ScriptedServer.streamHead

    @Test("A reader that begins in the middle looks causes up, and goes on after a cut")
    func middle() async throws {
        let server = try ScriptedServer(
            Self.page([Self.node], head: 5),
            [Self.head, .end],
            [Self.head, .chunk("id: 4\ndata: \(Self.token(4, "你"))\n\n")],
            Self.page([Self.message], head: 5),
            Self.page([Self.node], head: 5),
            [Self.head, .chunk("id: 5\ndata: \(Self.token(5, "好"))\n\n"), .end])
        defer { server.stop() }
        var plan = TailPlan(start: .after(Offset(3)))
        plan.nodes = ["advisor"]
        #expect(try await Self.raw(server, plan) == "你好")
        #expect(
            server.requests.map(\.target) == [
                "/sessions/demo/events?after=0&limit=1",
                "/sessions/demo/events?format=events&follow=none&kind=message.started&after=3",
                "/sessions/demo/events?format=events&follow=none&after=3",
                "/sessions/demo/events?after=1&limit=1", "/sessions/demo/events?after=0&limit=1",
                "/sessions/demo/events?format=events&follow=none",
            ])
        #expect(server.requests.last?.headers["last-event-id"] == "4")
    }

    @Test("A time is found by halves: the answer to a few pages of one event")
    func since() async throws {
        let events = [Self.node, Self.message] + (3...5).map { Self.token($0, "x") }
        let server = try ScriptedServer(
            Self.page([events[0]], head: 5), Self.page([events[2]], head: 5), Self.page([events[0]], head: 5),
            Self.page([events[1]], head: 5))
        defer { server.stop() }
        let source = ServerSource(client: try StreamTests.client(server), session: StreamTests.session)
        let time = try #require(Timestamp("2026-11-22T12:00:02Z"))
        #expect(try await source.offset(before: time) == Offset(1))
        #expect(
            server.requests.map(\.target) == [0, 2, 0, 1].map { "/sessions/demo/events?after=\($0)&limit=1" })
    }

    @Test("An offset beyond the head and a session that is not there have their exit codes")
    func refused() async throws {
        let server = try ScriptedServer(
            Self.page([Self.node], head: 5),
            ScriptedServer.json(404, #"{"error":{"code":"session_not_found","message":"no","hint":"name another"}}"#))
        defer { server.stop() }
        for code in [TailError.Code.data, .noSession] {
            let failure = await #expect(throws: (any Error).self) {
                try await Self.raw(server, TailPlan(start: .after(Offset(6))))
            }
            #expect(failure.map { TailError($0).code } == code)
        }
    }

    private static func raw(_ server: ScriptedServer, _ plan: TailPlan) async throws -> String {
        var text = ""
        let source = ServerSource(client: try StreamTests.client(server), session: StreamTests.session)
        var tail = Tail(
            source, plan, needsSuperseded: true, makeRenderer: { RawRenderer(superseded: $0) }
        ) { rendering in text += String(decoding: rendering.bytes, as: UTF8.self) }
        try await tail.run(now: Timestamp(microseconds: 0))
        return text
    }

    private static let node = event(1, "node.started", #"{"attempt":1,"node":"advisor"}"#)
    private static let message = event(2, "message.started", #"{"role":"assistant","streaming":true}"#, cause: 1)

    private static func token(_ offset: Int, _ text: String) -> String {
        event(offset, "token", "{\"text\":\"\(text)\"}", cause: 2)
    }

    private static func event(_ offset: Int, _ kind: String, _ body: String, cause: Int? = nil) -> String {
        let caused = cause.map { ",\"cause\":\($0)" } ?? ""
        return "{\"session\":\"demo\",\"offset\":\(offset),\"position\":\(offset),"
            + "\"at\":\"2026-11-22T12:00:0\(offset).000000Z\",\"kind\":\"\(kind)\",\"v\":1\(caused),\"body\":\(body)}"
    }

    private static func page(_ events: [String], head: Int) -> [ScriptedServer.Step] {
        ScriptedServer.json(200, #"{"events":[\#(events.joined(separator: ","))],"head":\#(head),"next":1}"#)
    }
}
