import EventLog
import Events
import Synchronization
import TestSupport
import Testing

@Suite("Linearizability") struct LinearizabilityTests {
    private typealias Operation = History.Operation

    /// What all clients write to.
    private final class Recorder: Sendable {
        private let state: Mutex<(ticks: Int, histories: [History])>

        init(sessions: Int) { state = Mutex((0, [History](repeating: History(), count: sessions))) }

        var histories: [History] { state.withLock { $0.histories } }

        func tick() -> Int {
            state.withLock {
                $0.ticks += 1
                return $0.ticks
            }
        }

        func note(_ operation: Operation, _ session: Int) {
            state.withLock { $0.histories[session].operations.append(operation) }
        }
    }

    @Test("Appends, reads and heads of many clients at once fit into one order", arguments: Implementation.allCases)
    func concurrentClients(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            let sessions = (0..<3).map { SessionID.test("s\($0)") }
            let recorder = Recorder(sessions: sessions.count)
            await withTaskGroup(of: Void.self) { group in
                for client in 0..<8 {
                    group.addTask {
                        var random = SeededGenerator(seed: TestLength.seed &* 100 &+ UInt64(client))
                        var known = [Int64](repeating: 0, count: sessions.count)
                        for _ in 0..<TestLength.count(150, long: 20_000) {
                            let index = Int.random(in: 0..<sessions.count, using: &random)
                            let begin = recorder.tick()
                            let seen = await operate(log, sessions[index], &known[index], &random)
                            let end = recorder.tick()
                            guard let seen else { continue }
                            let operation = Operation(begin: begin, end: end, found: seen.found, left: seen.left)
                            recorder.note(operation, index)
                        }
                    }
                }
            }
            for history in recorder.histories {
                #expect(history.operations.contains { $0.found != $0.left })
                #expect(history.contradiction == nil, "seed \(TestLength.seed)")
            }
        }
    }

    /// Does one thing.
    ///
    /// - Returns: the heads found and left; nil where it says nothing of them.
    private func operate(
        _ log: any EventLog, _ session: SessionID, _ known: inout Int64, _ random: inout SeededGenerator
    ) async -> (found: Int64, left: Int64)? {
        do {
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1:
                let events = [NewEvent].tokens((0..<Int.random(in: 1...3, using: &random)).map { "\($0)" })
                let expecting = Bool.random(using: &random) ? Offset(known) : nil
                let answer = try await log.append(events, to: session, expecting: expecting)
                known = answer.last.value
                return (answer.first.value - 1, answer.last.value)
            case 2, 3:
                let page = try await log.read(session, after: Offset(known), limit: 5)
                known = page.status.head.value
                return (known, known)
            case 4:
                if let log = log as? SQLiteEventLog { try await log.settle() }
                return nil
            default:
                known = try await log.status(of: session)?.head.value ?? 0
                return (known, known)
            }
        } catch let error as EventLogError where error.code == .headConflict {
            known = error.head?.value ?? 0
            return (known, known)
        } catch let error as EventLogError where error.code == .sessionNotFound {
            return (0, 0)
        } catch {
            Issue.record(error)
            return nil
        }
    }

    @Test("The checker finds a stale read, a lost append, a fork and half an append")
    func checker() {
        let append = Operation(begin: 1, end: 2, found: 0, left: 2)
        let next = Operation(begin: 3, end: 6, found: 2, left: 3)
        func contradiction(_ operations: Operation...) -> String? {
            History(operations: operations).contradiction
        }
        #expect(contradiction(append, next) == nil)
        #expect(contradiction(append, next, Operation(begin: 4, end: 5, found: 2, left: 2)) == nil)
        #expect(contradiction(append, next, Operation(begin: 4, end: 5, found: 3, left: 3)) == nil)
        #expect(contradiction(append, next, Operation(begin: 7, end: 8, found: 2, left: 2)) != nil, "a stale read")
        #expect(contradiction(append, next, Operation(begin: 1, end: 2, found: 3, left: 3)) != nil, "from the future")
        #expect(contradiction(append, Operation(begin: 3, end: 4, found: 0, left: 1)) != nil, "a fork")
        #expect(contradiction(append, Operation(begin: 3, end: 4, found: 0, left: 2)) != nil, "the same offsets twice")
        #expect(contradiction(append, Operation(begin: 3, end: 4, found: 3, left: 4)) != nil, "a lost append")
        #expect(contradiction(append, Operation(begin: 3, end: 4, found: 1, left: 1)) != nil, "half an append")
        let late = Operation(begin: 9, end: 10, found: 0, left: 2)
        #expect(contradiction(late, next) != nil, "appends in another order than that of their offsets")
    }
}
