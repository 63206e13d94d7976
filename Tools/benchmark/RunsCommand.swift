import ArgumentParser
import EventLog
import Events
import Foundation
import Projections
import Workflow

/// Measures runs: what a restart costs, what the engine adds to a node, how fast a cancel is.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Measures runs: recovery, the engine's cost of a node, cancelling.")

    @OptionGroup var options: BenchmarkOptions<Part>

    @Option(help: "Unfinished runs that a start finds.")
    var unfinished = 1_000

    @Option(help: "Tokens that each of them had recorded.")
    var tokens = 100

    @Option(help: "Nodes of the chain whose cost is measured.")
    var nodes = 50

    @Option(help: "How often the chain is run.")
    var passes = 40

    @Option(help: "Runs that stream at the same time and are cancelled one after the other.")
    var cancels = 100

    enum Part: String, CaseIterable, ExpressibleByArgument {
        case recovery, nodes, cancel
    }

    func run() async throws {
        try await options.measure { part, scratch, report in
            switch part {
            case .recovery: try await measureRecovery(scratch, &report)
            case .nodes: try await measureNodes(scratch, &report)
            case .cancel: try await measureCancel(scratch, &report)
            }
        }
    }
}

extension RunsCommand {
    /// From the opening of the log to the last event of runs that an earlier process left in the middle of an answer.
    func measureRecovery(_ scratch: Scratch, _ report: inout Report) async throws {
        let path = scratch.next()
        defer { scratch.remove(path) }
        try await leaveUnfinished(path)
        let workflow = RunBench.chain(["a", "b"], tokensPerSecond: 0)
        let begun = ContinuousClock.now
        let log = try SQLiteEventLog(directory: path)
        defer { log.shutDown() }
        let opened = ContinuousClock.now
        let runs = try RunBench.service(log, path, workflow)
        let count = try await runs.resumeOpenRuns()
        let resumed = ContinuousClock.now
        for number in 1...unfinished { await runs.waitUntilIdle(session(number)) }
        let completed = ContinuousClock.now
        guard count == unfinished, try await log.openRuns().isEmpty else { throw RunBench.Failure("runs were left") }
        let label = "recovery of \(unfinished) runs"
        report.add(Figure("\(label): the log is open", (opened - begun).seconds * 1000, "ms"))
        report.add(Figure("\(label): all go on", (resumed - begun).seconds * 1000, "ms"))
        report.add(Figure("\(label): all complete", (completed - begun).seconds * 1000, "ms"))
        report.add(Figure("\(label): each", (resumed - opened).seconds * 1e6 / Double(unfinished), "µs/run"))
    }

    /// Two nodes done, the third in the middle of its message.
    private func leaveUnfinished(_ path: String) async throws {
        let log = try SQLiteEventLog(directory: path)
        defer { log.shutDown() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...unfinished {
                group.addTask { try await RunBench.leaveUnfinished(session(number), in: log, tokens: tokens) }
            }
            try await group.waitForAll()
        }
    }

    /// A chain of nodes by the engine, beside a bare task group that runs the same closures.
    func measureNodes(_ scratch: Scratch, _ report: inout Report) async throws {
        let names = (1...nodes).map { "node\($0)" }
        let workflow = RunBench.chain(names, tokensPerSecond: nil)
        let bare = try await perNode { for _ in 0..<passes { _ = try await RunBench.bare(names) } }
        let memory = scratch.next()
        defer { scratch.remove(memory) }
        let inMemory = try RunBench.service(MemoryEventLog(), memory, workflow)
        let engine = try await perNode { for number in 1...passes { try await RunBench.run(inMemory, number) } }
        report.add(Figure("a node, log in memory", engine, "µs", reference: bare))
        report.add(Figure("a node, log in memory: the engine adds", engine - bare, "µs"))
        let path = scratch.next()
        defer { scratch.remove(path) }
        let log = try SQLiteEventLog(directory: path)
        defer { log.shutDown() }
        let runs = try RunBench.service(log, path, workflow)
        let alone = try await perNode { for number in 1...passes { try await RunBench.run(runs, number) } }
        report.add(Figure("a node, durable, one run at a time", alone, "µs", reference: bare))
        let before = ProcessFigures.now
        let together = try await perNode {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...passes { group.addTask { try await RunBench.run(runs, passes + number) } }
                try await group.waitForAll()
            }
        }
        let used = ProcessFigures.now - before
        report.add(Figure("a node, durable, \(passes) runs at a time", together, "µs", reference: bare))
        report.add(Figure("a node, durable: CPU", used.cpuSeconds * 1e6 / Double(passes * nodes), "µs"))
    }

    private func perNode(_ body: () async throws -> Void) async throws -> Double {
        let begun = ContinuousClock.now
        try await body()
        return (ContinuousClock.now - begun).seconds * 1e6 / Double(passes * nodes)
    }

    /// From the request to the durable `run.cancelled`, while the others stream.
    func measureCancel(_ scratch: Scratch, _ report: inout Report) async throws {
        let path = scratch.next()
        defer { scratch.remove(path) }
        let log = try SQLiteEventLog(directory: path)
        defer { log.shutDown() }
        let runs = try RunBench.service(log, path, RunBench.chain(["a"], tokensPerSecond: 20))
        for number in 1...cancels { _ = try await runs.start(RunBench.request(number)) }
        var times: [Double] = []
        for number in 1...cancels {
            let name = session(number)
            pages: for try await page in log.subscribe(name, after: .beginning) {
                if page.events.contains(where: { $0.kind == .token }) { break pages }
            }
            let begun = ContinuousClock.now
            guard try await runs.cancel(name) else { throw RunBench.Failure("the run had ended before") }
            times.append((ContinuousClock.now - begun).seconds * 1000)
            let state = try await runs.projector.state(of: name)
            guard state.runs.last?.status == .cancelled, state.messages.last?.text.isEmpty == false else {
                throw RunBench.Failure("the partial answer was not kept")
            }
        }
        let durations = Durations(times)
        let label = "cancel, \(cancels) runs streaming"
        report.add(Figure("\(label): median", durations.percentile(0.5), "ms"))
        report.add(Figure("\(label): slowest", durations.percentile(1), "ms").atMost(100))
    }
}
