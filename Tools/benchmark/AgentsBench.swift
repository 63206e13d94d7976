import Agents
import EventLog
import Events
import Foundation
import Logging
import Projections
import SQLite
import Workflow

/// A run service whose only node speaks through a model on another server, as a running system has it.
struct AgentsBench {
    let log: SQLiteEventLog
    let runs: RunService

    private let connections = UpstreamConnections()

    /// - Parameter path: what the upstream is to send.
    init(_ port: UInt16, _ path: String, _ scratch: Scratch) throws {
        let directory = scratch.next()
        log = try SQLiteEventLog(directory: directory)
        let store = try ConfigurationStore(path: directory + "/config.db")
        try Connection(path: store.path, mode: .readWrite).execute(
            """
            INSERT INTO llm_model_configs (id, name, provider, model_name, base_url, retries)
            VALUES (100, 'upstream', 'openai_compatible', 'm', 'http://127.0.0.1:\(port)\(path)/v1', 0);
            INSERT INTO agent_configs (id, name, llm_model_config_id) VALUES (100, 'speaker', 100);
            INSERT INTO workflow_agent_assignments (workflow_name, chatbot_name, node_name, agent_config_id, attempts)
            VALUES ('benchmark', '*', 'speak', 100, 1);
            """)
        let logger = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
        let workflow = Graph<Void>(
            name: "benchmark", version: 1,
            nodes: [
                Node(speaking: "speak") { _, context in
                    let turns = [AgentInput.Turn(role: "user", text: "?")]
                    _ = try await context.answer(AgentInput(instructions: "", turns: turns, material: "{}"))
                }
            ], initial: { _ in })
        runs = RunService(
            log: log, projector: try Projector(log: log, dataDirectory: directory),
            attachments: try AttachmentStore(dataDirectory: directory),
            directory: AgentDirectory(
                store: store, composers: [:], connections: connections, environment: [:], logger: logger),
            chatbots: [Chatbot(name: "benchmark", title: "", workflow: workflow)], logger: logger)
    }

    /// Lets that many sessions be answered at the same time; `body` sees every token once it is recorded.
    func answerAll(_ count: Int, _ body: (@Sendable (Event) -> Void)? = nil) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...count {
                try await start(number)
                group.addTask {
                    guard let body else { return await runs.waitUntilIdle(session(number)) }
                    for try await page in log.subscribe(session(number), after: .beginning) {
                        for event in page.events where event.kind == .token { body(event) }
                        if page.events.contains(where: \.kind.endsRun) { return }
                    }
                }
            }
            try await group.waitForAll()
        }
        for number in 1...count {
            guard let head = try await log.status(of: session(number))?.head,
                try await log.read(session(number), after: Offset(head.value - 1)).events.last?.kind == .runCompleted
            else { throw BenchmarkError(description: "the run of session \(number) did not complete") }
        }
    }

    /// Returns when the first token is recorded.
    func begin(_ number: Int) async throws {
        try await start(number)
        for try await page in log.subscribe(session(number), after: .beginning)
        where page.events.contains(where: { $0.kind == .token }) { return }
    }

    func cancel(_ number: Int) async throws {
        _ = try await runs.cancel(session(number))
    }

    func close() async throws {
        try await connections.shutdown()
        log.shutDown()
    }

    private func start(_ number: Int) async throws {
        _ = try await runs.start(
            ChatRequest(
                chatbot: "benchmark", session: session(number),
                contents: [ContentPart(contentType: "text", content: "?")]))
    }
}

/// A measurement that could not be made.
struct BenchmarkError: Error, CustomStringConvertible {
    var description: String
}
