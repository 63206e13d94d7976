import EventLog
import Events
import Projections
import TestSupport
import Testing
import Workflow

@Suite("Runs under random requests")
struct RandomRunsTests {
    private static let sessions = (0..<5).map { SessionID.test("s\($0)") }

    /// One node that sometimes asks, and one that speaks.
    private func workflow() -> Graph<Marks> {
        let ask = Node<Marks>("ask") { _, context -> [String: Int] in
            if context.run.text == "ask" { _ = try context.ask("what?") }
            return [:]
        } apply: { _, _ in
        }
        return Graph(
            name: "random", version: 1, nodes: [ask, .speaking("speak", after: ["ask"], tokensPerSecond: 1_000)],
            initial: { _ in Marks() })
    }

    @Test("every message is answered or cancelled once, one run at a time, whatever is asked at the same instant")
    func everyMessageOnce() async throws {
        var limits = RunLimits()
        limits.concurrentRuns = 3
        limits.waitingSessions = 2
        let bench = try TestBench(workflow(), limits: limits)
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<12 {
                group.addTask {
                    var chance = SeededGenerator(seed: TestLength.seed &* 100 &+ UInt64(worker))
                    for _ in 0..<TestLength.count(12, long: 400) { await operate(bench, &chance) }
                }
            }
        }
        for session in Self.sessions {
            // Whoever is in line comes to its turn; what asks is cancelled.
            while try await bench.log.status(of: session)?.isRunInProgress == true {
                await bench.runs.waitUntilIdle(session)
                await Task.yield()
            }
            if try await bench.log.status(of: session) != nil { _ = try await bench.runs.cancel(session) }
        }
        #expect(try await bench.log.openRuns().isEmpty)
        #expect(bench.runs.activeRuns == 0 && bench.runs.waitingRuns == 0)
        for summary in try await bench.log.sessions(before: nil, limit: 1_000) {
            try await check(try await bench.log.all(summary.session), "\(summary.session), seed \(TestLength.seed)")
        }
    }

    /// What is refused is refused with a code; that is not what this test is about.
    private func operate(_ bench: TestBench, _ chance: inout SeededGenerator) async {
        guard let session = Self.sessions.randomElement(using: &chance) else { return }
        let text = Int.random(in: 0..<4, using: &chance) == 0 ? "ask" : "?"
        switch Int.random(in: 0..<8, using: &chance) {
        case 0: _ = try? await bench.runs.cancel(session)
        case 1: _ = try? await bench.runs.fork(session, at: nil)
        case 2: _ = try? await bench.runs.start(bench.request(text, session: session, whenBusy: .interrupt))
        case 3, 4: _ = try? await bench.runs.start(bench.request(text, session: session, whenBusy: .enqueue))
        default: _ = try? await bench.runs.start(bench.request(text, session: session))
        }
    }

    private func check(_ events: [Event], _ comment: Comment) async throws {
        var ends: [Offset: Int] = [:]
        var answered: [Offset: Offset] = [:]
        var active: Set<Offset> = []
        for event in events {
            guard let cause = event.cause else { continue }
            switch event.kind {
            case .runStarted:
                #expect(active.isEmpty, "two runs at once in \(comment)")
                #expect(answered.updateValue(event.offset, forKey: cause) == nil, "answered twice in \(comment)")
                active.insert(event.offset)
            case .runPaused: active.remove(cause)
            case .runResumed: active.insert(cause)
            case .runCompleted, .runFailed, .runCancelled:
                ends[cause, default: 0] += 1
                active.remove(cause)
            default: break
            }
        }
        for message in events where message.kind == .messageReceived && message.cause == nil {
            #expect(ends[answered[message.offset] ?? message.offset] == 1, "message \(message.offset) of \(comment)")
        }
    }
}
