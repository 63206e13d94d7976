import Agents
import EventLog
import Events
import Logging
import Projections
import SQLite
import Synchronization
import TestSupport
import Workflow

/// A run service over a log, with a composer whose words a test chooses.
struct TestBench {
    let log: any EventLog
    let directory: TemporaryDirectory
    let projector: Projector
    let runs: RunService
    let composer: ScriptedComposer

    static let session = SessionID.test("s")

    init(
        _ workflow: any Workflow, log: any EventLog = MemoryEventLog(), answer: String = "一二三四五六七八九十",
        limits: RunLimits = RunLimits()
    ) throws {
        self.log = log
        directory = try TemporaryDirectory()
        projector = try Projector(log: log, dataDirectory: directory.path)
        composer = ScriptedComposer(answer)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let agents = AgentDirectory(
            store: try ConfigurationStore(path: directory.path + "/config.db"), composers: ["test": composer],
            connections: .shared, environment: [:], logger: logger)
        runs = RunService(
            log: log, projector: projector, attachments: try AttachmentStore(dataDirectory: directory.path),
            directory: agents, chatbots: [Chatbot(name: "bot", title: "Bot", workflow: workflow)], limits: limits,
            logger: logger)
    }

    /// Changes the configuration as an operator would.
    func configure(_ sql: String) throws {
        try Connection(path: directory.path + "/config.db", mode: .readWrite).execute(sql)
    }

    /// Posts a text and waits for the end of the run.
    @discardableResult
    func ask(_ text: String = "?", session: SessionID = session) async throws -> AcceptedChat {
        let accepted = try await runs.start(request(text, session: session))
        await runs.waitUntilIdle(session)
        return accepted
    }

    func request(
        _ text: String, session: SessionID = session, key: String? = nil, whenBusy: ChatRequest.WhenBusy = .reject
    ) -> ChatRequest {
        ChatRequest(
            chatbot: "bot", session: session, contents: [ContentPart(contentType: "text", content: text)],
            idempotencyKey: key, whenBusy: whenBusy)
    }

    func kinds(_ session: SessionID = session) async throws -> [String] {
        try await log.all(session).map(\.kind.name)
    }

    /// Returns once the session has an event for which `condition` holds.
    func until(_ session: SessionID = session, _ condition: (Event) -> Bool) async throws {
        for try await page in log.subscribe(session, after: .beginning) where page.events.contains(where: condition) {
            return
        }
    }
}

/// Says what it is told to say, and counts.
final class ScriptedComposer: LocalComposer {
    private let answer: String
    private let count = Atomic<Int>(0)

    init(_ answer: String) { self.answer = answer }

    var calls: Int { count.load(ordering: .relaxed) }

    func compose(_ input: AgentInput, _ context: AgentContext) throws -> String {
        count.add(1, ordering: .relaxed)
        return answer
    }
}

/// Counts how often each node ran.
final class CallCounter: Sendable {
    private let calls = Mutex<[String: Int]>([:])

    func note(_ node: String) { calls.withLock { $0[node, default: 0] += 1 } }

    subscript(_ node: String) -> Int { calls.withLock { $0[node] ?? 0 } }
}

/// The state of the test workflows: what each node left.
struct Marks: Sendable {
    var values: [String: Int] = [:]
}

extension Node where State == Marks {
    /// A node that leaves a number and counts its calls.
    static func marking(
        _ name: String, _ value: Int, after: [String] = [], _ calls: CallCounter,
        when condition: @escaping @Sendable (Marks) -> Bool = { _ in true }
    ) -> Node<Marks> {
        Node(name, after: after, when: condition) { _, _ -> [String: Int] in
            calls.note(name)
            return [name: value]
        } apply: {
            $0.values.merge($1) { $1 }
        }
    }

    /// A node that lets the scripted composer speak, at a chosen rate.
    static func speaking(
        _ name: String, after: [String], tokensPerSecond: Int = 0, streaming: Bool = true
    ) -> Node<Marks> {
        Node(speaking: name, after: after) { _, context in
            var agent = context.localFallback(composer: "test")
            agent.model.parameters["tokens_per_second"] = .integer(Int64(tokensPerSecond))
            agent.model.streaming = streaming
            let input = AgentInput(instructions: "", turns: [.init(role: "user", text: "?")], material: "{}")
            _ = try await context.answer(input, lastResort: agent)
        }
    }
}

/// a → (b ∥ c) → d → speak, as the built-in workflow has it.
func diamond(_ calls: CallCounter, tokensPerSecond: Int = 0, streaming: Bool = true) -> Graph<Marks> {
    Graph(
        name: "diamond", version: 1,
        nodes: [
            .marking("a", 1, calls), .marking("b", 2, after: ["a"], calls), .marking("c", 3, after: ["a"], calls),
            .marking("d", 4, after: ["b", "c"], calls),
            .speaking("speak", after: ["d"], tokensPerSecond: tokensPerSecond, streaming: streaming),
        ], initial: { _ in Marks() })
}
