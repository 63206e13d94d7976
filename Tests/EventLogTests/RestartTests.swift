import EventLog
import Events
import Foundation
import SQLite
import TestSupport
import Testing

@Suite("Restarts and other processes") struct RestartTests {
    let session = SessionID.test("s")

    @Test("A log that is opened again has everything, settled or not")
    func reopen() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        let incarnation = log.incarnation
        try await log.append(.tokens(["a", "b"]), to: session)
        try await log.settle()
        try await log.append(.tokens(["c"]), to: session)
        try await log.append(.tokens(["d"]), to: .test("other"))
        let before = try await log.all(session)
        log.shutDown()
        log.shutDown()

        let again = try SQLiteEventLog(directory: directory.path)
        defer { again.shutDown() }
        #expect(again.incarnation == incarnation)
        #expect(try await again.all(session) == before)
        try await again.append(.tokens(["e"]), to: session, expecting: Offset(3))
        #expect(try await again.all(session).map(\.body) == ["a", "b", "c", "e"])
        #expect(try await again.all(session).map(\.position.value) == [1, 2, 3, 5])
    }

    @Test("Open runs are known after a restart")
    func openRuns() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        let message = NewEvent(kind: .messageReceived, cause: .none, body: "{}")
        let run = NewEvent(kind: .runStarted, cause: .event(Offset(1)), body: "{}")
        let pause = NewEvent(kind: .runPaused, cause: .event(Offset(2)), body: "{}")
        for (name, events) in [("queued", [message]), ("running", [message, run]), ("paused", [message, run, pause])] {
            for event in events { _ = try await log.append(Append(to: .test(name), [event], awaitsRun: true)) }
        }
        try await log.settle()
        let before = try await log.openRuns().map { "\($0)" }
        #expect(before.count == 3)
        log.shutDown()
        let again = try SQLiteEventLog(directory: directory.path)
        defer { again.shutDown() }
        #expect(try await again.openRuns().map { "\($0)" } == before)
        #expect(try await again.status(of: .test("paused"))?.isRunInProgress == false)
        #expect(try await again.status(of: .test("running"))?.isRunInProgress == true)
    }

    @Test("The view shows an auditor with sqlite3 what the log has")
    func view() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        defer { log.shutDown() }
        try await log.append([.custom("a")], to: session)
        try await log.append([.token("你好", of: Offset(1))], to: session)
        try await log.settle()
        try await log.append([NewEvent(kind: EventKind(rawValue: 900), cause: .none, body: "{}")], to: session)
        let events = try await log.all(session)

        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "sqlite3", "-readonly", directory.path + "/log.db",
            "SELECT * FROM events WHERE session = 's' ORDER BY \"offset\"",
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        let expected = events.map { event in
            "\(event.session)|\(event.offset)|\(event.position)|\(event.at)|\(event.kind)|\(event.version)"
                + "|\(event.cause.map(\.description) ?? "")|\(event.body ?? "")"
        }
        #expect(output.split(separator: "\n").map(String.init) == expected)
    }

    @Test("An event is immutable in both tables, except that its body may be emptied")
    func immutable() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        try await log.append(.tokens(["a"]), to: session)
        try await log.settle()
        try await log.append(.tokens(["b"]), to: session)
        log.shutDown()
        let connection = try Connection(path: directory.path + "/log.db", mode: .readWrite)
        for table in ["settled_events", "recent_events"] {
            for change in ["body = 'x'", "body = NULL, at = at + 1", "kind = 2, body = NULL", "cause = 1, body = NULL"]
            {
                #expect(throws: SQLiteError.self) { try connection.execute("UPDATE \(table) SET \(change)") }
            }
            try connection.execute("UPDATE \(table) SET body = NULL")
        }
    }

    @Test("A second writer is refused with a clear message, in this process and in another")
    func secondWriter() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        let error = try await expectError(.alreadyOpen) { _ = try SQLiteEventLog(directory: directory.path) }
        #expect(error.message.contains("process \(ProcessInfo.processInfo.processIdentifier)"))
        #expect(error.hint != nil)
        let refused = try Worker(["open", directory.path]).end()
        #expect(refused.first == "log_already_open")
        #expect(refused.last?.contains("stop it first") == true)
        log.shutDown()
        #expect(try Worker(["open", directory.path]).end() == ["open"])
        try SQLiteEventLog(directory: directory.path).shutDown()
    }

    @Test("A log that is let go of without a shutdown lets go of its directory")
    func deinitialised() async throws {
        let directory = try TemporaryDirectory()
        for number in 0..<3 {
            let log = try SQLiteEventLog(directory: directory.path)
            try await log.append(.tokens(["\(number)"]), to: session)
        }
        let log = try SQLiteEventLog(directory: directory.path)
        defer { log.shutDown() }
        #expect(try await log.all(session).count == 3)
    }

    @Test("A reader in another process sees each event in order, soon, while the writer settles")
    func follower() async throws {
        let directory = try TemporaryDirectory()
        var options = SQLiteEventLog.Options()
        options.unsettledEvents = 20
        let log = try SQLiteEventLog(directory: directory.path, options: options)
        defer { log.shutDown() }
        try await log.append(.tokens(["0"]), to: session)
        let count = TestLength.count(400, long: 20_000)
        let worker = try Worker(["follow", directory.path, session.name, "\(count)"])
        worker.lines(atLeast: 1)
        var committed: [Int64] = [0]
        for number in 1..<count {
            try await log.append(.tokens(["\(number)"]), to: session)
            committed.append(monotonicMicroseconds())
            if number % 3 == 0 { try await log.append(.tokens(["noise"]), to: .test("other\(number % 5)")) }
            if number % 50 == 0 { try await log.settle() }
        }
        var lags: [Int64] = []
        for (number, line) in worker.end().dropFirst().enumerated() {
            let fields = line.split(separator: " ")
            #expect(fields.map(String.init)[0] == "\(number + 1)")
            #expect(fields.map(String.init)[2] == "\(number)")
            lags.append((Int64(fields[1]) ?? .max) - committed[number])
        }
        #expect(lags.count == count)
        let late = lags.dropFirst().sorted()
        print("a reader in another process: \(late[late.count / 2]) µs late, 99 % \(late[late.count * 99 / 100]) µs")
        #expect(late[late.count / 2] < 50_000, "half of the events are seen within 50 ms of their commit")
        // A busy machine lets a process wait; without notices the poll alone would take half of `Limits.followPollMs`.
        #expect(late[late.count * 99 / 100] < 500_000, "of a hundred events 99 are seen within half a second")
    }

    @Test("A reader in another process reads a log that nobody writes, and pages like the log itself")
    func readerAlone() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        try await log.append(.tokens((0..<700).map { "\($0)" }), to: session)
        try await log.settle()
        try await log.append(.tokens((700..<1_400).map { "\($0)" }), to: session)
        let events = try await log.all(session)
        log.shutDown()

        let file = try LogFile(directory: directory.path)
        #expect(try file.page(.test("none"), after: .beginning) == nil)
        for limit in [1, 7, 512, 1_000] {
            var read: [Event] = []
            while let page = try file.page(
                session, after: read.last?.offset ?? .beginning, position: read.last?.position ?? .beginning,
                limit: limit), !page.events.isEmpty
            {
                #expect(page.events.count <= limit)
                #expect(page.status.head == Offset(1_400))
                read += page.events
                if limit == 1, read.count == 30 { break }
            }
            #expect(read == Array(events.prefix(read.count)))
            #expect(read.count == (limit == 1 ? 30 : 1_400))
        }
        #expect(try file.page(session, after: Offset(1_399))?.events == [events[1_399]])
        for event in [events[0], events[699], events[700], events[1_399]] {
            let expected = events.last { $0.at < event.at }?.offset ?? .beginning
            #expect(try file.offset(before: event.at, in: session) == expected)
        }
    }
}

func monotonicMicroseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
}
