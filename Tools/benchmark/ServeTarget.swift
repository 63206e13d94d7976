import Agents
import ArgumentParser
import Audit
import BenchmarkReference
import EventLog
import Events
import Foundation
import Hummingbird
import Logging
import Metrics
import Projections
import PrometheusMetrics
import ServiceLifecycle
import StreamServer
import Synchronization
import Workflow

/// The server that `benchmark serve` measures, as a process of its own: the parts of `playhead serve`, and an agent that
/// says at a steady rate what time it is.
struct ServeTarget: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "serve-target", shouldDisplay: false)

    @Option var directory: String

    @Option var port = 0

    /// Tokens a second of each answer.
    @Option var rate = 30

    /// Sessions `s1`, `s2`, … that the log holds before it serves.
    @Option var prefilled = 0

    /// Tokens of each of them.
    @Option var each = 0

    /// Serves the same tokens without a log and without any of our parts, to compare with.
    @Flag var plain = false

    /// The same in C with a bare database: the limit.
    @Flag var reference = false

    func run() async throws {
        // The benchmark holds the other end: the server ends with it.
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while read(STDIN_FILENO, &byte, 1) > 0 {}
            _exit(0)
        }
        if reference {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let path = directory + "/reference.db"
            return try ReferenceError.check(reference_serve(path, Int32(rate), Int64(prefilled), Int64(each)))
        }
        let ticker = Ticker(rate: rate)
        ticker.start()
        try await plain ? servePlainly(ticker) : serve(ticker)
    }

    private func serve(_ ticker: Ticker) async throws {
        // Counting costs something too.
        MetricsSystem.bootstrap(PrometheusRegistry(ServerMetrics.definitions))
        let log = try SQLiteEventLog(directory: directory)
        try await prefill(log)
        let metered = MeteredEventLog(log)
        let logger = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
        let workflow = Graph<Void>(
            name: "clock", version: 1,
            nodes: [
                Node(speaking: "speak") { _, context in
                    _ = try await context.answer(
                        AgentInput(instructions: "", turns: [], material: "{}"),
                        lastResort: context.localFallback(composer: "clock"))
                }
            ], initial: { _ in })
        let projector = try Projector(log: metered, dataDirectory: directory)
        let attachments = try AttachmentStore(dataDirectory: directory)
        var limits = RunLimits()
        limits.concurrentRuns = 20_000
        let runs = RunService(
            log: metered, projector: projector, attachments: attachments,
            directory: AgentDirectory(
                store: try ConfigurationStore(path: directory + "/config.db"),
                composers: ["clock": Clock(ticker: ticker)], connections: .shared, environment: [:], logger: logger),
            chatbots: [Chatbot(name: "clock", title: "Clock", workflow: workflow)], limits: limits, logger: logger)
        let server = try StreamServer(
            ServerDependencies(
                log: metered, incarnation: log.incarnation, attachments: attachments, chats: runs, states: projector),
            options: ServerOptions(port: port), logger: logger, onRunning: { Self.announce($0) })
        let desk = AuditDesk(
            log: log, directory: directory, attachments: attachments,
            keys: try LogKeys.load(directory: directory) ?? LogKeys.make(directory: directory, name: "benchmark"))
        let keeper = desk.keeper(command: nil, logger: logger)
        async let kept: Void = keepCheckpoints(keeper)
        async let resumed = runs.resumeOpenRuns()
        try await server.run()
        _ = try await (resumed, kept)
    }

    private func keepCheckpoints(_ keeper: CheckpointKeeper) async throws {
        while true {
            try await keeper.keep()
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// What a Hummingbird program does that streams without more ado: a task for each subscriber, a write for each token.
    private func servePlainly(_ ticker: Ticker) async throws {
        let router = Router()
        router.get("/quiet") { _, _ in
            let body = ResponseBody { writer in
                try await writer.write(ByteBuffer(string: "id: 1\ndata: {}\n\n"))
                try await Task.sleep(for: .seconds(3_600))
            }
            return Response(status: .ok, headers: [.contentType: "text/event-stream"], body: body)
        }
        router.get("/plain") { _, _ in
            let body = ResponseBody { writer in
                var id = 0
                for try await delta in ticker.stream() {
                    guard case .text(let text) = delta else { continue }
                    id += 1
                    let frame = """
                        id: \(id)\ndata: {"type":"ai_message","content":"\(text)","message_type":"assistant","metadata":\
                        {"role":"assistant","display":true,"streaming":true,"final_response":false,"node_name":"speak",\
                        "run":2,"message":4}}\n\n
                        """
                    try await writer.write(ByteBuffer(string: frame))
                }
                try await writer.finish(nil)
            }
            return Response(status: .ok, headers: [.contentType: "text/event-stream"], body: body)
        }
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: 0), backlog: 1_024),
            onServerRunning: { Self.announce($0.localAddress?.port ?? 0) },
            logger: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() })
        try await application.run()
    }

    private func prefill(_ log: SQLiteEventLog) async throws {
        guard prefilled > 0 else { return }
        let message = try NewEvent(
            .messageStarted, MessageStarted(role: "assistant", agent: "clock", model: "clock", streaming: true))
        for number in 1...prefilled {
            let window = AppendWindow(log)
            try await window.send(Append(to: session(number), [message]))
            for start in stride(from: 0, to: each, by: 500) {
                try await window.send(Append(to: session(number), (start..<min(start + 500, each)).map { token($0) }))
            }
            try await window.flush()
        }
        try await log.settle()
    }

    private static func announce(_ port: Int) {
        FileHandle.standardOutput.write(Data("listening \(port)\n".utf8))
    }
}

/// An agent that says what time it is, in microseconds of the monotonic clock, until the process ends.
private struct Clock: LocalComposer, Agent {
    let ticker: Ticker

    func compose(_ input: AgentInput, _ context: AgentContext) throws -> String { Ticker.stamp() }

    func executeStream(_ input: AgentInput, _ context: AgentContext) -> AgentStream { ticker.stream() }
}

/// Makes the tokens of every stream on one thread: a timer for each stream would cost more than what is measured.
final class Ticker: Sendable {
    private typealias Stream = AsyncThrowingStream<AgentDelta, any Error>

    private struct State {
        /// The streams by the millisecond of the period in which they tick.
        var slots: [[Int: Stream.Continuation]]
        var next = 0
    }

    private let state: Mutex<State>

    init(rate: Int) {
        state = Mutex(State(slots: Array(repeating: [:], count: max(1, 1_000 / rate))))
    }

    /// Twelve hexadecimal digits: a time.
    static func stamp(_ time: Int64 = reference_now_us()) -> String {
        let digits = String(time, radix: 16)
        return String(repeating: "0", count: 12 - digits.count) + digits
    }

    func start() {
        Thread.detachNewThread { [self] in
            let begun = reference_now_us()
            var tick = 0
            while true {
                let due = begun + Int64(tick) * 1_000
                let now = reference_now_us()
                if due > now { usleep(UInt32(due - now)) }
                let streams = state.withLock { Array($0.slots[tick % $0.slots.count].values) }
                // When it was due: what keeps this thread from its work delays the tokens too.
                if !streams.isEmpty {
                    let stamp = Self.stamp(due)
                    for stream in streams { stream.yield(.text(stamp)) }
                }
                tick += 1
            }
        }
    }

    /// One stream more, in the slot that has the fewest.
    func stream() -> AsyncThrowingStream<AgentDelta, any Error> {
        Stream { continuation in
            let (slot, number) = state.withLock { state in
                state.next += 1
                let slot = state.next % state.slots.count
                state.slots[slot][state.next] = continuation
                return (slot, state.next)
            }
            continuation.onTermination = { [self] _ in
                _ = state.withLock { $0.slots[slot].removeValue(forKey: number) }
            }
        }
    }
}
