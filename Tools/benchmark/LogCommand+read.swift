import BenchmarkReference
import EventLog
import Events
import Foundation

extension LogCommand {
    /// A settled session from its beginning to its end, beside a bare scan of the same rows.
    func measureScan(_ scratch: Scratch, _ report: inout Report) async throws {
        let path = scratch.next()
        defer { scratch.remove(path) }
        let count = 300_000
        try fill(path, sessions: 1, each: count)
        let log = try openForReading(path)
        defer { log.shutDown() }
        var ours: [Double] = []
        var oursCPU: [Double] = []
        var bare: [Double] = []
        var bareCPU: [Double] = []
        for _ in 0..<15 {
            let before = ProcessFigures.now
            var read = 0
            var pages = log.subscribe(session(1), after: .beginning).makeAsyncIterator()
            while read < count, let page = try await pages.next() { read += page.events.count }
            let used = ProcessFigures.now - before
            guard read == count else { throw ReferenceError(code: -1) }
            ours.append(Double(count) / used.seconds)
            oursCPU.append(used.cpuSeconds / Double(count) * 1e6)
            var (rows, sum, seconds, cpu) = (Int64(0), UInt64(0), 0.0, 0.0)
            try ReferenceError.check(reference_scan(path + "/log.db", 1, &rows, &sum, &seconds, &cpu))
            bare.append(Double(rows) / seconds)
            bareCPU.append(cpu / Double(rows) * 1e6)
        }
        let best = Figure(
            "read: settled session", ours.max() ?? 0, "events/s", reference: bare.max() ?? 0)
        report.add(best.ratioAtLeast(0.7))
        report.add(Figure("read: CPU", oursCPU.min() ?? 0, "µs/event", reference: bareCPU.min() ?? 0))
    }

    /// What was filled in has no seals, and sealing it beside the readings would be measured with them.
    private func openForReading(_ path: String) throws -> SQLiteEventLog {
        try open(path, audit: .off)
    }

    /// The first event, and the first page, after a random offset of a random session, in a small and in a large file.
    func measureOffsets(_ scratch: Scratch, _ report: inout Report) async throws {
        let small = try await randomOffsets(events: 1_000_000, scratch)
        let big = try await randomOffsets(events: large, scratch)
        let million = "\(large / 1_000_000) million events"
        report.add(Figure("random offset, 1 million events: p99", small.event, "ms").atMost(2))
        report.add(Figure("random offset, \(million): p99", big.event, "ms").atMost(2))
        report.add(
            Figure("random offset, \(million), beside 1 million: p99", big.event, "ms", reference: small.event)
                .ratioAtMost(1.3))
        report.add(Figure("the same, a whole page: p99", big.page, "ms", reference: small.page))
    }

    private func randomOffsets(events: Int, _ scratch: Scratch) async throws -> (event: Double, page: Double) {
        let path = scratch.next()
        defer { scratch.remove(path) }
        let each = 1_000
        try fill(path, sessions: events / each, each: each)
        let log = try openForReading(path)
        defer { log.shutDown() }
        var times: [Int: [Double]] = [:]
        for _ in 0..<3_000 {
            for limit in [1, each] {
                let target = session(Int.random(in: 1...events / each))
                let offset = Offset(Int64.random(in: 0..<Int64(each)))
                let start = ProcessFigures.clock(CLOCK_MONOTONIC)
                let page = try await log.read(target, after: offset, limit: limit)
                times[limit, default: []].append((ProcessFigures.clock(CLOCK_MONOTONIC) - start) * 1e3)
                guard page.events.first?.offset == offset.next else { throw ReferenceError(code: -1) }
            }
        }
        func p99(_ limit: Int) -> Double { Durations(times[limit] ?? []).percentile(0.99) }
        return (p99(1), p99(each))
    }
}
