public import ArgumentParser
import Audit
public import EventLog
import Foundation
public import Logging
import Metrics
import PrometheusMetrics
import ServiceLifecycle
import StreamServer
import UnixSignals
import Workflow

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve chats and streams over HTTP.")

    @OptionGroup var data: DataOptions

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 for any that is free.")
    var port = 8080

    @Flag(help: "Let other machines reach the server. There are no access keys: whoever reaches it may use it.")
    var allowRemote = false

    @Option(help: "An origin whose pages may use the server, for instance https://example.org; * for any. Repeatable.")
    var allowOrigin: [String] = []

    @Option(help: "What a commit waits for: full survives a power cut, normal survives a crash of the process only.")
    var durability = SQLiteEventLog.Durability.full

    @Option(help: "on seals what is recorded, so that a later change can be shown; off saves that work.")
    var audit = AuditSwitch.on

    @Option(help: "A shell command that gets each new signed checkpoint as its input, to keep it elsewhere.")
    var checkpointCommand: String?

    @Option(help: "Seconds that runs have to end after SIGTERM; the rest is resumed at the next start.")
    var grace = 5

    @Option(help: "Runs at the same time; a message beyond it is recorded and waits for its turn.")
    var maxRuns = RunLimits().concurrentRuns

    @Option(help: "Sessions whose message waits for its turn; a chat beyond it is refused with 503.")
    var maxWaiting = RunLimits().waitingSessions

    @Option(help: "Seconds that a run may take from its start, or from where it was resumed last.")
    var maxRunSeconds = Int(RunLimits().runDuration.components.seconds)

    @Option(help: "Sessions that the log may have; what would make another is refused with 503.")
    var maxSessions = SQLiteEventLog.Options().sessions

    @Option(help: "How much is logged on standard error: trace, debug, info, warning or error.")
    var logLevel = Logger.Level.warning

    private static let longestSeconds = 30 * 86_400

    func validate() throws {
        guard maxRuns > 0, maxWaiting >= 0, maxRunSeconds > 0, maxSessions > 0, grace >= 0 else {
            throw ValidationError("a limit is a whole number from 1; --max-waiting and --grace may be 0")
        }
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port is a number from 1 to 65535, or 0 for any that is free")
        }
        guard maxRunSeconds <= Self.longestSeconds, grace <= Self.longestSeconds else {
            throw ValidationError("--max-run-seconds and --grace are at most \(Self.longestSeconds) seconds, 30 days")
        }
    }

    func run() async throws {
        try await reportingErrors {
            // Before the directory is made.
            try serverOptions.check()
            OpenFiles.raiseLimit()
            let logger = makeLogger(logLevel)
            let registry = PrometheusRegistry(ServerMetrics.definitions)
            MetricsSystem.bootstrap(registry)
            var options = SQLiteEventLog.Options(audit: audit)
            options.durability = durability
            options.sessions = maxSessions
            var limits = RunLimits()
            limits.concurrentRuns = maxRuns
            limits.waitingSessions = maxWaiting
            limits.runDuration = .seconds(maxRunSeconds)
            let assembly = try await Assembly(data: data.data, options: options, limits: limits, logger: logger)
            do {
                try await serve(assembly, registry, logger)
            } catch {
                try? await assembly.close()
                throw error
            }
            try await assembly.close()
        }
    }

    private var serverOptions: ServerOptions {
        ServerOptions(host: host, port: port, allowsRemoteAccess: allowRemote, allowedOrigins: allowOrigin)
    }

    /// Serves until a signal, then keeps the last seal.
    private func serve(_ assembly: Assembly, _ registry: PrometheusRegistry, _ logger: Logger) async throws {
        let metrics = MetricsSource(registry: registry, log: assembly.log, runs: assembly.runs, data: data.data)
        let keeper = assembly.audit.keeper(command: checkpointCommand, logger: logger)
        var dependencies = ServerDependencies(
            log: assembly.metered, incarnation: assembly.log.incarnation, attachments: assembly.attachments,
            chats: assembly.runs, states: assembly.projector, metrics: metrics.text)
        dependencies.audit = assembly.audit
        dependencies.problems = { [runs = assembly.runs] in
            runs.isDraining ? ["runs": "the server is about to stop"] : [:]
        }
        let server = try StreamServer(
            dependencies,
            options: serverOptions,
            logger: logger, onRunning: { announce(port: $0) })
        // Shut down in reverse order: first the runs drain, then the streams are cut. Checkpoints are kept till then.
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: CheckpointService(keeper: keeper, logger: logger)),
                    .init(service: ErasureService(assembly: assembly, logger: logger)),
                    .init(service: server, successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(
                        service: RunsService(runs: assembly.runs, grace: .seconds(grace), logger: logger),
                        successTerminationBehavior: .gracefullyShutdownGroup),
                ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        if audit == .on {
            try await assembly.log.seal()
            try await keeper.keep()
        }
    }

    private func announce(port: Int) {
        let address = "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        let text = """
            Playhead serves \(data.data) at \(address)/
            try: curl -N \(address)/chatbots/xiaomei/chat/demo -F text='我的基金风险大吗？' \
            -F file=@Tests/Fixtures/holdings.csv
            """
        notice(text)
    }
}

/// Resumes what an earlier process left, and drains the runs when the process is asked to stop.
private struct RunsService: Service {
    let runs: RunService
    let grace: Duration
    let logger: Logger

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        // Awaited by nobody: it ends with the process.
        Task { await Self.exitAtSecond(of: signals) }
        let resumed = try await runs.resumeOpenRuns()
        if resumed > 0 { logger.info("resumed runs", metadata: ["runs": "\(resumed)"]) }
        try? await gracefulShutdown()
        await runs.drain(grace: grace)
    }

    /// A second signal ends the process at once; everything acknowledged is durable already.
    private static func exitAtSecond(of signals: UnixSignalsSequence) async {
        var signals = signals.makeAsyncIterator()
        guard await signals.next() != nil, let second = await signals.next() else { return }
        _exit(128 + second.rawValue)
    }
}

/// Keeps the newest checkpoint outside the database, a second after its seals at the latest.
private struct CheckpointService: Service {
    let keeper: CheckpointKeeper
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await keeper.keep()
                    try await Task.sleep(for: .seconds(1))
                } catch is CancellationError {
                    return
                } catch {
                    // The log goes on; the next try comes in a second.
                    logger.error("the checkpoint was not kept", metadata: ["error": "\(error)"])
                    try? await Task.sleep(for: .seconds(1))
                }
            }
        }
    }
}

/// Goes on with erasures that a reader of the log has kept from their end.
private struct ErasureService: Service {
    private static let shortestPause = Duration.seconds(5)
    private static let longestPause = Duration.seconds(3_600)

    let assembly: Assembly
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var isKnown = false
            var pause = Self.shortestPause
            while !Task.isCancelled {
                do {
                    try await Task.sleep(for: pause)
                    let isFinished = try await assembly.finishErasures()
                    if isFinished { logger.notice("an erasure that was unfinished is finished") }
                    isKnown = false
                    pause = Self.shortestPause
                } catch is CancellationError {
                    return
                } catch {
                    // Once: it is tried again until it succeeds, to write the whole file anew ever more seldom.
                    if !isKnown { logger.warning("an erasure is not finished", metadata: ["error": "\(error)"]) }
                    isKnown = true
                    let isFileLeft = (try? await assembly.audit.hasErasedTextInFile()) ?? true
                    pause = isFileLeft ? min(pause * 2, Self.longestPause) : Self.shortestPause
                }
            }
        }
    }
}

extension SQLiteEventLog.Durability: ExpressibleByArgument {}
extension Logger.Level: @retroactive ExpressibleByArgument {}
