package import Audit
public import EventLog
public import Events
public import Workflow

/// Starts and cancels the runs that answer messages.
public protocol ChatService: Sendable {
    /// What can be talked to.
    var chatbots: [ChatbotDescription] { get }

    /// Records a message and starts its run, or queues it; the message is durable when this returns.
    ///
    /// - Throws: `WorkflowError`, `EventLogError`, or a workflow's own refusal; then nothing is recorded.
    func start(_ request: ChatRequest) async throws -> AcceptedChat

    /// Cancels what is in progress and waits until that is recorded; false where nothing was.
    func cancel(_ session: SessionID) async throws -> Bool

    /// Copies a session up to an offset, or its head, into a new one; a repeated request gives the first one's fork.
    ///
    /// - Throws: `WorkflowError` or `EventLogError`; then nothing is recorded.
    func fork(
        _ origin: SessionID, at offset: Offset?, to name: SessionID?, idempotencyKey: String?
    ) async throws -> AcceptedFork

    /// How many runs are in progress now.
    var activeRuns: Int { get }

    /// How many sessions have a message that waits until fewer runs are in progress.
    var waitingRuns: Int { get }
}

/// Gives the projection of a session.
public protocol SessionStates: Sendable {
    /// The state as JSON: at an offset, or at the head.
    ///
    /// - Throws: `EventLogError` with `sessionNotFound` or `offsetBeyondHead`.
    func stateJSON(of session: SessionID, at offset: Offset?) async throws -> String

    /// Forgets what is stored of sessions, for good, after an erasure.
    func forget(_ sessions: [SessionID]) async throws
}

/// What the server serves.
public struct ServerDependencies: Sendable {
    /// What is read and appended to.
    public var log: any EventLog
    /// Names the log; another one than before means that a backup was restored.
    public var incarnation: String
    /// The bytes that messages carry.
    public var attachments: AttachmentStore
    /// What answers messages.
    public var chats: any ChatService
    /// What shows sessions.
    public var states: any SessionStates
    /// What auditors ask; nil where there is nothing to show.
    package var audit: AuditDesk?
    /// What is wrong, where the server cannot do its work: a check's name and a word about it.
    public var problems: @Sendable () async -> [String: String]
    /// The metrics in Prometheus' text format.
    public var metrics: @Sendable () async throws -> String

    /// Makes the set.
    public init(
        log: any EventLog, incarnation: String, attachments: AttachmentStore, chats: any ChatService,
        states: any SessionStates, problems: @escaping @Sendable () async -> [String: String] = { [:] },
        metrics: @escaping @Sendable () async throws -> String = { "" }
    ) {
        self.log = log
        self.incarnation = incarnation
        self.attachments = attachments
        self.chats = chats
        self.states = states
        self.problems = problems
        self.metrics = metrics
    }
}
