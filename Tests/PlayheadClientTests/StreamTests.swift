import Events
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import PlayheadClient

struct StreamTests {
    @Test("A cut stream is resumed after the last whole message, and nothing comes twice")
    func resume() async throws {
        let server = try ScriptedServer(
            [Self.head, .chunk(Self.event(1) + ": hb\n" + Self.event(2)), .chunk("id: 3\ndata: {\"session\"")],
            [Self.head, .chunk(Self.event(3, text: "你"))],
            [Self.head, .chunk(Self.event(4)), .end])
        defer { server.stop() }
        let reconnects = Counter()
        let client = try Self.client(server, reconnects)
        var offsets: [Int64] = []
        for try await event in client.events(Self.session) { offsets.append(event.offset.value) }
        #expect(offsets == [1, 2, 3, 4])
        #expect(server.requests.map { $0.headers["last-event-id"] } == [nil, "2", "3"])
        #expect(server.requests[0].target == "/sessions/demo/events?format=events&follow=run")
        #expect(reconnects.count == 2)
    }

    @Test("A clean end is the end, and so is 204")
    func ends() async throws {
        let server = try ScriptedServer(
            [Self.head, .chunk(Self.event(6)), .end],
            [Self.head, .chunk(Self.event(6))],
            [.send("HTTP/1.1 204 No Content\r\n\r\n"), .awaitClose])
        defer { server.stop() }
        let client = try Self.client(server)
        for _ in 0..<2 {
            var offsets: [Int64] = []
            for try await event in client.events(Self.session, after: Offset(5)) { offsets.append(event.offset.value) }
            #expect(offsets == [6])
        }
        #expect(server.requests.map { $0.headers["last-event-id"] } == [nil, nil, "6"])
        #expect(server.requests[0].target.hasSuffix("&after=5"))
        #expect(!server.requests[2].target.contains("after"))
    }

    @Test("A body whose end only the connection tells is read again until nothing is left")
    func undelimited() async throws {
        let head = ScriptedServer.Step.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        let server = try ScriptedServer([head, .send(Self.event(1))], [head, .send(Self.event(2))], [head])
        defer { server.stop() }
        var offsets: [Int64] = []
        for try await event in try Self.client(server).events(Self.session) { offsets.append(event.offset.value) }
        #expect(offsets == [1, 2])
        #expect(server.requests.count == 3)
    }

    @Test("What came before an order that is broken is given first")
    func brokenOrder() async throws {
        let server = try ScriptedServer([Self.head, .chunk(Self.event(1) + Self.event(3)), .end])
        defer { server.stop() }
        var events = try Self.client(server).events(Self.session).makeAsyncIterator()
        #expect(try await events.next()?.offset == Offset(1))
        let error = await #expect(throws: PlayheadClientError.self) { try await events.next() }
        #expect(error?.code == .brokenOrder)
        #expect(try await events.next() == nil)
    }

    @Test("With filters offsets may leave some out, but not go back")
    func filters() async throws {
        let server = try ScriptedServer(
            [Self.head, .chunk(Self.event(2) + Self.event(9)), .end],
            [Self.head, .chunk(Self.event(2) + Self.event(2)), .end])
        defer { server.stop() }
        let client = try Self.client(server)
        let filtered = client.events(Self.session, kinds: [.token, .runStarted], nodes: ["小 美"])
        var offsets: [Int64] = []
        for try await event in filtered { offsets.append(event.offset.value) }
        #expect(offsets == [2, 9])
        #expect(
            server.requests[0].target.hasSuffix("&kind=token&kind=run.started&node=%E5%B0%8F%20%E7%BE%8E"))
        await #expect(throws: PlayheadClientError.self) { for try await _ in filtered {} }
    }

    @Test(
        "The server's errors are errors for good, with its code, words and head",
        arguments: [(404, "session_not_found"), (409, "offset_beyond_head"), (410, "session_erased"), (400, "bad")])
    func refused(status: Int, code: String) async throws {
        let body = #"{"error":{"code":"\#(code)","message":"no: “\n”","hint":"do","head":7,"more":[{}]}}"#
        let server = try ScriptedServer(ScriptedServer.json(status, body))
        defer { server.stop() }
        let client = try Self.client(server)
        let error = await #expect(throws: PlayheadClientError.self) {
            for try await _ in client.frames(Self.session) {}
        }
        #expect(error?.code.rawValue == code && error?.status == status)
        #expect(error?.message == "no: “\n”" && error?.hint == "do" && error?.head == Offset(7))
        #expect(server.requests.count == 1)
    }

    @Test("An answer that is no event stream is an error, not an empty stream")
    func wrongType() async throws {
        let server = try ScriptedServer(
            ScriptedServer.json(200, "{}"), [.send("HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\n<html>")])
        defer { server.stop() }
        let client = try Self.client(server)
        for _ in 0..<2 {
            let error = await #expect(throws: PlayheadClientError.self) {
                for try await _ in client.frames(Self.session) {}
            }
            #expect(error?.code == .unexpectedAnswer)
        }
    }

    @Test("A busy or draining server is asked again")
    func retried() async throws {
        let server = try ScriptedServer(
            ScriptedServer.json(503, "{}", headers: "Retry-After: 0\r\n"), ScriptedServer.json(429, "{}"),
            [Self.head, .chunk(Self.event(1)), .end])
        defer { server.stop() }
        var offsets: [Int64] = []
        for try await event in try Self.client(server).events(Self.session) { offsets.append(event.offset.value) }
        #expect(offsets == [1])
    }

    @Test("A server that is silent without heartbeats counts as lost; heartbeats keep it")
    func idle() async throws {
        let server = try ScriptedServer(
            [Self.head, .chunk(Self.event(1)), .awaitClose], [Self.head, .chunk(Self.event(2)), .end])
        defer { server.stop() }
        let reconnects = Counter()
        let client = try Self.client(server, reconnects) { $0.idleTimeout = .milliseconds(200) }
        var offsets: [Int64] = []
        for try await event in client.events(Self.session) { offsets.append(event.offset.value) }
        #expect(offsets == [1, 2] && reconnects.count == 1)
    }

    @Test("A first connection that cannot be made is an error at once; a lost stream is given up in the end")
    func unreachable() async throws {
        let closed = try PlayheadClient(server: "http://127.0.0.1:1")
        let error = await #expect(throws: PlayheadClientError.self) {
            for try await _ in closed.frames(Self.session) {}
        }
        #expect(error?.code == .unreachable)

        let server = try ScriptedServer([Self.head, .chunk(Self.event(1))])
        defer { server.stop() }
        let reconnects = Counter()
        let client = try Self.client(server, reconnects) { $0.giveUpAfter = .milliseconds(50) }
        var events = client.events(Self.session).makeAsyncIterator()
        #expect(try await events.next()?.offset == Offset(1))
        let lost = await #expect(throws: PlayheadClientError.self) { try await events.next() }
        #expect(lost?.code == .unreachable)
        #expect(reconnects.count > 0)
    }

    @Test("Cancelling the task ends a wait for events")
    func cancelled() async throws {
        let server = try ScriptedServer([Self.head, .chunk(Self.event(1)), .awaitClose])
        defer { server.stop() }
        let events = try Self.client(server).events(Self.session)
        let (first, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
        let reader = Task {
            for try await _ in events { continuation.yield() }
        }
        _ = await first.first { true }
        reader.cancel()
        await #expect(throws: CancellationError.self) { try await reader.value }
    }

    @Test("A whole piece of the body comes as one batch")
    func batches() async throws {
        let server = try ScriptedServer(
            [Self.head, .chunk((1...300).map { Self.event($0) }.joined()), .end])
        defer { server.stop() }
        var sizes: [Int] = []
        for try await batch in try Self.client(server).events(Self.session).batches { sizes.append(batch.count) }
        #expect(sizes.reduce(0, +) == 300 && sizes.count < 30)
    }

    static let session = SessionID.test("demo")
    static let head = ScriptedServer.streamHead

    static func event(_ offset: Int, text: String = "x") -> String {
        "id: \(offset)\ndata: {\"session\":\"demo\",\"offset\":\(offset),\"position\":\(offset),"
            + "\"at\":\"2026-11-22T12:04:31.655120Z\",\"kind\":\"token\",\"v\":1,\"body\":{\"text\":\"\(text)\"}}\n\n"
    }

    static func client(
        _ server: ScriptedServer, _ reconnects: Counter = Counter(), _ change: (inout ClientOptions) -> Void = { _ in }
    ) throws -> PlayheadClient {
        var options = ClientOptions()
        options.reconnectDelay = .milliseconds(2)
        options.longestReconnectDelay = .milliseconds(10)
        options.onReconnect = { _ in reconnects.add() }
        change(&options)
        return try PlayheadClient(server: server.address, options: options)
    }
}

/// Counts from any thread.
final class Counter: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }

    func add() { value.withLock { $0 += 1 } }
}
