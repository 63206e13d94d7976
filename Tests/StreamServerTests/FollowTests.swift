import EventLog
import Events
import StreamServer
import Synchronization
import Testing
import TestSupport

/// What comes while a stream is busy with something else is neither missed nor waited for.
@Suite struct FollowTests {
    /// A log whose reads wait at a gate, once it has one.
    private final class HeldLog: ForwardingEventLog {
        let log: any EventLog
        let isRead = Gate()
        private let gate = Mutex<Gate?>(nil)

        init(_ log: any EventLog) { self.log = log }

        func hold(at gate: Gate) { self.gate.withLock { $0 = gate } }

        func read(
            _ session: SessionID, after: Offset, limit: Int, withCauses: Bool
        ) async throws -> EventPage {
            if let gate = gate.withLock({ $0 }) {
                isRead.open()
                await gate.wait()
            }
            return try await log.read(session, after: after, limit: limit, withCauses: withCauses)
        }
    }

    /// A stream that misses something waits without a heartbeat, so that its reader loses patience.
    private static let silent: ServerOptions = {
        var options = ServerOptions()
        options.heartbeatInterval = .seconds(300)
        return options
    }()

    private static func begin(_ log: any EventLog, _ session: SessionID) async throws -> Script.Started {
        let part = ContentPart(contentType: "text", content: "hi")
        let message = try await log.append(
            Append(
                to: session,
                [
                    try NewEvent(.sessionOpened, SessionOpened(chatbot: "xiaomei")),
                    try NewEvent(.messageReceived, MessageReceived(chatbot: "xiaomei", contents: [part])),
                ], awaitsRun: true)
        ).last
        return try await Script.begin(log, session, message)
    }

    private static func completed(_ run: Offset) throws -> NewEvent {
        try NewEvent(.runCompleted, cause: .event(run), RunEnded(durationMs: 5))
    }

    private func isLast(_ answer: RawAnswer) -> Bool {
        (try? Frame.all(answer.body).last?.summary) == "run/completed"
    }

    @Test("What comes while a stream reads what memory does not have follows at once")
    func whileFetching() async throws {
        let watched = WatchedLog()
        let log = HeldLog(watched)
        try await TestServer.run(log: log, options: Self.silent) { server in
            let started = try await Self.begin(log, .test("demo"))
            let stream = try server.open(
                "GET", "/sessions/demo/events?follow=session&after=\(started.message)")
            await watched.untilFollowed(by: 1)
            let gate = Gate()
            log.hold(at: gate)
            // Where it belongs is known from events before those that the stream has seen.
            try await log.append([.token("one", of: started.message)], to: .test("demo"))
            await log.isRead.wait()
            try await log.append([Self.completed(started.run)], to: .test("demo"))
            gate.open()
            var answer = RawAnswer()
            try await stream.read(&answer, until: isLast)
            #expect(try Frame.all(answer.body).map { try $0.summary } == ["ai_message", "run/completed"])
        }
    }

    @Test("What comes while the text before it is held back for its pace follows the text")
    func whilePaced() async throws {
        let watched = WatchedLog()
        try await TestServer.run(log: watched, options: Self.silent) { server in
            let started = try await Self.begin(watched, .test("demo"))
            let stream = try server.open(
                "GET", "/sessions/demo/events?follow=session&pace=20&after=\(started.message)")
            await watched.untilFollowed(by: 1)
            let text = "half a second"
            try await watched.append(
                [
                    .token(text, of: started.message),
                    try NewEvent(.messageCompleted, cause: .event(started.message), Script.completed([text])),
                ], to: .test("demo"))
            var answer = RawAnswer()
            try await stream.read(&answer) { !$0.body.isEmpty }
            #expect(!answer.text.contains("second"))
            try await watched.append([Self.completed(started.run)], to: .test("demo"))
            try await stream.read(&answer, until: isLast)
            let frames = try Frame.all(answer.body)
            #expect(try frames.first { try $0.isFinal }?.content == text)
            #expect(isLast(answer))
        }
    }

    @Test("A stream at the head of a settled session waits there, and goes on")
    func notInMemory() async throws {
        let directory = try TemporaryDirectory()
        let first = try SQLiteEventLog(directory: directory.path)
        let started = try await Self.begin(first, .test("demo"))
        let head = try await first.append([Self.completed(started.run)], to: .test("demo")).last
        try await first.settle()
        first.shutDown()
        let log = try SQLiteEventLog(directory: directory.path)
        defer { log.shutDown() }
        try await TestServer.run(log: log, options: Self.silent) { server in
            let stream = try server.open("GET", "/sessions/demo/events?follow=session&after=\(head)")
            var answer = RawAnswer()
            try await stream.read(&answer) { $0.status == 200 }
            let part = ContentPart(contentType: "text", content: "and now?")
            let body = MessageReceived(chatbot: "xiaomei", contents: [part])
            try await log.append([try NewEvent(.messageReceived, body)], to: .test("demo"))
            try await stream.read(&answer) { !$0.body.isEmpty }
            #expect(try Frame.all(answer.body).map { try $0.summary } == ["user_message"])
        }
    }
}
