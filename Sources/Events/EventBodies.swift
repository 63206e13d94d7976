// The bodies of the event kinds, as JSON in `snake_case`. A field that has no value is left out.

/// `session.opened`.
public struct SessionOpened: Sendable, Codable {
    /// The chatbot the session talks to.
    public var chatbot: String?
    /// What the client said about the session.
    public var metadata: JSONValue?

    /// Makes the body.
    public init(chatbot: String?, metadata: JSONValue? = nil) {
        self.chatbot = chatbot
        self.metadata = metadata
    }
}

/// One part of a message as posted.
///
/// Bytes are kept as an attachment, named by their SHA-256.
public struct ContentPart: Sendable, Codable, Hashable {
    /// `text`, `image` or `file`.
    public var contentType: String
    /// The text of a `text` part.
    public var content: String?
    /// The file's name as the client gave it.
    public var name: String?
    /// The media type of an `image` or `file` part.
    public var mediaType: String?
    /// Lower-case hexadecimal SHA-256 of the attachment's bytes.
    public var sha256: String?
    /// The attachment's size in bytes.
    public var size: Int?

    /// Makes a part.
    public init(
        contentType: String, content: String? = nil, name: String? = nil, mediaType: String? = nil,
        sha256: String? = nil, size: Int? = nil
    ) {
        self.contentType = contentType
        self.content = content
        self.name = name
        self.mediaType = mediaType
        self.sha256 = sha256
        self.size = size
    }
}

/// `message.received`.
public struct MessageReceived: Sendable, Codable {
    /// The chatbot asked.
    public var chatbot: String?
    /// The parts as posted, in order.
    public var contents: [ContentPart]
    /// The `Idempotency-Key` of the post, where it had one.
    public var idempotencyKey: String?

    /// Makes the body.
    public init(chatbot: String?, contents: [ContentPart], idempotencyKey: String? = nil) {
        self.chatbot = chatbot
        self.contents = contents
        self.idempotencyKey = idempotencyKey
    }
}

/// `run.started`.
public struct RunStarted: Sendable, Codable {
    /// The workflow executed.
    public var workflow: String
    /// The workflow's version.
    public var version: Int
    /// The chatbot that answers.
    public var chatbot: String
    /// The resolved agent configuration by node; never a secret.
    public var agents: [String: JSONValue]

    /// Makes the body.
    public init(workflow: String, version: Int, chatbot: String, agents: [String: JSONValue]) {
        self.workflow = workflow
        self.version = version
        self.chatbot = chatbot
        self.agents = agents
    }
}

/// `session.forked`: what stands before it was copied.
public struct SessionForked: Sendable, Codable, Hashable {
    /// The session that was copied.
    public var session: String
    /// The offset of the last event copied: up to here both sessions have the same offsets.
    public var offset: Offset

    /// Makes the body.
    public init(session: String, offset: Offset) {
        self.session = session
        self.offset = offset
    }
}

/// Why something ended otherwise than by success.
public struct Failure: Sendable, Codable, Hashable {
    /// Stable, `snake_case`.
    public var code: String
    /// What happened, for people.
    public var message: String
    /// What to do about it.
    public var hint: String?

    /// Makes a reason.
    public init(code: String, message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}

/// `run.completed`, `run.failed`, `run.cancelled`.
public struct RunEnded: Sendable, Codable {
    /// From the start of the run, pauses included.
    public var durationMs: Int64
    /// Why it did not complete; nil where it did.
    public var reason: Failure?

    /// Makes the body.
    public init(durationMs: Int64, reason: Failure? = nil) {
        self.durationMs = durationMs
        self.reason = reason
    }
}

/// `run.resumed`: after a restart or a reply, which nodes are reused and which are run again.
public struct RunResumed: Sendable, Codable {
    /// Nodes whose results were recorded before.
    public var reused: [String]
    /// Nodes that are run again.
    public var retried: [String]
    /// Nodes whose cut message may go on, because its upstream does; nil where there are none.
    public var continued: [String]?
    /// How often this run has been resumed, this time included.
    public var attempt: Int
    /// The agent configuration as it stood at the restart, by node; never a secret.
    public var agents: [String: JSONValue]?

    /// Makes the body.
    public init(
        reused: [String], retried: [String], continued: [String]? = nil, attempt: Int,
        agents: [String: JSONValue]? = nil
    ) {
        self.reused = reused
        self.retried = retried
        self.continued = continued
        self.attempt = attempt
        self.agents = agents
    }
}

/// `run.paused`: what the run waits for.
public struct RunPaused: Sendable, Codable {
    /// The node that asks.
    public var node: String
    /// The question.
    public var asks: String

    /// Makes the body.
    public init(node: String, asks: String) {
        self.node = node
        self.asks = asks
    }
}

/// `node.started`.
public struct NodeStarted: Sendable, Codable {
    /// The node's name in the workflow.
    public var node: String
    /// 1 for the first attempt.
    public var attempt: Int

    /// Makes the body.
    public init(node: String, attempt: Int) {
        self.node = node
        self.attempt = attempt
    }
}

/// `node.completed`.
public struct NodeCompleted: Sendable, Codable {
    /// From the start of the attempt.
    public var durationMs: Int64

    /// Makes the body.
    public init(durationMs: Int64) { self.durationMs = durationMs }
}

/// `node.failed`.
public struct NodeFailed: Sendable, Codable {
    /// From the start of the attempt.
    public var durationMs: Int64
    /// What went wrong.
    public var error: Failure
    /// True where another attempt follows.
    public var willRetry: Bool

    /// Makes the body.
    public init(durationMs: Int64, error: Failure, willRetry: Bool) {
        self.durationMs = durationMs
        self.error = error
        self.willRetry = willRetry
    }
}

/// `node.skipped`.
public struct NodeSkipped: Sendable, Codable {
    /// The node's name in the workflow.
    public var node: String
    /// Why it was not run.
    public var reason: Failure

    /// Makes the body.
    public init(node: String, reason: Failure) {
        self.node = node
        self.reason = reason
    }
}

/// `message.started`.
public struct MessageStarted: Sendable, Codable {
    /// `assistant`, `user` or `tool`.
    public var role: String
    /// The agent that speaks.
    public var agent: String?
    /// The model behind it.
    public var model: String?
    /// False where the text comes as one token and only the final frame is sent.
    public var streaming: Bool
    /// The abandoned message that this one takes the place of.
    public var supersedes: Offset?
    /// The pace of delivery in characters a second that the agent asks for; nil: natural.
    public var streamCharsPerSecond: Double?

    /// Makes the body.
    public init(
        role: String, agent: String?, model: String?, streaming: Bool, supersedes: Offset? = nil,
        streamCharsPerSecond: Double? = nil
    ) {
        self.role = role
        self.agent = agent
        self.model = model
        self.streaming = streaming
        self.supersedes = supersedes
        self.streamCharsPerSecond = streamCharsPerSecond
    }
}

/// What the upstream reported of its token counts; what it did not report is absent, never invented.
public struct Usage: Sendable, Codable, Hashable {
    /// Tokens of the prompt.
    public var inputTokens: Int?
    /// Tokens of the answer.
    public var outputTokens: Int?

    /// Makes a count.
    public init(inputTokens: Int? = nil, outputTokens: Int? = nil) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
    }
}

/// `message.completed`.
public struct MessageCompleted: Sendable, Codable {
    /// `stop`, `length`, `content_filter`, … as the upstream said it.
    public var finishReason: String?
    /// Token counts as the upstream reported them.
    public var usage: Usage?
    /// From the request to the first token; nil where there was none.
    public var timeToFirstTokenMs: Int64?
    /// Grapheme clusters.
    public var characters: Int
    /// Lower-case hexadecimal SHA-256 of the text's UTF-8 bytes.
    public var sha256: String
    /// How many deltas held what is not Unicode, recorded as U+FFFD; nil where none did.
    public var repairs: Int?

    /// Makes the body.
    public init(
        finishReason: String?, usage: Usage?, timeToFirstTokenMs: Int64?, characters: Int, sha256: String,
        repairs: Int? = nil
    ) {
        self.finishReason = finishReason
        self.usage = usage
        self.timeToFirstTokenMs = timeToFirstTokenMs
        self.characters = characters
        self.sha256 = sha256
        self.repairs = repairs
    }
}

/// `message.interrupted`: the text so far stays and is marked.
public struct MessageInterrupted: Sendable, Codable {
    /// Why it ended early.
    public var reason: Failure
    /// How many deltas held what is not Unicode, recorded as U+FFFD; nil where none did.
    public var repairs: Int?

    /// Makes the body.
    public init(reason: Failure, repairs: Int? = nil) {
        self.reason = reason
        self.repairs = repairs
    }
}

/// `answer.rejected`: a finished answer failed its checks.
public struct AnswerRejected: Sendable, Codable {
    /// The rule it broke.
    public var rule: String
    /// The words that broke it.
    public var found: String

    /// Makes the body.
    public init(rule: String, found: String) {
        self.rule = rule
        self.found = found
    }
}
