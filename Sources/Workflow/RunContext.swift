public import Agents
import EventLog
public import Events
public import Projections
import Synchronization

/// One run: where it records, what it answers, and what is known from before a restart.
public struct RunContext: Sendable {
    /// The session the run belongs to.
    public let session: SessionID
    /// The offset of `run.started`.
    public internal(set) var run: Offset
    /// The offset of the message it answers.
    public let message: Offset
    /// The chatbot that was asked.
    public let chatbot: String
    /// What was posted.
    public let contents: [ContentPart]
    /// The session as it stood before the message.
    public let past: SessionState
    /// The resolved agents by node.
    public let agents: [String: ResolvedAgent]

    let log: any EventLog
    let directory: AgentDirectory
    var recovered: RecoveredRun
    let control: RunControl

    /// The text parts of the message.
    public var text: String {
        contents.compactMap { $0.contentType == "text" ? $0.content : nil }.joined(separator: "\n")
    }

    /// The newest update that a node of that name recorded in an earlier run, byte for byte.
    public func recordedUpdate(of node: String) async throws -> String? {
        for run in past.runs.reversed() {
            guard let offset = run.nodes.last(where: { $0.node == node && $0.status == .completed })?.updatedAt else {
                continue
            }
            return try await log.read(session, after: Offset(offset.value - 1), limit: 1).events.first?.body
        }
        return nil
    }

    /// Records events of this run.
    func record(_ events: [NewEvent]) async throws -> Appended {
        try control.checkAbandoned()
        do {
            return try await log.append(events, to: session)
        } catch {
            control.noteRefusal()
            throw error
        }
    }
}

/// How a run is stopped from outside: a cancel and a run that takes too long are recorded, an abandoned run is left for
/// the next start to resume.
final class RunControl: Sendable {
    enum Stop: Sendable {
        case cancelled(Failure)
        case expired(Failure)
        case abandoned
    }

    private let state = Mutex<Stop?>(nil)
    private let refusal = Atomic<Bool>(false)

    /// The first reason stays.
    func stop(_ reason: Stop) {
        state.withLock { $0 = $0 ?? reason }
    }

    var stop: Stop? { state.withLock { $0 } }

    var isAbandoned: Bool {
        if case .abandoned = stop { true } else { false }
    }

    /// Notes that the log took no events of the run: what they would have ended is still open.
    func noteRefusal() { refusal.store(true, ordering: .relaxed) }

    var wasRefused: Bool { refusal.load(ordering: .relaxed) }

    /// An abandoned run records nothing more, so that the next start finds it as a crash would have left it.
    func checkAbandoned() throws {
        if isAbandoned { throw CancellationError() }
    }

    /// What is recorded for a task that was cancelled.
    var failure: Failure {
        switch stop {
        case .cancelled(let failure), .expired(let failure): failure
        default: Failure(code: WorkflowError.Code.cancelled.rawValue, message: "the run was stopped")
        }
    }
}

/// Why a node's work is cancelled where its own timeout is over.
final class NodeExpiry: Sendable {
    private let reason = Mutex<Failure?>(nil)

    func note(_ failure: Failure) { reason.withLock { $0 = failure } }

    var failure: Failure? { reason.withLock { $0 } }
}

/// What the log says a run did before a restart.
struct RecoveredRun: Sendable {
    /// Recorded updates of completed nodes (nil: it only spoke), in the order they were recorded.
    var completed: [(node: String, update: String?)] = []
    var skipped: Set<String> = []
    /// Attempts begun, by node.
    var attempts: [String: Int] = [:]
    /// The message that a node's next message supersedes.
    var abandoned: [String: Offset] = [:]
    /// The messages, by node, that their upstreams may have gone on with.
    var cut: [String: CutMessage] = [:]
    /// Attempts that asked for input and go on with the answer, by node.
    var continued: [String: (started: Offset, attempt: Int)] = [:]
    /// The newest update of every node that has published one and has not completed.
    var published: [String: String] = [:]
    /// What was asked and answered, oldest first.
    var replies: [(node: String, question: String, reply: Reply)] = []
}

/// One attempt of one node.
public struct NodeContext: Sendable {
    /// The run the node belongs to.
    public let run: RunContext
    /// The node's name.
    public let node: String
    /// The offset of `node.started`.
    public let started: Offset
    /// 1 for the first try.
    public let attempt: Int
    /// The message of this attempt that a crash cut, where its upstream may have gone on with it.
    let cut: CutMessage?
    let expiry = NodeExpiry()

    /// What is recorded where this attempt is cancelled: by its own timeout, or with the run.
    var stopReason: Failure { expiry.failure ?? run.control.failure }

    /// Names this attempt for side effects: `session/run/node/attempt`.
    public var idempotencyKey: String { agentContext.idempotencyKey }

    /// What runs for this node, as the database said when the run began.
    public var agent: ResolvedAgent? { run.agents[node] }

    /// The place an agent is told it works at.
    public var agentContext: AgentContext {
        AgentContext(session: run.session, run: run.run, node: node, attempt: attempt)
    }

    /// An agent that needs no model and no network, for when no other could answer.
    public func localFallback(composer: String) -> ResolvedAgent {
        ResolvedAgent(
            workflow: agent?.workflow ?? "", chatbot: run.chatbot, node: node, agent: agent?.agent ?? node,
            model: ModelConfiguration(
                name: "local-\(composer)", provider: .local, modelName: composer,
                streaming: agent?.model.streaming ?? true))
    }

    /// Records an update before the node's last one, for a node with several steps.
    public func publish(_ update: some Encodable) async throws {
        _ = try await run.record([try NewEvent(.nodeUpdated, cause: .event(started), update)])
    }

    /// What the node published in this run before it asked, or before a restart; nil where it had not come to that.
    ///
    /// A node whose work cannot be done twice with the same result goes on from it.
    public func published<Update: Decodable>(_ type: Update.Type) throws -> Update? {
        try run.recovered.published[node].map { try CanonicalJSON.decode(type, from: $0) }
    }
}
