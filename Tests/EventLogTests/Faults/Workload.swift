import EventLog
import Events
import Synchronization
import TestSupport

/// A random but repeatable mixture of appends, with a settling now and then.
struct Workload {
    typealias Told = @Sendable (Append, Result<Appended, EventLogError>) -> Void

    private var random: SeededGenerator
    private let log: SQLiteEventLog
    private var sequences: [SessionID: Int64] = [:]
    private var number = 0

    init(seed: UInt64, _ log: SQLiteEventLog) {
        random = SeededGenerator(seed: seed)
        self.log = log
    }

    /// Submits some appends at once, to as many sessions, so that they share commits, and waits for their answers.
    @discardableResult
    mutating func step(_ told: @escaping Told = { _, _ in }) async -> [(append: Append, answer: Answers.Answer)] {
        let sessions = (0..<6).shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random))
        let appends = sessions.map { append(to: .test("s\($0)")) }
        let answers = Answers(told)
        await withCheckedContinuation { done in
            answers.expect(appends.count, done)
            for append in appends { log.submit(append, answers) }
        }
        if Int.random(in: 0..<8, using: &random) == 0 { try? await log.settle() }
        // A producer goes on from what was taken.
        for (append, answer) in answers.all {
            guard let stamp = append.producer, case .success = answer else { continue }
            sequences[append.session] = stamp.sequence + 1
        }
        return answers.all
    }

    private mutating func append(to session: SessionID) -> Append {
        var events: [NewEvent] = []
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            number += 1
            // A body of several pages now and then.
            let length = Int.random(in: 0..<40, using: &random) == 0 ? 6_000 : Int.random(in: 0..<40, using: &random)
            let body = "\(number)." + String(repeating: "x", count: length)
            events.append(NewEvent(kind: .token, cause: .none, body: body))
        }
        switch Int.random(in: 0..<6, using: &random) {
        case 0:
            let stamp = ProducerStamp(id: "p", epoch: 0, sequence: sequences[session, default: 0])
            return Append(to: session, events, producer: stamp)
        case 1:
            events.append(NewEvent(kind: .messageReceived, cause: .none, body: "{}"))
            events.append(NewEvent(kind: .runStarted, cause: .sameAppend(events.count - 1), body: "{}"))
            if Bool.random(using: &random) {
                events.append(NewEvent(kind: .runCompleted, cause: .sameAppend(events.count - 1), body: "{}"))
            }
            return Append(to: session, events, awaitsRun: true)
        case 2:
            events.append(NewEvent(kind: .sessionClosed, cause: .none, body: "{}"))
            return Append(to: .test("n\(number)"), events, expecting: .beginning)
        default: return Append(to: session, events)
        }
    }
}

/// Collects the answers of a few appends, in the order in which they were given.
final class Answers: AppendCompletion {
    typealias Answer = Result<Appended, EventLogError>

    private struct State {
        var all: [(append: Append, answer: Answer)] = []
        var missing = 0
        var done: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let told: Workload.Told

    /// - Parameter told: hears of each at once, on the writer's thread.
    init(_ told: @escaping Workload.Told = { _, _ in }) { self.told = told }

    var all: [(append: Append, answer: Answer)] { state.withLock { $0.all } }

    /// Resumes `done` after so many answers.
    func expect(_ count: Int, _ done: CheckedContinuation<Void, Never>) {
        state.withLock {
            $0.missing = count
            $0.done = done
        }
    }

    func appendEnded(_ append: Append, _ result: Answer) {
        told(append, result)
        let done = state.withLock { state in
            state.all.append((append, result))
            state.missing -= 1
            return state.missing == 0 ? state.done : nil
        }
        done?.resume()
    }
}
