import BenchmarkReference
import EventLog
import Events
import Foundation
import Synchronization

extension LogCommand {
    /// One session alone, one token at a time, in turns with bare commits of one row.
    func measureLatency(_ scratch: Scratch, _ report: inout Report) async throws {
        let path = scratch.next()
        let log = try open(path)
        defer {
            log.shutDown()
            scratch.remove(path)
        }
        var committer: OpaquePointer?
        try ReferenceError.check(reference_committer_open(path + "/reference.db", &committer))
        defer { reference_committer_close(committer) }
        try await log.append([opening], to: session(1))
        var ours: [Double] = []
        var bare: [Double] = []
        for round in 0..<40 {
            for number in 0..<50 {
                let start = ProcessFigures.clock(CLOCK_MONOTONIC)
                try await log.append([token(number)], to: session(1))
                if round > 0 { ours.append((ProcessFigures.clock(CLOCK_MONOTONIC) - start) * 1e6) }
            }
            for _ in 0..<50 {
                var microseconds = 0.0
                try ReferenceError.check(reference_committer_commit(committer, &microseconds))
                if round > 0 { bare.append(microseconds) }
            }
        }
        let (log50, bare50) = (Durations(ours).percentile(0.5), Durations(bare).percentile(0.5))
        report.add(Figure("one token to its answer, median", log50, "µs", reference: bare50).ratioAtMost(1.3))
        let (log99, bare99) = (Durations(ours).percentile(0.99), Durations(bare).percentile(0.99))
        report.add(Figure("one token to its answer, p99", log99, "µs", reference: bare99))
    }

    /// A thousand sessions at thirty tokens a second each, while settling goes on.
    func measureLive(_ scratch: Scratch, _ report: inout Report) async throws {
        let path = scratch.next()
        var options = SQLiteEventLog.Options()
        // Several passes within the time measured.
        options.unsettledEvents = 60_000
        let log = try SQLiteEventLog(directory: path, options: options)
        defer {
            log.shutDown()
            scratch.remove(path)
        }
        let (count, tokensPerSecond, drivers) = (1_000, 30, 10)
        for number in 1...count { try await log.append([opening], to: session(number)) }
        let answers = (0..<drivers).map { _ in AnswerTimes() }
        let start = ContinuousClock.now
        await withTaskGroup(of: Void.self) { group in
            for driver in 0..<drivers {
                group.addTask {
                    let own = stride(from: driver + 1, through: count, by: drivers).map(session)
                    let period = Duration.seconds(1) / (tokensPerSecond * own.count)
                    for number in 0..<seconds * tokensPerSecond * own.count {
                        let due = start + period * number
                        // Behind its time it sends without a pause, as the models would, and what is late counts as such.
                        if number % 10 == 0, due > .now { try? await Task.sleep(until: due, clock: .continuous) }
                        let timer = answers[driver].timer(since: min(due, .now))
                        log.submit(Append(to: own[number % own.count], [token(number)]), timer)
                    }
                }
            }
        }
        try await log.settle()
        if let failure = answers.lazy.compactMap({ $0.state.withLock { $0.failure } }).first { throw failure }
        let times = Durations(answers.flatMap { $0.state.withLock { $0.times } })
        report.add(Figure("live: answers", Double(times.sorted.count) / Double(seconds), "1/s"))
        report.add(Figure("live: token to answer, median", times.percentile(0.5) * 1e3, "ms"))
        report.add(Figure("live: token to answer, p99", times.percentile(0.99) * 1e3, "ms").atMost(20))
        report.add(Figure("live: token to answer, longest", (times.sorted.last ?? 0) * 1e3, "ms").atMost(50))
    }
}

/// How long appends took until they were answered, from when they were due.
private final class AnswerTimes: Sendable {
    let state = Mutex<(times: [Double], failure: EventLogError?)>(([], nil))

    func timer(since due: ContinuousClock.Instant) -> Timer { Timer(answers: self, due: due) }

    struct Timer: AppendCompletion {
        let answers: AnswerTimes
        let due: ContinuousClock.Instant

        func appendEnded(_ append: Append, _ result: Result<Appended, EventLogError>) {
            let time = (ContinuousClock.now - due).seconds
            answers.state.withLock { state in
                switch result {
                case .success: state.times.append(time)
                case .failure(let error): state.failure = error
                }
            }
        }
    }
}
