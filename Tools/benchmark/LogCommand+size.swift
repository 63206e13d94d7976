import BenchmarkReference
import EventLog
import Events
import Foundation

extension LogCommand {
    /// Appends into a file that is small and into one that is large.
    func measureGrowth(_ scratch: Scratch, _ report: inout Report) async throws {
        let count = 1_000
        // The better of two, in turns, since other work on the machine slows one of them.
        var rates = [0.0, 0.0]
        for _ in 0..<2 {
            for (index, held) in [1_000_000, large].enumerated() {
                // Unsealed, as in `openForReading`: sealing what was filled in takes longer than the appends.
                let cost = try await append(events, to: count, prefill: held / count, audit: .off, scratch)
                rates[index] = max(rates[index], cost.rate(events))
            }
        }
        let label = "append into \(large / 1_000_000) million events, beside 1 million"
        report.add(Figure(label, rates[1], "events/s", reference: rates[0]).ratioAtLeast(0.8))
    }

    /// The start of a log that holds many events, settled and as many unsettled ones as there can be.
    func measureStart(_ scratch: Scratch, _ report: inout Report) async throws {
        let path = scratch.next()
        defer { scratch.remove(path) }
        try fill(path, sessions: 1_000, each: large / 1_000)
        let label = "start with \(large / 1_000_000) million events"
        report.add(Figure(label, try start(path), "ms").atMost(300))
        var options = SQLiteEventLog.Options()
        options.unsettledEvents = .max
        let log = try SQLiteEventLog(directory: path, options: options)
        let window = AppendWindow(log)
        for number in 0..<Limits.unsettledEvents {
            try await window.send(Append(to: session(number % 1_000 + 1), [token(number)]))
        }
        try await window.flush()
        log.shutDown()
        report.add(Figure(label + ", 200,000 unsettled", try start(path), "ms").atMost(300))
    }

    private func start(_ path: String) throws -> Double {
        var times: [Double] = []
        for _ in 0..<5 {
            let start = ProcessFigures.clock(CLOCK_MONOTONIC)
            let log = try SQLiteEventLog(directory: path)
            times.append((ProcessFigures.clock(CLOCK_MONOTONIC) - start) * 1e3)
            log.shutDown()
        }
        return Durations(times).percentile(0.5)
    }

    /// What a live session and a waiting subscriber hold.
    func measureMemory(_ scratch: Scratch, _ report: inout Report) async throws {
        let path = scratch.next()
        defer { scratch.remove(path) }
        let log = try SQLiteEventLog(directory: path)
        defer { log.shutDown() }
        let count = 5_000
        try await log.append([opening], to: session(0))
        let empty = reference_heap_bytes()
        let window = AppendWindow(log)
        for number in 1...count {
            try await window.send(Append(to: session(number), [opening]))
        }
        try await window.flush()
        let live = reference_heap_bytes()
        report.add(Figure("memory of a live session of one event", bytes(empty, live, count), "bytes").atMost(4_096))

        let waiters = (1...count).map { number in
            Task {
                for try await page in log.subscribe(session(number), after: Offset(1)) where page.status.isClosed {}
            }
        }
        while log.observers < count { await Task.yield() }
        let waiting = reference_heap_bytes()
        report.add(Figure("memory of a waiting subscriber", bytes(live, waiting, count), "bytes").atMost(2_048))
        for waiter in waiters { waiter.cancel() }
        for waiter in waiters { _ = await waiter.result }
    }

    private func bytes(_ before: UInt64, _ after: UInt64, _ count: Int) -> Double {
        (Double(after) - Double(before)) / Double(count)
    }
}
