import Audit
import EventLog
import Events
import Foundation

extension LogCommand {
    /// What sealing costs an append, and how fast a log is verified.
    func measureAudit(_ scratch: Scratch, _ report: inout Report) async throws {
        for count in sessions {
            // In turns and the best of three each, since other work on the machine slows one of them.
            var rates = [Audit.off: 0.0, .on: 0.0]
            for _ in 0..<3 {
                for audit in Audit.allCases {
                    let cost = try await append(events, to: count, prefill: prefill, audit: audit, scratch)
                    rates[audit] = max(rates[audit] ?? 0, cost.rate(events))
                }
            }
            let label = "append with seals, \(count) session\(count == 1 ? "" : "s"): beside without"
            report.add(
                Figure(label, rates[.on] ?? 0, "events/s", reference: rates[.off] ?? 0).ratioAtLeast(0.9))
        }
        try await measureVerification(scratch, &report)
    }

    private func measureVerification(_ scratch: Scratch, _ report: inout Report) async throws {
        let path = scratch.next()
        defer { scratch.remove(path) }
        let count = 1_000_000
        try fill(path, sessions: 1_000, each: count / 1_000)
        let log = try open(path, audit: .on)
        while try await log.isCatchingUp() { try await Task.sleep(for: .milliseconds(20)) }
        log.shutDown()
        let start = ProcessFigures.clock(CLOCK_MONOTONIC)
        let result = try LogVerifier(directory: path).verify(nil)
        let seconds = ProcessFigures.clock(CLOCK_MONOTONIC) - start
        // The rows were written past the log, so their positions are not the log's; their chains are.
        guard result.sealed == count else { throw ReferenceError(code: -1) }
        report.add(Figure("verify", Double(count) / seconds, "events/s").atLeast(500_000))
    }
}
