import Agents
import EventLog
import Events
import Projections
import TestSupport
import Testing

@testable import Workflow

@Suite("A graph of nodes")
struct GraphTests {
    @Test("records every step with its cause, and the answer token by token")
    func records() async throws {
        let calls = CallCounter()
        let bench = try TestBench(diamond(calls))
        let accepted = try await bench.ask()
        #expect(accepted.before == .beginning)
        let events = try await bench.log.all(TestBench.session)
        #expect(events.map(\.offset.value) == Array(1...Int64(events.count)))
        #expect(events.prefix(3).map(\.kind) == [.sessionOpened, .messageReceived, .runStarted])
        #expect(events[2].cause == accepted.message)
        #expect(events.last?.kind == .runCompleted)
        let run = try #require(events.first { $0.kind == .runStarted }).offset
        for event in events where event.kind == .nodeStarted { #expect(event.cause == run) }
        let message = try #require(events.first { $0.kind == .messageStarted })
        let tokens = events.filter { $0.kind == .token }
        #expect(tokens.allSatisfy { $0.cause == message.offset })
        #expect(tokens.count > 1)
        #expect(tokens.compactMap(\.body).joined() == "一二三四五六七八九十")
    }

    @Test("runs independent nodes at the same time and joins them")
    func parallel() async throws {
        let both = Gate()
        let first = Gate()
        let nodes: [Node<Marks>] = [
            Node(
                "left",
                work: { _, _ -> [String: Int] in
                    first.open()
                    await both.wait()
                    return ["left": 1]
                }, apply: { $0.values.merge($1) { $1 } }),
            Node(
                "right",
                work: { _, _ -> [String: Int] in
                    await first.wait()
                    both.open()
                    return ["right": 2]
                }, apply: { $0.values.merge($1) { $1 } }),
            Node(
                "sum", after: ["left", "right"],
                work: { state, _ -> [String: Int] in
                    ["sum": state.values.values.reduce(0, +)]
                }, apply: { $0.values.merge($1) { $1 } }),
        ]
        let bench = try TestBench(Graph(name: "join", version: 1, nodes: nodes, initial: { _ in Marks() }))
        try await bench.ask()
        let updates = try await bench.log.all(TestBench.session).filter { $0.kind == .nodeUpdated }
        #expect(updates.last?.body == "{\"sum\":3}")
    }

    @Test("skips a node whose condition is false, and goes on behind it")
    func condition() async throws {
        let calls = CallCounter()
        let nodes: [Node<Marks>] = [
            .marking("a", 1, calls), .marking("b", 2, after: ["a"], calls, when: { $0.values["a"] == 9 }),
            .marking("c", 3, after: ["b"], calls),
        ]
        let bench = try TestBench(Graph(name: "skip", version: 1, nodes: nodes, initial: { _ in Marks() }))
        try await bench.ask()
        #expect(calls["b"] == 0)
        #expect(calls["c"] == 1)
        #expect(try await bench.kinds().contains("node.skipped"))
    }

    @Test("tries a failing node again, then fails the run with the node's own code")
    func attempts() async throws {
        let calls = CallCounter()
        let node = Node<Marks>(
            "a", attempts: 2,
            work: { _, _ -> [String: Int] in
                calls.note("a")
                throw WorkflowError(.nodeFailed, "no luck")
            }, apply: { _, _ in })
        let bench = try TestBench(Graph(name: "retry", version: 1, nodes: [node], initial: { _ in Marks() }))
        try await bench.ask()
        #expect(calls["a"] == 2)
        let events = try await bench.log.all(TestBench.session)
        let failures = try events.filter { $0.kind == .nodeFailed }.map { try $0.decode(NodeFailed.self) }
        #expect(failures.map(\.willRetry) == [true, false])
        let end = try #require(events.last)
        #expect(end.kind == .runFailed)
        #expect(try end.decode(RunEnded.self).reason?.code == "node_failed")
    }

    @Test("goes on without an optional node that failed")
    func optional() async throws {
        let calls = CallCounter()
        let nodes: [Node<Marks>] = [
            Node(
                "a", onError: .skip,
                work: { _, _ -> [String: Int] in
                    throw WorkflowError(.nodeFailed, "no luck")
                }, apply: { _, _ in }), .marking("b", 2, after: ["a"], calls),
        ]
        let bench = try TestBench(Graph(name: "optional", version: 1, nodes: nodes, initial: { _ in Marks() }))
        try await bench.ask()
        #expect(calls["b"] == 1)
        #expect(try await bench.kinds().last == "run.completed")
    }

    @Test("fails a node that takes longer than its timeout, by that name")
    func timeout() async throws {
        let never = Gate()
        let node = Node<Marks>(
            "a", timeout: .milliseconds(20),
            work: { _, _ -> [String: Int] in
                await withTaskCancellationHandler {
                    await never.wait()
                } onCancel: {
                    never.open()
                }
                return [:]
            }, apply: { _, _ in })
        let bench = try TestBench(Graph(name: "slow", version: 1, nodes: [node], initial: { _ in Marks() }))
        try await bench.ask()
        let end = try #require(try await bench.log.all(TestBench.session).last)
        #expect(try end.decode(RunEnded.self).reason?.code == "node_timeout")
    }

    @Test("a speaker's own timeout is the reason that its cut answer and its node are recorded with")
    func speakerTimeout() async throws {
        let node = Node<Marks>(speaking: "speak", timeout: .seconds(2)) { _, context in
            var agent = context.localFallback(composer: "test")
            agent.model.parameters["tokens_per_second"] = .integer(20)
            let input = AgentInput(instructions: "", turns: [.init(role: "user", text: "?")], material: "{}")
            _ = try await context.answer(input, lastResort: agent)
        }
        let bench = try TestBench(
            Graph(name: "slow", version: 1, nodes: [node], initial: { _ in Marks() }),
            answer: String(repeating: "很长的话", count: 1_000))
        try await bench.ask()
        let events = try await bench.log.all(TestBench.session)
        let interrupted = try #require(events.last { $0.kind == .messageInterrupted })
        #expect(try interrupted.decode(MessageInterrupted.self).reason.code == "node_timeout")
        #expect(try #require(events.last).decode(RunEnded.self).reason?.code == "node_timeout")
    }

    @Test("a node has no timeout that its definition does not name, so that every fallback of its model can speak")
    func noTimeout() {
        #expect(Node<Marks>(speaking: "a", work: { _, _ in }).timeout == nil)
        #expect(Node<Marks>.marking("a", 1, CallCounter()).timeout == nil)
    }

    @Test("an answer that fails its check is rejected and superseded, once by the same agent")
    func rejection() async throws {
        let node = Node<Marks>(speaking: "speak") { _, context in
            let input = AgentInput(instructions: "", turns: [], material: "{}")
            let agent = context.localFallback(composer: "test")
            _ = try await context.answer(
                input, check: { text, _ in AnswerRejected(rule: "number", found: text) }, lastResort: agent)
        }
        let bench = try TestBench(Graph(name: "check", version: 1, nodes: [node], initial: { _ in Marks() }))
        try await bench.ask()
        let state = try await bench.projector.state(of: TestBench.session)
        let answers = state.messages.filter { $0.role == "assistant" }
        #expect(answers.count >= 2)
        #expect(answers.allSatisfy { $0.status == .rejected })
        #expect(answers.dropFirst().map(\.supersedes) == answers.dropLast().map { $0.offset })
        #expect(try await bench.kinds().last == "run.failed")
    }
}
