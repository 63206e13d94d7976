import BenchmarkReference
import EventLog
import Events
import Foundation
import SQLite

extension LogCommand {
    /// Durable appends of tokens to interleaved sessions, beside C that settles and C that clusters.
    func measureAppends(_ scratch: Scratch, _ report: inout Report) async throws {
        for count in sessions {
            let ours = try await append(events, to: count, prefill: prefill, scratch)
            let settling = try reference(REFERENCE_SETTLING, count, batch: ours.batch, scratch)
            let clustered = try reference(REFERENCE_CLUSTERED, count, batch: ours.batch, scratch)
            let label = "append, \(count) session\(count == 1 ? "" : "s")"
            let rate = ours.rate(events)
            report.add(Figure("\(label): batch", ours.batch, "events"))
            report.add(
                Figure("\(label): beside settling C", rate, "events/s", reference: settling.rate(events))
                    .ratioAtLeast(0.7))
            let beside = Figure(
                "\(label): beside clustered C", rate, "events/s", reference: clustered.rate(events))
            report.add(count >= 1_000 ? beside.ratioAtLeast(4) : beside.ratioAtLeast(1))
            report.add(
                Figure("\(label): CPU", ours.cpu(events), "µs/event", reference: settling.cpu(events)))
            report.add(
                Figure(
                    "\(label): CPU of the writer's thread", ours.writer(events), "µs/event",
                    reference: settling.cpu(events)))
            report.add(
                Figure("\(label): CPU, clustered C", ours.cpu(events), "µs/event", reference: clustered.cpu(events)))
            let bytes = Figure(
                "\(label): written", ours.bytes(events), "bytes/event", reference: settling.bytes(events))
            report.add(count == 1_000 ? bytes.atMost(500) : count == 5_000 ? bytes.atMost(1_000) : bytes)
            report.add(
                Figure(
                    "\(label): written, clustered C", ours.bytes(events), "bytes/event",
                    reference: clustered.bytes(events)))
        }
    }

    /// What an append of many events cost.
    struct Cost {
        var used: ProcessFigures
        var writerSeconds = 0.0
        var batch = 0.0

        func rate(_ events: Int) -> Double { Double(events) / used.seconds }
        func cpu(_ events: Int) -> Double { used.cpuSeconds / Double(events) * 1e6 }
        func writer(_ events: Int) -> Double { writerSeconds / Double(events) * 1e6 }
        func bytes(_ events: Int) -> Double { used.bytesWritten / Double(events) }
    }

    /// Appends by a producer for each session, at least 16 and at most 1,000 at a time, and settles all of it.
    func append(
        _ events: Int, to count: Int, prefill: Int, audit: Audit? = nil, _ scratch: Scratch
    ) async throws -> Cost {
        let path = scratch.next()
        defer { scratch.remove(path) }
        try fill(path, sessions: count, each: prefill)
        let log = try open(path, audit: audit)
        defer { log.shutDown() }
        // What the file held is sealed first.
        while try await log.isCatchingUp() { try await Task.sleep(for: .milliseconds(20)) }
        return try await append(events, to: count, in: log)
    }

    func append(_ events: Int, to count: Int, in log: SQLiteEventLog) async throws -> Cost {
        let producers = max(16, min(count, 5_000))
        let before = ProcessFigures.now
        let writer = log.statistics
        try await withThrowingTaskGroup(of: Void.self) { group in
            for producer in 0..<producers {
                group.addTask {
                    let window = AppendWindow(log)
                    let target = session(producer % count + 1)
                    for number in stride(from: producer, to: events, by: producers) {
                        try await window.send(Append(to: target, [token(number)]))
                    }
                    try await window.flush()
                }
            }
            try await group.waitForAll()
        }
        try await log.settle()
        let after = log.statistics
        return Cost(
            used: ProcessFigures.now - before,
            writerSeconds: after.writerSeconds - writer.writerSeconds,
            batch: Double(events) / Double(max(after.commits - writer.commits, 1)))
    }

    private func reference(
        _ layout: reference_layout, _ count: Int, batch: Double, _ scratch: Scratch
    ) throws -> Cost {
        let path = scratch.next()
        defer { scratch.remove(path) }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        var cost = reference_cost()
        try ReferenceError.check(
            reference_append(
                path + "/reference.db", layout, Int64(count), Int64(prefill), Int64(events), Int64(batch.rounded()),
                Int64(Limits.unsettledEvents), &cost))
        return Cost(
            used: ProcessFigures(
                seconds: cost.seconds, cpuSeconds: cost.cpu_seconds, bytesWritten: Double(cost.bytes_written)))
    }

    /// Makes a log whose sessions hold settled events.
    func fill(_ path: String, sessions: Int, each: Int) throws {
        try SQLiteEventLog(directory: path).shutDown()
        try ReferenceError.check(reference_fill(path + "/log.db", Int64(sessions), Int64(each)))
        // What was written past the log is not sealed: the next start does it.
        let connection = try Connection(path: path + "/log.db", mode: .readWrite, busyTimeoutMs: 1_000)
        try connection.execute(
            """
            UPDATE log_properties SET value = 'off' WHERE name = 'sealing';
            UPDATE log_properties SET value = '\(sessions * each)' WHERE name = 'trimmed_position'
            """)
    }
}
