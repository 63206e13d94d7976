import EventLog
import Events
import Synchronization
import TestSupport
import Testing

@Suite("Subscriptions") struct SubscriptionTests {
    let session = SessionID.test("s")
    private let close = NewEvent(kind: .sessionClosed, cause: .none, body: "{}")

    @Test("A subscription catches up, follows, and ends with the session", arguments: Implementation.allCases)
    func catchUp(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            try await log.append(.tokens(["a", "b"]), to: session)
            let reader = Task { try await follow(log, session, after: Offset(1)) }
            for text in ["c", "d", "e"] { try await log.append(.tokens([text]), to: session) }
            try await log.append([close], to: session)
            #expect(try await reader.value.map(\.body) == ["b", "c", "d", "e", "{}"])
        }
    }

    /// Readers start at any moment while writers append and the log settles under them.
    @Test("Many subscribers see every event once and in order", arguments: Implementation.allCases)
    func switchWithoutGap(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            let sessions = (0..<4).map { SessionID.test("s\($0)") }
            for session in sessions { try await log.append(.tokens(["0"]), to: session) }
            let counts = try await withThrowingTaskGroup(of: Int?.self) { group in
                for session in sessions {
                    for writer in 0..<3 {
                        group.addTask {
                            let window = AppendWindow(log)
                            for number in 0..<200 {
                                try await window.send(Append(to: session, .tokens(["\(writer).\(number)"])))
                                if number % 17 == writer { await Task.yield() }
                            }
                            try await window.flush()
                            return nil
                        }
                    }
                    for reader in 0..<5 {
                        group.addTask {
                            for _ in 0..<reader * 50 { await Task.yield() }
                            let events = try await follow(log, session, after: .beginning, count: 601)
                            #expect(events.map(\.offset.value) == Array(1...601))
                            for writer in 0..<3 {
                                let own = events.compactMap(\.body).filter { $0.hasPrefix("\(writer).") }
                                #expect(own == (0..<200).map { "\(writer).\($0)" })
                            }
                            return events.count
                        }
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 == nil ? 0 : 1 }
            }
            #expect(counts == 20)
        }
    }

    @Test("A cancelled wait ends with CancellationError and leaves nothing behind", arguments: Implementation.allCases)
    func cancellation(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            try await log.append(.tokens(["a"]), to: session)
            for pause in [0, 1, 10, 100] {
                let waiter = Task { try await log.waitForEvents(in: session, after: Offset(1)) }
                for _ in 0..<pause { await Task.yield() }
                waiter.cancel()
                await #expect(throws: CancellationError.self) { try await waiter.value }
            }
            let waiter = Task { try await log.waitForEvents(in: session, after: Offset(1)) }
            try await log.append(.tokens(["b"]), to: session)
            try await waiter.value
        }
    }

    @Test("A wait for an event far ahead goes on until it is there", arguments: Implementation.allCases)
    func farAhead(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            try await log.append(.tokens(["a"]), to: session)
            let isDone = Atomic<Bool>(false)
            let near = Task { try await log.waitForEvents(in: session, after: Offset(1)) }
            let far = Task {
                try await log.waitForEvents(in: session, after: Offset(3))
                let wasDone = isDone.load(ordering: .sequentiallyConsistent)
                #expect(wasDone)
            }
            try await log.append(.tokens(["b"]), to: session)
            try await near.value
            try await log.append(.tokens(["c"]), to: session)
            isDone.store(true, ordering: .sequentiallyConsistent)
            try await log.append(.tokens(["d"]), to: session)
            try await far.value
        }
    }

    @Test("An observer is told of every change until it stops", arguments: Implementation.allCases)
    func observer(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            let observer = Observer()
            _ = try await expectError(.sessionNotFound) { _ = try await log.follow(session, observer) }
            try await log.append(.tokens(["a"]), to: session)
            #expect(try await log.follow(session, observer).head == Offset(1))
            try await log.append(.tokens(["b", "c"]), to: session)
            try await log.append(.tokens(["x"]), to: .test("another"))
            try await log.append([close], to: session)
            #expect(observer.told.withLock { $0 } == ["3", "4 closed"])
            log.stopObserving(session, observer)
            _ = try await expectError(.sessionClosed) { try await log.append(.tokens(["d"]), to: session) }
            #expect(observer.told.withLock { $0.count } == 2)
        }
    }

    @Test("An observer keeps its session in memory, and is told of the shutdown")
    func observerStays() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        try await log.append(.tokens(["a", "b"]), to: session)
        #expect(try log.recent(session, after: Offset(1), limit: 10)?.events.map(\.body) == ["b"])
        let (observer, stopped) = (Observer(), Observer())
        for observer in [observer, stopped] { _ = try await log.follow(session, observer) }
        log.stopObserving(session, stopped)
        try await log.settle()
        #expect(try log.recent(session, after: Offset(1), limit: 10) == nil)
        #expect(try log.recent(session, after: Offset(2), limit: 10)?.events == [])
        try await log.append(.tokens(["c"]), to: session)
        #expect(try log.recent(session, after: Offset(2), limit: 10)?.events.map(\.body) == ["c"])
        log.shutDown()
        #expect(observer.told.withLock { $0 } == ["3", "shut down"])
        #expect(stopped.told.withLock { $0 } == [])
    }

    @Test("The end of the log wakes those who wait")
    func shutDown() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        try await log.append(.tokens(["a"]), to: session)
        let waiters = (0..<10).map { _ in Task { try await log.waitForEvents(in: session, after: Offset(1)) } }
        for _ in 0..<20 { await Task.yield() }
        log.shutDown()
        for waiter in waiters {
            let error = await #expect(throws: EventLogError.self) { try await waiter.value }
            #expect(error?.code == .shutDown)
        }
        _ = try await expectError(.shutDown) { try await log.append(.tokens(["b"]), to: session) }
        _ = try await expectError(.shutDown) { try await log.waitForEvents(in: session, after: Offset(1)) }
    }
}

/// Follows a session until it closes or `count` events came; checks that no event is left out or repeated.
func follow(_ log: some EventLog, _ session: SessionID, after: Offset, count: Int = .max) async throws -> [Event] {
    var events: [Event] = []
    for try await page in log.subscribe(session, after: after) {
        #expect(!page.events.isEmpty)
        #expect(page.status.head >= page.events[page.events.count - 1].offset)
        events += page.events
        if events.count >= count { break }
    }
    return events
}

private final class Observer: SessionObserver {
    let told = Mutex<[String]>([])

    func sessionChanged(head: Offset, isClosed: Bool) {
        told.withLock { $0.append(isClosed ? "\(head) closed" : "\(head)") }
    }

    func logShutDown() { told.withLock { $0.append("shut down") } }
}
