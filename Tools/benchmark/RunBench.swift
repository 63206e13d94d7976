import Agents
import EventLog
import Events
import Foundation
import Logging
import Projections
import Workflow

/// What the measurements of runs have in common: a workflow of trivial nodes, and a service that runs it.
enum RunBench {
    struct Failure: Error, CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }

    typealias Numbers = [String: Int]

    /// The work of every node: so little that what is measured is what is around it.
    @Sendable static func work(_ state: Numbers, _ name: String) -> Numbers { [name: state.count] }

    /// Nodes one after the other; where a rate is given, the last one speaks.
    static func chain(_ names: [String], tokensPerSecond: Int?) -> any Workflow {
        var nodes: [Node<Numbers>] = []
        for (index, name) in names.enumerated() {
            let after = index == 0 ? [] : [names[index - 1]]
            nodes.append(
                Node(name, after: after, work: { state, _ in work(state, name) }, apply: { $0.merge($1) { $1 } }))
        }
        if let tokensPerSecond {
            nodes.append(
                Node(speaking: "speak", after: names.suffix(1)) { _, context in
                    var agent = context.localFallback(composer: "words")
                    agent.model.parameters["tokens_per_second"] = .integer(Int64(tokensPerSecond))
                    let input = AgentInput(instructions: "", turns: [.init(role: "user", text: "?")], material: "{}")
                    _ = try await context.answer(input, lastResort: agent)
                })
        }
        return Graph(name: "chain", version: 1, nodes: nodes, initial: { _ in [:] })
    }

    /// The same work in the same order, in a task group and nothing else.
    static func bare(_ names: [String]) async throws -> Numbers {
        try await withThrowingTaskGroup(of: Numbers.self) { group in
            var state: Numbers = [:]
            for name in names {
                group.addTask { [state] in work(state, name) }
                if let update = try await group.next() { state.merge(update) { $1 } }
            }
            return state
        }
    }

    static func service(_ log: any EventLog, _ path: String, _ workflow: any Workflow) throws -> RunService {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let logger = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
        let agents = AgentDirectory(
            store: try ConfigurationStore(path: path + "/config.db"), composers: ["words": Words()],
            connections: .shared, environment: [:], logger: logger)
        return RunService(
            log: log, projector: try Projector(log: log, dataDirectory: path),
            attachments: try AttachmentStore(dataDirectory: path), directory: agents,
            chatbots: [Chatbot(name: "bench", title: "Bench", workflow: workflow)], logger: logger)
    }

    static func request(_ number: Int) -> ChatRequest {
        ChatRequest(
            chatbot: "bench", session: session(number), contents: [ContentPart(contentType: "text", content: "?")])
    }

    static func run(_ runs: RunService, _ number: Int) async throws {
        _ = try await runs.start(request(number))
        await runs.waitUntilIdle(session(number))
    }

    /// Events as a server that was killed in the middle of an answer leaves them.
    static func leaveUnfinished(_ name: SessionID, in log: any EventLog, tokens: Int) async throws {
        let contents = [ContentPart(contentType: "text", content: "?")]
        let stamp = RunStarted(workflow: "chain", version: 1, chatbot: "bench", agents: [:])
        var events = [
            try NewEvent(.sessionOpened, SessionOpened(chatbot: "bench")),
            try NewEvent(.messageReceived, MessageReceived(chatbot: "bench", contents: contents)),
            try NewEvent(.runStarted, cause: .sameAppend(1), stamp),
        ]
        for node in ["a", "b"] {
            let started = events.count
            events.append(try NewEvent(.nodeStarted, cause: .sameAppend(2), NodeStarted(node: node, attempt: 1)))
            events.append(try NewEvent(.nodeUpdated, cause: .sameAppend(started), [node: 1]))
            events.append(try NewEvent(.nodeCompleted, cause: .sameAppend(started), NodeCompleted(durationMs: 1)))
        }
        events.append(try NewEvent(.nodeStarted, cause: .sameAppend(2), NodeStarted(node: "speak", attempt: 1)))
        let message = MessageStarted(role: "assistant", agent: "speak", model: "local-words", streaming: true)
        events.append(try NewEvent(.messageStarted, cause: .sameAppend(events.count - 1), message))
        let started = events.count - 1
        for number in 0..<min(tokens, 900) {
            events.append(NewEvent(kind: .token, cause: .sameAppend(started), body: "word\(number) "))
        }
        _ = try await log.append(Append(to: name, events, awaitsRun: true))
    }
}

/// A hundred words.
private struct Words: LocalComposer {
    func compose(_ input: AgentInput, _ context: AgentContext) throws -> String {
        (1...100).map { "word\($0)" }.joined(separator: " ")
    }
}
