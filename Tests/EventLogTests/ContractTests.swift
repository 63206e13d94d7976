import EventLog
import Events
import TestSupport
import Testing

/// What every implementation of the log does.
@Suite("The contract of a log") struct ContractTests {
    let session = SessionID.test("s")

    @Test(
        "Guarantee 2: gapless: appended events are read back in order with offsets from 1",
        arguments: Implementation.allCases)
    func appendAndRead(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            let first = try await log.append([.custom("a"), .custom("b", cause: .sameAppend(0))], to: session)
            #expect(first == Appended(first: Offset(1), last: Offset(2)))
            let second = try await log.append([.token("你好", of: Offset(2))], to: session)
            #expect(second == Appended(first: Offset(3), last: Offset(3)))

            let page = try await log.read(session, after: .beginning)
            #expect(page.events.map(\.offset.value) == [1, 2, 3])
            #expect(page.events.map(\.body) == ["\"a\"", "\"b\"", "你好"])
            #expect(page.events.map(\.cause) == [nil, Offset(1), Offset(2)])
            #expect(page.events.map(\.kind) == [.custom, .custom, .token])
            #expect(page.status == SessionStatus(head: Offset(3)))
            #expect(
                zip(page.events, page.events.dropFirst()).allSatisfy { $0.position < $1.position && $0.at <= $1.at })
            #expect(try await log.read(session, after: Offset(2)).events == Array(page.events[2...]))
            #expect(try await log.read(session, after: Offset(3)).events.isEmpty)
            #expect(try await log.read(session, after: .beginning, limit: 2).events == Array(page.events[..<2]))
        }
    }

    @Test(
        "A page says where its first event belongs: its cause, that one's, and so on, no more than so many",
        arguments: Implementation.allCases)
    func causes(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            // Each event but the first has the one two before it for its cause, the second none.
            var events: [NewEvent] = [.custom("1"), .custom("2")]
            for offset in 3...40 { events.append(.custom("\(offset)", cause: .event(Offset(Int64(offset - 2))))) }
            for event in events { try await log.append([event], to: session) }
            for first in 1...40 {
                let page = try await log.read(session, after: Offset(Int64(first - 1)), limit: 3, withCauses: true)
                let expected = stride(from: first - 2, through: 1, by: -2).prefix(Limits.causesPerPage)
                #expect(page.causes.map(\.offset.value) == expected.map(Int64.init))
                #expect(page.causes.map(\.body) == expected.map { "\"\($0)\"" })
                #expect(page.causes.allSatisfy { $0.session == session })
            }
            #expect(try await log.read(session, after: Offset(40), limit: 3, withCauses: true).causes.isEmpty)
            #expect(try await log.read(session, after: Offset(30), limit: 3).causes.isEmpty)
        }
    }

    @Test("A session that nobody appended to does not exist", arguments: Implementation.allCases)
    func noSession(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            _ = try await expectError(.sessionNotFound) { _ = try await log.read(session, after: .beginning) }
            _ = try await expectError(.sessionNotFound) { try await log.waitForEvents(in: session, after: .beginning) }
            #expect(try await log.status(of: session) == nil)
            #expect(try await log.sessions(before: nil, limit: 10).isEmpty)
        }
    }

    @Test("A read after an offset beyond the head names the head", arguments: Implementation.allCases)
    func beyondHead(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            try await log.append(.tokens(["a", "b"]), to: session)
            let error = try await expectError(.offsetBeyondHead) { _ = try await log.read(session, after: Offset(3)) }
            #expect(error.head == Offset(2))
        }
    }

    @Test("A wrong expected head is a conflict that names the head", arguments: Implementation.allCases)
    func expectedHead(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            let early = try await expectError(.headConflict) {
                try await log.append(.tokens(["a"]), to: session, expecting: Offset(1))
            }
            #expect(early.head == .beginning)
            try await log.append(.tokens(["a"]), to: session, expecting: .beginning)
            let late = try await expectError(.headConflict) {
                try await log.append(.tokens(["b"]), to: session, expecting: .beginning)
            }
            #expect(late.head == Offset(1))
            try await log.append(.tokens(["b"]), to: session, expecting: Offset(1))
            #expect(try await log.all(session).map(\.body) == ["a", "b"])
        }
    }

    @Test("Of many appends that expect one head one wins", arguments: Implementation.allCases)
    func oneWins(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        do {
                            try await log.append(.tokens(["\(number)"]), to: session, expecting: .beginning)
                            return true
                        } catch { return false }
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(outcomes == 1)
            let events = try await log.all(session)
            #expect(events.count == 1)
        }
    }

    @Test("A closed session takes no more events and is still read", arguments: Implementation.allCases)
    func closed(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            try await log.append(
                .tokens(["a"]) + [NewEvent(kind: .sessionClosed, cause: .none, body: "{}")], to: session)
            let error = try await expectError(.sessionClosed) { try await log.append(.tokens(["b"]), to: session) }
            #expect(error.head == Offset(2))
            #expect(try await log.read(session, after: .beginning).status.isClosed)
            #expect(try await log.all(session).count == 2)
            try await log.waitForEvents(in: session, after: Offset(2))
        }
    }

    @Test("An append that breaks a rule is refused and records nothing", arguments: Implementation.allCases)
    func invalidAppends(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            try await log.append(.tokens(["a"]), to: session)
            let big = String(repeating: "x", count: Limits.bytesPerBody + 1)
            let bad: [[NewEvent]] = [
                [], .tokens(["x", big]), .tokens(["x"]) + [.token("b", of: Offset(2))], [.token("b", of: .beginning)],
                [.custom("b", cause: .sameAppend(0))], .tokens(["x"]) + [.custom("b", cause: .sameAppend(-1))],
                .tokens(Array(repeating: "b", count: Limits.eventsPerAppend + 1)),
                [NewEvent(kind: EventKind(rawValue: 0), cause: .none, body: "{}")],
            ]
            for events in bad {
                _ = try await expectError(.invalidAppend) { try await log.append(events, to: session) }
            }
            #expect(try await log.all(session).map(\.body) == ["a"])
            _ = try await expectError(.invalidAppend) {
                try await log.append([.token("a", of: Offset(1))], to: .test("new"))
            }
            #expect(try await log.status(of: .test("new")) == nil)
        }
    }

    @Test(
        "The largest append and the largest body are taken, and a page keeps its limits",
        arguments: Implementation.allCases)
    func largest(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            let appends = Limits.eventsPerPage / Limits.eventsPerAppend + 1
            let small = Limits.eventsPerAppend * appends
            for _ in 0..<appends {
                try await log.append(.tokens(Array(repeating: "a", count: Limits.eventsPerAppend)), to: session)
            }
            let big = String(repeating: "é", count: Limits.bytesPerBody / 2)
            try await log.append(.tokens([big, big]), to: session)
            let page = try await log.read(session, after: .beginning, limit: Int.max)
            #expect(page.events.count == Limits.eventsPerPage)
            let bytes = try await log.read(session, after: Offset(Int64(small)))
            #expect(bytes.events.map(\.body) == [big])
            #expect(try await log.all(session).count == small + 2)
        }
    }

    @Test("Guarantee 7: text is never broken: it is kept byte for byte", arguments: Implementation.allCases)
    func bytes(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            let texts = ["", "\u{0}", "a\u{0}b", "é", "e\u{301}", "👨‍👩‍👧‍👦", "\u{FEFF}", "\u{10FFFF}", "\r\n", "'\"\\"]
            try await log.append(.tokens(texts), to: session)
            if let log = log as? SQLiteEventLog { try await log.settle() }
            try await log.append(.tokens(texts), to: session)
            let bodies = try await log.all(session).map { Array(($0.body ?? "nil").utf8) }
            #expect(bodies == (texts + texts).map { Array($0.utf8) })
        }
    }

    @Test("Sessions are listed newest first, in pages", arguments: Implementation.allCases)
    func sessions(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            for number in 1...5 {
                try await log.append(.tokens(Array(repeating: "a", count: number)), to: .test("s\(number)"))
            }
            let first = try await log.sessions(before: nil, limit: 3)
            #expect(first.map(\.session.name) == ["s5", "s4", "s3"])
            #expect(first.map(\.status.head.value) == [5, 4, 3])
            let rest = try await log.sessions(before: first.last?.number, limit: 3)
            #expect(rest.map(\.session.name) == ["s2", "s1"])
        }
    }

    @Test("Open runs follow the events", arguments: Implementation.allCases)
    func openRuns(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            func append(_ kind: EventKind, _ cause: Offset? = nil, awaitsRun: Bool = false) async throws -> Offset {
                let event = NewEvent(kind: kind, cause: cause.map { .event($0) } ?? .none, body: "{}")
                return try await log.append(Append(to: session, [event], awaitsRun: awaitsRun)).first
            }
            let one = try await append(.messageReceived, awaitsRun: true)
            let two = try await append(.messageReceived, awaitsRun: true)
            _ = try await append(.messageReceived)
            let queued = [OpenRun(message: one, run: nil), OpenRun(message: two, run: nil)]
            #expect(try await log.status(of: session)?.openRuns == queued)
            let run = try await append(.runStarted, one)
            _ = try await append(.runPaused, run)
            #expect(
                try await log.openRuns().map(\.runs)
                    == [[OpenRun(message: one, run: run, isPaused: true), OpenRun(message: two, run: nil)]])
            _ = try await append(.runResumed, run)
            _ = try await append(.runCompleted, run)
            #expect(try await log.status(of: session)?.openRuns == [OpenRun(message: two, run: nil)])
            #expect(try await log.status(of: session)?.isRunInProgress == true)
            _ = try await append(.runCancelled, two)
            #expect(try await log.openRuns().isEmpty)
            #expect(try await log.status(of: session)?.isRunInProgress == false)
        }
    }
}
