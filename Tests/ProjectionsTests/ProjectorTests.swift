import EventLog
import Events
import Foundation
import Projections
import TestSupport
import Testing

@Suite("Guarantee 4: rebuild equals live")
struct ProjectorTests {
    private let session = SessionID.test("s")

    private func story() throws -> [[NewEvent]] {
        [
            [
                try NewEvent(.sessionOpened, SessionOpened(chatbot: "bot")),
                try NewEvent(
                    .messageReceived,
                    MessageReceived(chatbot: "bot", contents: [ContentPart(contentType: "text", content: "é 👩‍🚀?")])),
            ],
            [
                try NewEvent(
                    .runStarted, cause: .event(Offset(2)),
                    RunStarted(workflow: "w", version: 1, chatbot: "bot", agents: [:]))
            ],
            [try NewEvent(.nodeStarted, cause: .event(Offset(3)), NodeStarted(node: "n", attempt: 1))],
            [NewEvent(kind: .nodeUpdated, cause: .event(Offset(4)), body: "{\"a_b\":1.5,\"camelCase\":[1,2.25,null]}")],
            [
                try NewEvent(
                    .messageStarted, cause: .event(Offset(4)),
                    MessageStarted(role: "assistant", agent: "x", model: "m", streaming: true))
            ],
            [.token("e", of: Offset(6)), .token("\u{301}", of: Offset(6)), .token("你好", of: Offset(6))],
            [
                try NewEvent(
                    .messageCompleted, cause: .event(Offset(6)),
                    MessageCompleted(
                        finishReason: "stop", usage: nil, timeToFirstTokenMs: 1, characters: 3, sha256: "00"))
            ],
            [try NewEvent(.nodeCompleted, cause: .event(Offset(4)), NodeCompleted(durationMs: 3))],
            [try NewEvent(.runCompleted, cause: .event(Offset(3)), RunEnded(durationMs: 5))],
        ]
    }

    @Test("a state stored after every append and the one folded from the log are the same bytes")
    func sameBytes() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        defer { log.shutDown() }
        let projector = try Projector(log: log, dataDirectory: directory.path)
        for events in try story() {
            try await log.append(events, to: session)
            try await projector.save(session)
            let live = try #require(try await projector.storedText(session))
            #expect(try await projector.rebuild() == 1)
            let rebuilt = try #require(try await projector.storedText(session))
            #expect(Array(live.utf8) == Array(rebuilt.utf8))
        }
    }

    @Test("the state at every offset equals the fold of the events up to it")
    func atEveryOffset() async throws {
        let directory = try TemporaryDirectory()
        let log = MemoryEventLog()
        let projector = try Projector(log: log, dataDirectory: directory.path)
        for events in try story() { try await log.append(events, to: session) }
        try await projector.save(session)
        var state = SessionState(session: session)
        for event in try await log.all(session) {
            state.apply(event)
            #expect(try await projector.state(of: session, at: event.offset) == state)
        }
        #expect(state.messages.last?.text == "e\u{301}你好")
        #expect(state.runs.first?.nodes.first?.update?["camelCase"] == .array([.integer(1), .number(2.25), .null]))
    }

    @Test("an offset beyond the head and an unknown session are errors that say so")
    func errors() async throws {
        let directory = try TemporaryDirectory()
        let log = MemoryEventLog()
        let projector = try Projector(log: log, dataDirectory: directory.path)
        try await log.append([.custom("x")], to: session)
        let beyond = await #expect(throws: EventLogError.self) { try await projector.state(of: session, at: Offset(2)) }
        #expect(beyond?.code == .offsetBeyondHead)
        #expect(beyond?.head == Offset(1))
        let unknown = await #expect(throws: EventLogError.self) { try await projector.state(of: .test("no")) }
        #expect(unknown?.code == .sessionNotFound)
    }

    @Test("a log that was restored from an older copy is not shown with what is stored of the newer one")
    func restored() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path
        let log = try SQLiteEventLog(directory: path)
        try await log.append([.custom("kept")], to: session)
        log.shutDown()
        try FileManager.default.copyItem(atPath: path + "/log.db", toPath: path + "/older")
        let newer = try SQLiteEventLog(directory: path)
        let projector = try Projector(log: newer, dataDirectory: path, incarnation: newer.incarnation)
        try await newer.append([.custom("lost"), .custom("lost")], to: session)
        try await projector.save(session)
        newer.shutDown()
        // What the error for a damaged log says to do.
        for name in ["log.db", "log.db-wal", "log.mark"] {
            try FileManager.default.removeItem(atPath: path + "/" + name)
        }
        try FileManager.default.moveItem(atPath: path + "/older", toPath: path + "/log.db")
        let older = try SQLiteEventLog(directory: path)
        defer { older.shutDown() }
        let again = try Projector(log: older, dataDirectory: path, incarnation: older.incarnation)
        try await older.append(.tokens(["other", "other", "other"]), to: session)
        #expect(try await again.state(of: session).customEvents == 1)
    }

    @Test("a damaged file of read models is made anew")
    func damaged() async throws {
        let directory = try TemporaryDirectory()
        try Data("no database at all, but long enough to look like one".utf8)
            .write(to: URL(fileURLWithPath: directory.path + "/projections.db"))
        let log = MemoryEventLog()
        try await log.append([.custom("x")], to: session)
        let projector = try Projector(log: log, dataDirectory: directory.path)
        try await projector.save(session)
        #expect(try await projector.state(of: session).customEvents == 1)
    }

    @Test("an unknown kind and a body that cannot be read change nothing but the head")
    func total() async throws {
        var state = SessionState(session: session)
        let odd: [(Int, String?)] = [(99, "{}"), (4, "not JSON"), (15, nil), (17, "{}"), (11, "[]")]
        for (index, (kind, body)) in odd.enumerated() {
            state.apply(
                Event(
                    session: session, offset: Offset(Int64(index) + 1), position: Position(Int64(index) + 1),
                    at: Timestamp(microseconds: 0), kind: EventKind(rawValue: kind), cause: nil, body: body))
        }
        #expect(state.head == Offset(5))
        #expect(state.runs.isEmpty)
        #expect(state.messages.isEmpty)
    }
}
