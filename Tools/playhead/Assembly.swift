import Agents
import Audit
import EchoResearch
import EventLog
import Foundation
import FundAnalysis
import Logging
import Projections
import StreamServer
import Workflow

/// The parts of a running system over one data directory.
struct Assembly {
    let log: SQLiteEventLog
    /// The same log, counted.
    let metered: MeteredEventLog
    let projector: Projector
    let attachments: AttachmentStore
    let agents: AgentDirectory
    let runs: RunService
    let connections: UpstreamConnections
    let audit: AuditDesk

    /// The words that need no model, of every workflow.
    static let composers = FundAdvisory.composers.merging(EchoResearch.composers) { first, _ in first }

    /// Who asks for agents.
    static let agentUses = [FundAdvisory.use, EchoResearch.use]

    /// Opens everything; the directory is made where it is missing.
    init(
        data: String, options: SQLiteEventLog.Options, limits: RunLimits = RunLimits(), logger: Logger
    ) async throws {
        log = try SQLiteEventLog(directory: data, options: options, logger: logger)
        metered = MeteredEventLog(log)
        projector = try Projector(log: log, dataDirectory: data, incarnation: log.incarnation)
        attachments = try AttachmentStore(dataDirectory: data)
        audit = try AuditDesk.open(log, data, attachments)
        connections = UpstreamConnections()
        agents = AgentDirectory(
            store: try ConfigurationStore(path: data + "/config.db"),
            composers: Self.composers,
            connections: connections, environment: ProcessInfo.processInfo.environment, logger: logger)
        let engine: TesseractEngine?
        do {
            engine = try await TesseractEngine.discover()
        } catch let error as FundAnalysisError {
            logger.warning(
                "screenshots cannot be read", metadata: ["error": "\(error)", "hint": "\(error.hint ?? "")"])
            engine = nil
        }
        runs = RunService(
            log: metered, projector: projector, attachments: attachments, directory: agents,
            chatbots: [
                FundAdvisory.chatbot(attachments: attachments, engine: engine, configuration: agents.store),
                EchoResearch.chatbot(attachments: attachments),
            ], limits: limits, logger: logger)
        do {
            // What an erasure that failed or crashed left in the files.
            try await finishErasures()
        } catch let error as CancellationError {
            throw error
        } catch {
            logger.warning("an erasure is not finished; it goes on beside the work", metadata: ["error": "\(error)"])
        }
    }

    /// Goes on with what an erasure left in the files, where a reader kept it from its end.
    ///
    /// - Returns: true where there was something.
    @discardableResult
    func finishErasures() async throws -> Bool {
        try await audit.finishErasures(attempts: 1) { [projector] in try await projector.forget($0) }
    }

    /// Closes the connections and the log, in this order.
    func close() async throws {
        try await connections.shutdown()
        log.shutDown()
    }
}

/// Notices go to standard error: standard output is for data.
func makeLogger(_ level: Logger.Level) -> Logger {
    var logger = Logger(label: "playhead") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = level
    return logger
}
