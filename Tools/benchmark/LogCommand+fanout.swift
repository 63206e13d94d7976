import EventLog
import Events
import Foundation

extension LogCommand {
    /// Live delivery in the process: one session to many subscribers, and many sessions to one each.
    func measureFanOut(_ scratch: Scratch, _ report: inout Report) async throws {
        for (sessions, subscribers, each) in [(1, 1_000, 1_000), (1_000, 1, 200)] {
            let path = scratch.next()
            defer { scratch.remove(path) }
            let log = try open(path)
            defer { log.shutDown() }
            for number in 1...sessions { try await log.append([opening], to: session(number)) }
            let head = Offset(Int64(each + 1))
            let readers = (1...sessions).flatMap { number in
                (0..<subscribers).map { _ in
                    Task {
                        var cursor = Offset(1)
                        for try await page in log.subscribe(session(number), after: cursor) {
                            cursor = page.events[page.events.count - 1].offset
                            if cursor == head { return }
                        }
                    }
                }
            }
            while log.observers < readers.count { await Task.yield() }
            let before = ProcessFigures.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...sessions {
                    group.addTask {
                        let window = AppendWindow(log, limit: 1_024)
                        for index in 0..<each { try await window.send(Append(to: session(number), [token(index)])) }
                        try await window.flush()
                    }
                }
                try await group.waitForAll()
            }
            for reader in readers { try await reader.value }
            let used = ProcessFigures.now - before
            let delivered = Double(readers.count * each)
            let label = sessions == 1 ? "fan-out, 1,000 subscribers of one session" : "fan-out, 1,000 sessions"
            report.add(Figure(label, delivered / used.seconds, "events/s"))
            report.add(Figure(label + ": CPU", used.cpuSeconds / delivered * 1e6, "µs/delivery"))
        }
    }
}
