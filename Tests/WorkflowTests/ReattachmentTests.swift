import EventLog
import Events
import Projections
import TestSupport
import Testing

@testable import Workflow

@Suite("Re-attachment: after a crash of our own the upstream goes on with the same answer", .timeLimit(.minutes(1)))
struct ReattachmentTests {
    /// One of the words is so long that a second place to go on from is recorded after it.
    private static let words =
        ["你", "好", "，a\u{301}", "👩‍🚀", " 12.5%", "🇫🇷"] + [String(repeating: "龙", count: 1500)]
        + ["सत्यमेव", "ไทย", "العربية", "。"]

    @Test(
        "A run cut at every event of its answer goes on without a token lost, repeated or asked for again",
        arguments: KeepingUpstream.Interface.allCases)
    func everyCut(_ interface: KeepingUpstream.Interface) async throws {
        let gate = Gate()
        let upstream = try KeepingUpstream(interface, Self.words, pausing: (after: 7, gate: gate))
        let whole = try bench(upstream.row(interface))
        _ = try await whole.runs.start(whole.request("?"))
        try await whole.until { $0.kind == .token && $0.body == Self.words[6] }
        gate.open()
        await whole.runs.waitUntilIdle(TestBench.session)
        let events = try await whole.log.all(TestBench.session)
        let begin = try #require(events.firstIndex { $0.kind == .messageStarted })
        let named = try #require(events.firstIndex { $0.kind == .messageResumable })
        let end = try #require(events.firstIndex { $0.kind == .messageCompleted })
        #expect(events.count { $0.kind == .messageResumable } == 2)
        for count in (begin + 1)...end {
            let before = upstream.questions.count
            let bench = try bench(upstream.row(interface), log: try await MemoryEventLog.prefix(events, count))
            try await resume(bench)
            let after = try await bench.log.all(TestBench.session)
            #expect(after.last?.kind == .runCompleted, "cut after \(count)")
            let isNamed = count > named
            #expect(upstream.questions.count - before == (isNamed ? 0 : 1), "cut after \(count)")
            let answers = try await self.answers(bench)
            #expect(answers.count == (isNamed ? 1 : 2))
            #expect(answers.last?.status == .completed)
            let tokens = after.filter { $0.kind == .token && $0.cause == answers.last?.offset }.compactMap(\.body)
            #expect(tokens.map { Array($0.utf8) } == Self.words.map { Array($0.utf8) }, "cut after \(count)")
            let completed = try #require(after.last { $0.kind == .messageCompleted })
            #expect(
                try completed.decode(MessageCompleted.self).sha256 == events[end].decode(MessageCompleted.self).sha256)
            let resumed = try #require(after.first { $0.kind == .runResumed }).decode(RunResumed.self)
            #expect(resumed.continued == (isNamed ? ["speak"] : nil))
            #expect(resumed.agents?["speak"]?["model"]?["name"] == .string("keeping"))
        }
        #expect(upstream.stops.isEmpty)
    }

    @Test(
        "A server that ends in order leaves the upstream at work, and the next one takes the answer up",
        arguments: KeepingUpstream.Interface.allCases)
    func drained(_ interface: KeepingUpstream.Interface) async throws {
        let upstream = try KeepingUpstream(interface, Self.words, shown: 4)
        let first = try bench(upstream.row(interface))
        _ = try await first.runs.start(first.request("?"))
        try await first.until { $0.kind == .token && $0.body == Self.words[3] }
        await first.runs.drain(grace: .zero)
        await upstream.fake.closed(1)
        let events = try await first.log.all(TestBench.session)
        let next = try bench(upstream.row(interface), log: first.log)
        try await resume(next)
        #expect(try await answers(next).map(\.text) == [Self.words.joined()])
        #expect(try await next.log.all(TestBench.session).prefix(events.count).elementsEqual(events))
        #expect(upstream.questions.count == 1)
        #expect(upstream.stops.isEmpty)
    }

    @Test("An upstream that no longer has the answer is asked anew, and the cut message is superseded")
    func lost() async throws {
        let upstream = try KeepingUpstream(.llamaServer, Self.words)
        let whole = try bench(upstream.row(.llamaServer))
        try await whole.ask()
        let events = try await whole.log.all(TestBench.session)
        let token = try #require(events.firstIndex { $0.kind == .token })
        // Another answer under the same name: what it repeats is not what was recorded.
        let other = try KeepingUpstream(.llamaServer, ["别", "的", "回答"])
        let bench = try bench(other.row(.llamaServer), log: try await MemoryEventLog.prefix(events, token + 2))
        try await resume(bench)
        let answers = try await self.answers(bench)
        #expect(answers.map(\.text) == ["你好", "别的回答"])
        #expect(answers.map(\.status) == [.interrupted, .completed])
        #expect(answers[0].reason?.code == "upstream_lost")
        #expect(answers[1].supersedes == answers[0].offset)
        // A second question under the first one's name would cancel it.
        #expect(upstream.questions == ["s/3/speak/1"])
        #expect(other.questions == ["s/3/speak/2"])
    }

    @Test("A cancel stops an answer that was taken up, at the upstream too")
    func cancelled() async throws {
        let upstream = try KeepingUpstream(.llamaServer, Self.words, shown: 2)
        let first = try bench(upstream.row(.llamaServer))
        _ = try await first.runs.start(first.request("?"))
        try await first.until { $0.kind == .token && $0.body == Self.words[1] }
        _ = try await first.runs.cancel(TestBench.session)
        let answers = try await self.answers(first)
        #expect(answers.map(\.status) == [.interrupted])
        #expect(answers.map(\.text) == ["你好"])
        await upstream.fake.closed(1)
        await upstream.fake.requested(2)
        #expect(upstream.stops == ["/v1/stream?conv_id=s%2F3%2Fspeak%2F1"])
    }

    @Test("A cut message that its node never comes to is marked as interrupted")
    func neverReached() async throws {
        let upstream = try KeepingUpstream(.llamaServer, Self.words)
        let whole = try bench(upstream.row(.llamaServer))
        try await whole.ask()
        let events = try await whole.log.all(TestBench.session)
        let token = try #require(events.firstIndex { $0.kind == .token })
        let broken = Graph<Marks>(
            name: "diamond", version: 1,
            nodes: ["a", "b", "c", "d"].map { .marking($0, 1, CallCounter()) } + [
                Node(speaking: "speak") { _, _ in throw WorkflowError(.nodeFailed, "no words") }
            ], initial: { _ in Marks() })
        let bench = try TestBench(broken, log: try await MemoryEventLog.prefix(events, token + 1))
        try await resume(bench)
        let answers = try await self.answers(bench)
        #expect(answers.map(\.status) == [.interrupted])
        #expect(answers.first?.reason?.code == "server_restarted")
        #expect(try await bench.log.all(TestBench.session).last?.kind == .runFailed)
    }

    private func bench(_ row: String, log: any EventLog = MemoryEventLog()) throws -> TestBench {
        let bench = try TestBench(diamond(CallCounter()), log: log)
        try bench.configure(row)
        return bench
    }

    private func resume(_ bench: TestBench) async throws {
        _ = try await bench.runs.resumeOpenRuns()
        await bench.runs.waitUntilIdle(TestBench.session)
    }

    private func answers(_ bench: TestBench) async throws -> [MessageState] {
        try await bench.projector.state(of: TestBench.session).messages.filter { $0.role == "assistant" }
    }
}
