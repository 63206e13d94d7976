public import Events

/// What a session's events amount to: its messages, runs and nodes.
///
/// A pure fold of events, oldest first.
public struct SessionState: Sendable, Codable, Equatable {
    /// The session's name.
    public var session: String
    /// The offset of the last event folded in.
    public var head: Offset
    /// When `session.opened` was recorded, RFC 3339.
    public var openedAt: String?
    /// When the newest event but a token was recorded, RFC 3339.
    public var updatedAt: String?
    /// The chatbot the session was opened for.
    public var chatbot: String?
    /// Where the session was copied from, and up to which offset.
    public var forkedFrom: SessionForked?
    /// True once the session takes no more events.
    public var isClosed: Bool
    /// Oldest first.
    public var messages: [MessageState]
    /// Oldest first.
    public var runs: [RunState]
    /// Events of outside producers that no other field shows.
    public var customEvents: Int

    /// The state before the first event.
    public init(session: SessionID) {
        self.session = session.name
        head = .beginning
        isClosed = false
        messages = []
        runs = []
        customEvents = 0
    }

    /// The run that started at that offset.
    public func run(at offset: Offset) -> RunState? {
        runs.last { $0.offset == offset }
    }

    /// The message that started, or was received, at that offset.
    public func message(at offset: Offset) -> MessageState? {
        messages.last { $0.offset == offset }
    }
}

/// One message, from the user or from an agent.
public struct MessageState: Sendable, Codable, Equatable {
    /// What became of it.
    public enum Status: String, Sendable, Codable {
        case streaming
        case completed
        case interrupted
        case rejected
    }

    /// The offset of `message.received` or `message.started`.
    public var offset: Offset
    /// `user`, `assistant` or `tool`.
    public var role: String
    /// The name of the node that wrote it.
    public var node: String?
    /// The offset of the run it was written in; of a user's message, the run whose question it answers.
    public var run: Offset?
    /// The agent that wrote it.
    public var agent: String?
    /// The model that wrote it.
    public var model: String?
    /// What became of it.
    public var status: Status
    /// The text so far.
    public var text: String
    /// What a user's message consists of.
    public var contents: [ContentPart]?
    /// The abandoned message that this one takes the place of.
    public var supersedes: Offset?
    /// True once another message has taken its place.
    public var isSuperseded: Bool
    /// Why it ended, as the upstream said it.
    public var finishReason: String?
    /// The token counts that the upstream reported.
    public var usage: Usage?
    /// From `message.started` to the first token, in milliseconds.
    public var timeToFirstTokenMs: Int64?
    /// SHA-256 of the whole text, as `message.completed` recorded it.
    public var sha256: String?
    /// Why it was interrupted or rejected.
    public var reason: Failure?
    /// The `Idempotency-Key` of a user's post.
    public var idempotencyKey: String?
}

/// One run of a workflow.
public struct RunState: Sendable, Codable, Equatable {
    /// What became of it.
    public enum Status: String, Sendable, Codable {
        case started
        case paused
        case completed
        case failed
        case cancelled
    }

    /// The offset of `run.started`.
    public var offset: Offset
    /// The message it answers.
    public var message: Offset?
    /// The workflow's name.
    public var workflow: String
    /// The version of the workflow's definition.
    public var version: Int
    /// The chatbot the session was opened for.
    public var chatbot: String
    /// What became of it.
    public var status: Status
    /// When `run.started` was recorded, RFC 3339.
    public var startedAt: String
    /// How long it took, in milliseconds.
    public var durationMs: Int64?
    /// Why it failed or was cancelled.
    public var reason: Failure?
    /// How often it was resumed after a restart.
    public var resumes: Int
    /// Attempts of nodes in the order they started.
    public var nodes: [NodeState]
    /// When it waited for input, and what for; nil where it never did.
    public var pauses: [PauseState]?
}

/// One question of a run, and the message that answered it.
public struct PauseState: Sendable, Codable, Equatable {
    /// The offset of `run.paused`.
    public var offset: Offset
    /// The node that asks.
    public var node: String
    /// The question.
    public var asks: String
    /// The offset of the answer; nil while there is none.
    public var reply: Offset?
}

/// One attempt of a node.
public struct NodeState: Sendable, Codable, Equatable {
    /// What became of it.
    public enum Status: String, Sendable, Codable {
        case started
        case completed
        case failed
        case skipped
    }

    /// The offset of `node.started`, or of `node.skipped` where it never started.
    public var offset: Offset
    /// The node's name.
    public var node: String
    /// 1 for the first try.
    public var attempt: Int
    /// What became of it.
    public var status: Status
    /// The offset of its newest update.
    public var updatedAt: Offset?
    /// Its newest update.
    public var update: JSONValue?
    /// How long it took, in milliseconds.
    public var durationMs: Int64?
    /// Why it failed or was skipped.
    public var error: Failure?
}
