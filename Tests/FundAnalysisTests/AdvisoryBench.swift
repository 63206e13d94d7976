import Agents
import EventLog
import Events
import Logging
import Projections
import SQLite
import TestSupport
import Workflow

@testable import FundAnalysis

/// The whole built-in workflow over a real `config.db`, with a model's server that a test scripts.
struct AdvisoryBench {
    let log = MemoryEventLog()
    let runs: RunService

    private let directory: TemporaryDirectory
    private let session = SessionID.test("s")

    /// - Parameter sql: edits `config.db` as an operator would.
    init(engine: (any OCREngine)? = nil, editing sql: String = "") throws {
        directory = try TemporaryDirectory()
        let store = try ConfigurationStore(path: directory.path + "/config.db")
        if !sql.isEmpty { try Connection(path: store.path, mode: .readWrite).execute(sql) }
        let attachments = try AttachmentStore(dataDirectory: directory.path)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        runs = RunService(
            log: log, projector: try Projector(log: log, dataDirectory: directory.path), attachments: attachments,
            directory: AgentDirectory(
                store: store, composers: FundAdvisory.composers, connections: .shared, environment: [:], logger: logger
            ),
            chatbots: [FundAdvisory.chatbot(attachments: attachments, engine: engine, configuration: store)],
            logger: logger)
    }

    /// The rows that give an agent a model behind a scripted server.
    static func assign(_ agent: String, to upstream: FakeUpstream, parameters: String = "{}") -> String {
        """
        INSERT INTO llm_model_configs (id, name, provider, model_name, base_url, streaming, retries, params_json)
        VALUES (10, 'scripted', 'openai_compatible', 'm', '\(upstream.url)/v1', 0, 0, '\(parameters)');
        UPDATE agent_configs SET llm_model_config_id = 10 WHERE name = '\(agent)';
        """
    }

    /// A whole answer of that server.
    static func answer(_ text: String) throws -> FakeUpstream.Step {
        let content = JSONText.string(text)
        return .answer("{\"choices\":[{\"message\":{\"content\":\(content)},\"finish_reason\":\"stop\"}]}")
    }

    /// Posts a message and waits for the end of its run.
    func ask(_ text: String, _ inputs: PortfolioInput...) async throws {
        var contents = text.isEmpty ? [] : [ContentPart(contentType: "text", content: text)]
        var attachments: [String: [UInt8]] = [:]
        for input in inputs {
            let digest = AttachmentStore.digest(input.bytes)
            attachments[digest] = input.bytes
            contents.append(
                ContentPart(
                    contentType: input.kind.rawValue, name: input.name, sha256: digest, size: input.bytes.count))
        }
        _ = try await runs.start(
            ChatRequest(chatbot: "xiaomei", session: session, contents: contents, attachments: attachments))
        await runs.waitUntilIdle(session)
    }

    /// The newest `convert_portfolio` update.
    func converted() async throws -> ConvertedPortfolio {
        for event in try await log.all(session).reversed() where event.kind == .nodeUpdated {
            if let converted = try? event.decode(ConvertedPortfolio.self) { return converted }
        }
        throw FundAnalysisError(code: .figuresMissing, message: "nothing was converted")
    }

    /// The newest update of a node; nil where it has none.
    func update(_ node: String) async throws -> String? {
        let offset = try await state().runs.last?.nodes.first { $0.node == node }?.updatedAt
        return try await log.all(session).first { $0.offset == offset }?.body
    }

    /// Why the newest run failed.
    func failure() async throws -> String {
        try await log.all(session).last { $0.kind == .nodeFailed }?.body ?? ""
    }

    /// The session as its clients see it.
    func state() async throws -> SessionState { try await runs.projector.state(of: session) }

    /// What 小美 said last.
    func lastAnswer() async throws -> String { try await state().messages.last?.text ?? "" }

    /// The kinds of the session's events.
    func kinds() async throws -> [String] { try await log.all(session).map(\.kind.name) }
}
