import EventLog
import Events
import Projections
import TestSupport
import Testing
import Workflow

@Suite("A run that asks")
struct PauseTests {
    /// a → ask (which adds what it is told) → speak.
    private func asking(_ calls: CallCounter, version: Int = 1, beside: Node<Marks>? = nil) -> Graph<Marks> {
        let ask = Node<Marks>("ask", after: ["a"]) { _, context -> [String: Int] in
            calls.note("ask")
            let first = try context.ask("how many?")
            let second = first.text == "more" ? try context.ask("how many more?").text : ""
            calls.note(context.idempotencyKey)
            return ["ask": Int(first.text) ?? Int(second) ?? -1]
        } apply: {
            $0.values.merge($1) { $1 }
        }
        let nodes: [Node<Marks>] = [.marking("a", 1, calls), ask] + (beside.map { [$0] } ?? [])
        let last = beside == nil ? ["ask"] : ["ask", "b"]
        return Graph(
            name: "asking", version: version, nodes: nodes + [.speaking("speak", after: last)],
            initial: { _ in Marks() })
    }

    @Test("is paused with its question, and the next message is the answer")
    func pauseAndReply() async throws {
        let calls = CallCounter()
        let bench = try TestBench(asking(calls))
        let first = try await bench.ask("go")
        #expect(try await bench.kinds().suffix(2) == ["node.started", "run.paused"])
        #expect(try await bench.log.status(of: TestBench.session)?.isRunInProgress == false)
        let paused = try await bench.projector.state(of: TestBench.session)
        #expect(paused.runs.last?.status == .paused)
        #expect(paused.runs.last?.pauses?.map(\.asks) == ["how many?"])

        let second = try await bench.runs.start(bench.request("7", key: "k"))
        await bench.runs.waitUntilIdle(TestBench.session)
        #expect(second.answering == first.message)
        #expect(second.before == paused.head)
        let kinds = try await bench.kinds()
        #expect(kinds.count { $0 == "run.started" } == 1)
        #expect(kinds.count { $0 == "node.failed" } == 0)
        #expect(kinds.last == "run.completed")
        let events = try await bench.log.all(TestBench.session)
        #expect(events.first { $0.kind == .messageReceived && $0.offset == second.message }?.cause == paused.head)
        #expect(events.last { $0.kind == .nodeUpdated }?.body == "{\"ask\":7}")
        #expect(calls["a"] == 1)
        #expect(calls["ask"] == 2)
        // Both calls of the node's work are one attempt, with one key for its side effects.
        let run = try #require(events.first { $0.kind == .runStarted }).offset
        #expect(calls["s/\(run)/ask/1"] == 1)
        let state = try await bench.projector.state(of: TestBench.session)
        #expect(state.runs.count == 1 && state.runs[0].resumes == 0)
        #expect(state.runs[0].pauses?.first?.reply == second.message)
        #expect(state.message(at: second.message)?.run == run)
        // A repeated post joins the run that it answered.
        let again = try await bench.runs.start(bench.request("7", key: "k"))
        #expect(again.isRepeated && again.answering == first.message && again.message == second.message)
        // The answer is no message that a fork would leave without a run.
        let fork = try await bench.runs.fork(TestBench.session, at: nil)
        #expect(try await bench.kinds(fork.session).suffix(2) == ["run.completed", "session.forked"])
    }

    @Test("asks a second question after the first answer")
    func twoQuestions() async throws {
        let calls = CallCounter()
        let bench = try TestBench(asking(calls))
        for text in ["go", "more", "5"] { try await bench.ask(text) }
        #expect(try await bench.kinds().count { $0 == "run.paused" } == 2)
        let events = try await bench.log.all(TestBench.session)
        #expect(events.last { $0.kind == .nodeUpdated }?.body == "{\"ask\":5}")
        #expect(events.last?.kind == .runCompleted)
        #expect(calls["a"] == 1)
    }

    @Test("stays paused over a restart, and a crash after the answer does not lose it")
    func restart() async throws {
        let bench = try TestBench(asking(CallCounter()))
        try await bench.ask("go")
        let paused = try await bench.log.all(TestBench.session)
        let again = try TestBench(asking(CallCounter()), log: bench.log)
        #expect(try await again.runs.resumeOpenRuns() == 0)
        #expect(try await again.log.all(TestBench.session) == paused)
        try await again.ask("7")
        let events = try await again.log.all(TestBench.session)
        #expect(events.last?.kind == .runCompleted)
        // Every crash between the answer and the end.
        for count in paused.count + 2..<events.count {
            let calls = CallCounter()
            let log = try await MemoryEventLog.prefix(events, count)
            let crashed = try TestBench(asking(calls), log: log)
            #expect(try await crashed.runs.resumeOpenRuns() == 1)
            await crashed.runs.waitUntilIdle(TestBench.session)
            let after = try await log.all(TestBench.session)
            #expect(after.last?.kind == .runCompleted, "cut after \(count)")
            #expect(after.filter { $0.kind == .nodeUpdated }.last?.body == "{\"ask\":7}", "cut after \(count)")
            #expect(calls["a"] == 0)
        }
    }

    @Test("asks about what it published, whatever it would find now")
    func published() async throws {
        func bench(_ calls: CallCounter, _ log: any EventLog = MemoryEventLog()) throws -> TestBench {
            let node = Node<Marks>("ask") { _, context -> [String: Int] in
                var seen = try context.published([String: Int].self)
                if seen == nil {
                    calls.note("look")
                    seen = ["seen": calls["look"]]
                    try await context.publish(seen)
                }
                _ = try context.ask("is it \(seen?["seen"] ?? 0)?")
                return seen ?? [:]
            } apply: {
                $0.values.merge($1) { $1 }
            }
            return try TestBench(Graph(name: "looking", version: 1, nodes: [node], initial: { _ in Marks() }), log: log)
        }
        let calls = CallCounter()
        let first = try bench(calls)
        try await first.ask("go")
        let paused = try await first.kinds().count
        try await first.ask("yes")
        let events = try await first.log.all(TestBench.session)
        #expect(events.last?.kind == .runCompleted)
        #expect(events.filter { $0.kind == .nodeUpdated }.map(\.body) == ["{\"seen\":1}", "{\"seen\":1}"])
        #expect(calls["look"] == 1)
        // Every crash after the look: before the question is recorded, and after the answer, which one append resumes.
        for count in [paused - 1, paused] + (paused + 2..<events.count) {
            let calls = CallCounter()
            let log = try await MemoryEventLog.prefix(events, count)
            let crashed = try bench(calls, log)
            _ = try await crashed.runs.resumeOpenRuns()
            await crashed.runs.waitUntilIdle(TestBench.session)
            if count <= paused { try await crashed.ask("yes") }
            let after = try await log.all(TestBench.session)
            #expect(after.last?.kind == .runCompleted, "cut after \(count)")
            #expect(after.count { $0.kind == .runPaused } == 1, "cut after \(count)")
            #expect(calls["look"] == 0, "cut after \(count)")
        }
    }

    @Test("is cancelled like any other, drained without a trace, and answered by no message for another run")
    func cancelled() async throws {
        let bench = try TestBench(asking(CallCounter()))
        try await bench.ask("go")
        let head = try await bench.log.status(of: TestBench.session)?.head
        #expect(try await bench.runs.cancel(TestBench.session))
        #expect(try await bench.runs.cancel(TestBench.session) == false)
        let events = try await bench.log.all(TestBench.session)
        #expect(events.suffix(2).map(\.kind) == [.nodeFailed, .runCancelled])
        #expect(events.dropLast(2).last?.offset == head)
        // The next message starts a run of its own, which asks again.
        try await bench.ask("7")
        #expect(try await bench.kinds().suffix(1) == ["run.paused"])
        #expect(try await bench.kinds().count { $0 == "run.started" } == 2)
        let before = try await bench.kinds()
        await bench.runs.drain(grace: .seconds(5))
        #expect(try await bench.kinds() == before)
    }

    @Test("lets a node beside it finish before it waits; a failing one ends the question with the run")
    func beside() async throws {
        let calls = CallCounter()
        let bench = try TestBench(asking(calls, beside: .marking("b", 2, after: ["a"], calls)))
        try await bench.ask("go")
        #expect(try await bench.kinds().last == "run.paused")
        #expect(calls["b"] == 1)
        try await bench.ask("7")
        #expect(calls["b"] == 1)
        #expect(try await bench.kinds().last == "run.completed")
        let failing = Node<Marks>("b", after: ["a"]) { _, _ -> [String: Int] in
            throw WorkflowError(.nodeFailed, "no luck")
        } apply: { _, _ in
        }
        // Whichever of the two ends first.
        for _ in 0..<20 {
            let third = try TestBench(asking(CallCounter(), beside: failing))
            try await third.ask("go")
            #expect(try await third.kinds().last == "run.failed")
            let state = try await third.projector.state(of: TestBench.session)
            #expect(state.runs.last?.nodes.allSatisfy { $0.status != .started } == true)
        }
    }

    @Test("fails where the question is larger than one may be, and where an error says more than is recorded")
    func tooLong() async throws {
        let long = String(repeating: "好", count: Limits.bytesPerQuestion)
        let asking = Node<Marks>("ask") { _, context -> [String: Int] in
            [try context.ask(long).text: 1]
        } apply: { _, _ in
        }
        let failing = Node<Marks>("fail") { _, _ -> [String: Int] in
            throw WorkflowError(.nodeFailed, String(repeating: long, count: 8))
        } apply: { _, _ in
        }
        for (node, code) in [(asking, "message_too_long"), (failing, "node_failed")] {
            let bench = try TestBench(Graph(name: "long", version: 1, nodes: [node], initial: { _ in Marks() }))
            try await bench.ask("go")
            let events = try await bench.log.all(TestBench.session)
            #expect(events.suffix(2).map(\.kind) == [.nodeFailed, .runFailed])
            #expect(try events.last?.decode(RunEnded.self).reason?.code == code)
        }
    }

    @Test("fails with a reason where the program was upgraded while it waited")
    func upgraded() async throws {
        let bench = try TestBench(asking(CallCounter()))
        try await bench.ask("go")
        let newer = try TestBench(asking(CallCounter(), version: 2), log: bench.log)
        try await newer.ask("7")
        let events = try await newer.log.all(TestBench.session)
        #expect(events.suffix(3).map(\.kind) == [.messageReceived, .nodeFailed, .runFailed])
        #expect(try events.last?.decode(RunEnded.self).reason?.code == "workflow_changed")
        #expect(try await newer.log.openRuns().isEmpty)
    }
}
