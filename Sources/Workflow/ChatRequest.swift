public import Events

/// A message to a chatbot: what starts a run.
public struct ChatRequest: Sendable {
    /// What to do where the session's run is still in progress.
    public enum WhenBusy: String, Sendable, CaseIterable {
        /// Refuse with `run_in_progress`.
        case reject
        /// Record the message now and answer it after the runs before it.
        case enqueue
        /// Cancel the run in progress, then start.
        case interrupt
    }

    /// The chatbot that is asked.
    public var chatbot: String
    /// The session the message belongs to; it is made where it does not exist.
    public var session: SessionID
    /// The parts of the message, as they are recorded.
    public var contents: [ContentPart]
    /// The bytes that parts of `contents` name by SHA-256.
    public var attachments: [String: [UInt8]]
    /// A repeated post with the same key joins the run it started the first time.
    public var idempotencyKey: String?
    /// What to do where the session's run is still in progress.
    public var whenBusy: WhenBusy

    /// Makes a request.
    public init(
        chatbot: String, session: SessionID, contents: [ContentPart], attachments: [String: [UInt8]] = [:],
        idempotencyKey: String? = nil, whenBusy: WhenBusy = .reject
    ) {
        self.chatbot = chatbot
        self.session = session
        self.contents = contents
        self.attachments = attachments
        self.idempotencyKey = idempotencyKey
        self.whenBusy = whenBusy
    }
}

/// A message that was recorded.
public struct AcceptedChat: Sendable, Hashable {
    /// The head before the message: the frames of the answer come after it.
    public var before: Offset
    /// The offset of `message.received`.
    public var message: Offset
    /// The offset of the message whose run answers: this one's, or, where this one answers a run's question, that run's.
    public var answering: Offset
    /// True where an earlier post with the same `Idempotency-Key` recorded it.
    public var isRepeated: Bool

    /// Makes one.
    public init(before: Offset, message: Offset, answering: Offset? = nil, isRepeated: Bool = false) {
        self.before = before
        self.message = message
        self.answering = answering ?? message
        self.isRepeated = isRepeated
    }
}
