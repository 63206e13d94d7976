import Agents
import BenchmarkReference
import EventLog
import Events
import Foundation
import Synchronization

extension AgentsCommand {
    /// Tokens that come as fast as they can: CPU from the socket to the log, beside bare reads plus bare appends.
    func measureCPU(_ upstream: UpstreamProcess, _ scratch: Scratch, _ report: inout Report) async throws {
        let count = Double(answers * tokens)
        let bench = try AgentsBench(upstream.port, "/flood/\(tokens)", scratch)
        let before = ProcessFigures.now
        try await bench.answerAll(answers)
        let ours = ProcessFigures.now - before
        try await bench.close()
        let readSeconds = try await bareReads("/flood/\(tokens)", upstream.port).cpuSeconds
        let log = try SQLiteEventLog(directory: scratch.next())
        defer { log.shutDown() }
        let appends = ProcessFigures.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...answers {
                group.addTask { [tokens] in
                    let window = AppendWindow(log)
                    try await window.send(Append(to: session(number), [opening]))
                    for index in 0..<tokens { try await window.send(Append(to: session(number), [token(index)])) }
                    try await window.flush()
                }
            }
            try await group.waitForAll()
        }
        let appended = (ProcessFigures.now - appends).cpuSeconds
        report.add(
            Figure(
                "\(answers) answers at once: CPU beside bare", ours.cpuSeconds / count * 1e6, "µs/token",
                reference: (readSeconds + appended) / count * 1e6))
        report.add(Figure("of it bare: reading the socket", readSeconds / count * 1e6, "µs/token"))
        report.add(Figure("of it bare: appending", appended / count * 1e6, "µs/token"))
        report.add(Figure("\(answers) answers at once", count / ours.seconds, "tokens/s"))
    }

    /// Tokens that come at a pace: from the upstream's byte until a subscriber has the recorded event.
    func measureLatency(_ upstream: UpstreamProcess, _ scratch: Scratch, _ report: inout Report) async throws {
        let path = "/paced/\(rate)/\(rate * seconds)"
        let bench = try AgentsBench(upstream.port, path, scratch)
        let times = Arrivals()
        try await bench.answerAll(answers) { event in times.note(event.body) }
        try await bench.close()
        let ours = Durations(times.seconds)
        let read = Durations(try await bareReads(path, upstream.port).latencies)
        let appended = Durations(try await bareAppends(scratch))
        for (name, share) in [("median", 0.5), ("p99", 0.99)] {
            report.add(
                Figure(
                    "\(answers) answers, \(rate)/s: byte to event, \(name)", ours.percentile(share) * 1e3, "ms",
                    reference: (read.percentile(share) + appended.percentile(share)) * 1e3))
            report.add(Figure("of it bare: reading the socket, \(name)", read.percentile(share) * 1e3, "ms"))
            report.add(Figure("of it bare: append to subscriber, \(name)", appended.percentile(share) * 1e3, "ms"))
        }
    }

    /// A cancel until the upstream has seen its connection close.
    func measureCancel(_ upstream: UpstreamProcess, _ scratch: Scratch, _ report: inout Report) async throws {
        let bench = try AgentsBench(upstream.port, "/paced/50/100000", scratch)
        var took: [Double] = []
        for number in 1...20 {
            try await bench.begin(number)
            let begun = ProcessFigures.clock(CLOCK_MONOTONIC)
            try await bench.cancel(number)
            // The upstream says when it was; it need not be asked in time.
            took.append(try await upstream.nextClose() - begun)
        }
        try await bench.close()
        let times = Durations(took)
        report.add(Figure("cancel to closed upstream connection, median", times.percentile(0.5) * 1e3, "ms"))
        report.add(
            Figure("cancel to closed upstream connection, longest", (times.sorted.last ?? 0) * 1e3, "ms").atMost(100))
    }

    /// What reading the same answers bare took.
    private func bareReads(
        _ path: String, _ port: UInt16
    ) async throws -> (cpuSeconds: Double, latencies: [Double]) {
        let results = Mutex<[(Int32, Double, [Double])]>([])
        let limit = path.hasPrefix("/paced") ? rate * seconds : 0
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let group = DispatchGroup()
            for _ in 0..<answers {
                group.enter()
                // A thread each: a bare reader blocks.
                Thread.detachNewThread {
                    var latencies = [Double](repeating: 0, count: limit)
                    var (count, cpu) = (Int64(0), 0.0)
                    let code = reference_upstream_read(
                        port, path + "/v1/chat/completions", &latencies, Int64(limit), &count, &cpu)
                    results.withLock { $0.append((code, cpu, latencies)) }
                    group.leave()
                }
            }
            group.notify(queue: .global()) { continuation.resume() }
        }
        return try results.withLock { results in
            for (code, _, _) in results where code != 0 { throw POSIXError(.init(rawValue: code) ?? .EIO) }
            return (results.map(\.1).reduce(0, +), results.flatMap(\.2))
        }
    }

    /// What bare appends at the same pace took until a subscriber had them.
    private func bareAppends(_ scratch: Scratch) async throws -> [Double] {
        let log = try SQLiteEventLog(directory: scratch.next())
        defer { log.shutDown() }
        let times = Arrivals()
        let count = rate * seconds
        let start = ContinuousClock.now
        for number in 1...answers { try await log.append([opening], to: session(number)) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...answers {
                group.addTask {
                    var seen = 0
                    for try await page in log.subscribe(session(number), after: Offset(1)) {
                        for event in page.events { times.note(event.body) }
                        seen += page.events.count
                        if seen == count { return }
                    }
                }
                group.addTask { [rate] in
                    let window = AppendWindow(log)
                    for index in 0..<count {
                        try await Task.sleep(until: start + .seconds(1) / rate * index, clock: .continuous)
                        let now = UInt64(ProcessFigures.clock(CLOCK_MONOTONIC) * 1e9)
                        try await window.send(Append(to: session(number), [.token("\(now) ", of: Offset(1))]))
                    }
                }
            }
            try await group.waitForAll()
        }
        return times.seconds
    }
}

/// How long after their sending tokens arrived that say when they were sent.
private final class Arrivals: Sendable {
    private let times = Mutex<[Double]>([])

    var seconds: [Double] { times.withLock { $0 } }

    func note(_ text: String?) {
        let now = ProcessFigures.clock(CLOCK_MONOTONIC)
        guard let text, let sent = Double(text.dropLast()) else { return }
        times.withLock { $0.append(now - sent / 1e9) }
    }
}
