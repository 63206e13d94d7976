import EventLog
import Events
import SQLite
import TestSupport
import Testing

@Suite("Settling") struct SettlingTests {
    let session = SessionID.test("s")

    @Test("Settled and unsettled events read the same")
    func sameEvents() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        defer { log.shutDown() }
        try await log.append(.tokens((0..<1_000).map { "\($0)" }), to: session)
        let before = try await log.all(session)
        try await log.settle()
        #expect(try await log.all(session) == before)
        #expect(try await log.read(session, after: Offset(999)).events == [before[999]])
        #expect(log.statistics.unsettled == 0)

        let connection = try Connection(path: directory.path + "/log.db", mode: .readOnly)
        #expect(try connection.integer("SELECT count(*) FROM settled_events") == 1_000)
        #expect(try connection.integer("SELECT count(*) FROM recent_events") == 0)
    }

    @Test("A session whose events are more than a slice's bytes is settled slice by slice")
    func largeBodies() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        defer { log.shutDown() }
        let body = String(repeating: "x", count: 600 << 10)
        let other = SessionID.test("other")
        for _ in 0..<4 {
            let large = NewEvent(kind: .custom, cause: .none, body: "\"\(body)\"")
            try await log.append([large, NewEvent(kind: .custom, cause: .none, body: "1")], to: session)
            try await log.append(.tokens(["z"]), to: other)
        }
        let before = (try await log.all(session), try await log.all(other))
        try await log.settle()
        #expect(log.statistics.unsettled == 0)
        #expect(try await log.all(session) == before.0)
        #expect(try await log.all(other) == before.1)
        let connection = try Connection(path: directory.path + "/log.db", mode: .readOnly)
        #expect(try connection.integer("SELECT count(*) FROM settled_events") == 12)
    }

    @Test("Positions are never reused after everything is settled, not even by a restart")
    func positions() async throws {
        let directory = try TemporaryDirectory()
        var positions: [Position] = []
        for _ in 0..<3 {
            let log = try SQLiteEventLog(directory: directory.path)
            try await log.append(.tokens(["a", "b"]), to: session)
            try await log.settle()
            try await log.append(.tokens(["c"]), to: session)
            positions = try await log.all(session).map(\.position)
            log.shutDown()
        }
        #expect(positions == (1...9).map { Position($0) })
    }

    @Test("A session that was let go of goes on at its head, with its times in order")
    func evicted() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        defer { log.shutDown() }
        try await log.append(.tokens(["a"]), to: session)
        try await log.settle()
        _ = try await expectError(.headConflict) {
            try await log.append(.tokens(["x"]), to: session, expecting: .beginning)
        }
        try await log.append(.tokens(["b"]), to: session, expecting: Offset(1))
        try await log.settle()
        let waiter = Task { try await log.waitForEvents(in: session, after: Offset(2)) }
        try await log.append([NewEvent(kind: .sessionClosed, cause: .none, body: "{}")], to: session)
        try await waiter.value
        try await log.settle()
        let page = try await log.read(session, after: .beginning)
        #expect(page.events.map(\.body) == ["a", "b", "{}"])
        #expect(page.status.isClosed)
        #expect(zip(page.events, page.events.dropFirst()).allSatisfy { $0.at <= $1.at })
        _ = try await expectError(.sessionClosed) { try await log.append(.tokens(["x"]), to: session) }
    }

    /// Sessions are let go of and come back all the time, while others append to them, read them and wait for them.
    @Test("Settling, eviction and appends in every order lose nothing")
    func races() async throws {
        let directory = try TemporaryDirectory()
        var options = SQLiteEventLog.Options()
        options.unsettledEvents = 1
        let log = try SQLiteEventLog(directory: directory.path, options: options)
        let sessions = (0..<6).map { SessionID.test("s\($0)") }
        let count = TestLength.count(300, long: 30_000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for session in sessions {
                group.addTask {
                    for number in 0..<count {
                        let head = Offset(Int64(number))
                        try await log.append(.tokens(["\(number)"]), to: session, expecting: head)
                        if number % 7 == 0 { try await log.settle() }
                        let status = try await log.status(of: session)
                        #expect(status?.head == head.next)
                        if number % 5 == 0 { #expect(try await log.read(session, after: head).events.count == 1) }
                    }
                    try await log.append([NewEvent(kind: .sessionClosed, cause: .none, body: "{}")], to: session)
                }
                for _ in 0..<2 {
                    group.addTask {
                        while try await log.status(of: session) == nil { await Task.yield() }
                        let events = try await follow(log, session, after: .beginning)
                        #expect(events.map(\.offset.value) == Array(1...Int64(count + 1)))
                        #expect(events.dropLast().map(\.body) == (0..<count).map { "\($0)" })
                    }
                }
            }
            group.addTask {
                for _ in 0..<count { _ = try await log.sessions(before: nil, limit: 100) }
            }
            try await group.waitForAll()
        }
        log.shutDown()
        #expect(try LogCheck(directory: directory.path).findings == [])
    }

    @Test("Slices of one large session and of many small ones end")
    func shapes() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        for _ in 0..<5 { try await log.append(.tokens(Array(repeating: "a", count: 1_000)), to: session) }
        let window = AppendWindow(log)
        for number in 0..<2_500 { try await window.send(Append(to: .test("small-\(number)"), .tokens(["b"]))) }
        try await window.flush()
        try await log.settle()
        #expect(log.statistics.unsettled == 0)
        log.shutDown()
        let check = try LogCheck(directory: directory.path)
        #expect(check.findings == [])
        #expect(check.events == 7_500)
        #expect(check.sessions == 2_501)
    }
}
