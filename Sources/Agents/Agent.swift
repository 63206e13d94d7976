public import Events

/// The thing that does a step's work.
///
/// An agent streams by giving an async sequence of deltas, pulled by whoever records them, so that nothing is buffered
/// between the model and the log. `execute` has a default that collects the stream.
public protocol Agent: Sendable {
    /// Gives the whole answer at once.
    func execute(_ input: AgentInput, _ context: AgentContext) async throws -> AgentAnswer

    /// Gives the answer as it is made. The stream ends after `.finished`; an end without it is an interruption.
    func executeStream(_ input: AgentInput, _ context: AgentContext) -> AgentStream
}

/// The deltas of one answer, in order.
///
/// Dropping the iterator cancels the upstream request.
public typealias AgentStream = any AsyncSequence<AgentDelta, any Error> & Sendable

/// One step of an answer.
public enum AgentDelta: Sendable, Hashable {
    /// Text, exactly as the model produced it.
    case text(String)
    /// The model's reasoning, kept apart from its text.
    case reasoning(String)
    /// What was reported of token counts; a later report replaces an earlier one.
    case usage(Usage)
    /// The text just given was not Unicode: what could not be kept became U+FFFD.
    case repaired
    /// The end: the upstream said so itself.
    case finished(reason: String)
}

/// A whole answer.
public struct AgentAnswer: Sendable, Hashable {
    /// The text.
    public var text: String
    /// The model's reasoning; empty where it gave none.
    public var reasoning: String
    /// What was reported of token counts; nil where nothing was.
    public var usage: Usage?
    /// Why the model ended, in the upstream's own word.
    public var finishReason: String
    /// How often something that is not Unicode became U+FFFD.
    public var repairs: Int

    /// Takes the parts as they are.
    public init(
        text: String, reasoning: String = "", usage: Usage? = nil, finishReason: String, repairs: Int = 0
    ) {
        self.text = text
        self.reasoning = reasoning
        self.usage = usage
        self.finishReason = finishReason
        self.repairs = repairs
    }
}

/// What an agent is asked.
public struct AgentInput: Sendable {
    /// The system prompt.
    public var instructions: String
    /// The conversation, oldest first; the last turn is the question.
    public var turns: [Turn]
    /// Canonical JSON that the answer is made from.
    public var material: String
    /// Canonical JSON that a model is told instead of the material, where the two differ.
    public var facts: String
    /// Images for a model that can see.
    public var images: [Image]
    /// True where the answer has to be one JSON object.
    public var wantsJSON: Bool

    /// One turn of the conversation.
    public struct Turn: Sendable, Hashable {
        /// `user` or `assistant`.
        public var role: String
        /// The text.
        public var text: String

        /// Takes the parts as they are.
        public init(role: String, text: String) {
            self.role = role
            self.text = text
        }
    }

    /// An image's bytes and media type (`image/png`).
    public struct Image: Sendable, Hashable {
        /// For instance `image/png`.
        public var mediaType: String
        /// The image file.
        public var bytes: [UInt8]

        /// Takes the parts as they are.
        public init(mediaType: String, bytes: [UInt8]) {
            self.mediaType = mediaType
            self.bytes = bytes
        }
    }

    /// Takes the parts as they are.
    public init(
        instructions: String, turns: [Turn], material: String, facts: String = "", images: [Image] = [],
        wantsJSON: Bool = false
    ) {
        self.instructions = instructions
        self.turns = turns
        self.material = material
        self.facts = facts
        self.images = images
        self.wantsJSON = wantsJSON
    }
}

/// Where an agent is working.
public struct AgentContext: Sendable {
    /// The session.
    public var session: SessionID
    /// The run, by the offset of its `run.started`.
    public var run: Offset
    /// The node.
    public var node: String
    /// 1 for the first try.
    public var attempt: Int
    /// Records where the answer can be taken up again after a crash; nil where nobody would.
    ///
    /// It is called before the deltas that follow the point are given.
    public var recordResumePoint: (@Sendable (ResumePoint) async throws -> Void)?
    /// True where the reader goes away without giving the answer up, because the process ends.
    ///
    /// Then an upstream that can is left generating. It is asked when the stream is dropped.
    public var keepsUpstream: @Sendable () -> Bool

    /// Takes the parts as they are.
    public init(
        session: SessionID, run: Offset, node: String, attempt: Int,
        recordResumePoint: (@Sendable (ResumePoint) async throws -> Void)? = nil,
        keepsUpstream: @escaping @Sendable () -> Bool = { false }
    ) {
        self.session = session
        self.run = run
        self.node = node
        self.attempt = attempt
        self.recordResumePoint = recordResumePoint
        self.keepsUpstream = keepsUpstream
    }

    /// Names this attempt for side effects, so that a repeated one can be recognised: `session/run/node/attempt`.
    public var idempotencyKey: String { "\(session)/\(run)/\(node)/\(attempt)" }
}

extension Agent {
    /// Collects the stream.
    ///
    /// - Throws: `AgentError` with code `interrupted` where the stream ends without `.finished`.
    public func execute(_ input: AgentInput, _ context: AgentContext) async throws -> AgentAnswer {
        var answer = AgentAnswer(text: "", finishReason: "")
        var isFinished = false
        for try await delta in executeStream(input, context) {
            switch delta {
            case .text(let text): answer.text += text
            case .reasoning(let text): answer.reasoning += text
            case .usage(let usage): answer.usage = usage
            case .repaired: answer.repairs += 1
            case .finished(let reason):
                answer.finishReason = reason
                isFinished = true
            }
        }
        guard isFinished else {
            throw AgentError(code: .interrupted, message: "the model's answer ended without its terminal event")
        }
        return answer
    }
}
