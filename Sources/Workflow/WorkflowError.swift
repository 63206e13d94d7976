public import Events

/// What can go wrong with runs.
///
/// Codes are stable and appear in the log and in HTTP answers.
public struct WorkflowError: Error, Sendable, CustomStringConvertible {
    /// A stable, `snake_case` code.
    public struct Code: Sendable, Hashable, RawRepresentable {
        /// The code as it is recorded and answered.
        public let rawValue: String

        /// Names a code.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// No chatbot of that name.
        public static let unknownChatbot = Code(rawValue: "unknown_chatbot")
        /// The session's run is not finished.
        public static let runInProgress = Code(rawValue: "run_in_progress")
        /// As many sessions wait for their turn as may.
        public static let tooManyRuns = Code(rawValue: "too_many_runs")
        /// As many messages wait behind the session's run as may.
        public static let queueFull = Code(rawValue: "queue_full")
        /// The run took longer than the limit.
        public static let runTimeout = Code(rawValue: "run_timeout")
        /// An answer or a question has more tokens or bytes than the limit.
        public static let messageTooLong = Code(rawValue: "message_too_long")
        /// The name of a fork is taken by another session.
        public static let sessionExists = Code(rawValue: "session_exists")
        /// The server is about to stop.
        public static let draining = Code(rawValue: "draining")
        /// A run was started by a workflow definition that this program no longer has.
        public static let workflowChanged = Code(rawValue: "workflow_changed")
        /// A node took longer than its timeout.
        public static let nodeTimeout = Code(rawValue: "node_timeout")
        /// A run was resumed more often than the limit.
        public static let poisonedRun = Code(rawValue: "poisoned_run")
        /// A recorded message's run could not be started, however often that was tried.
        public static let startFailed = Code(rawValue: "start_failed")
        /// `config.db` cannot be read.
        public static let configurationUnreadable = Code(rawValue: "configuration_unreadable")
        /// Somebody asked for it.
        public static let cancelled = Code(rawValue: "cancelled")
        /// A node failed with an error of its own.
        public static let nodeFailed = Code(rawValue: "node_failed")
    }

    /// What kind of error it is.
    public var code: Code
    /// What happened.
    public var message: String
    /// What to do about it.
    public var hint: String?
    /// Seconds after which another try makes sense.
    public var retryAfterSeconds: Int?

    /// Makes an error.
    public init(_ code: Code, _ message: String, hint: String? = nil, retryAfterSeconds: Int? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// The code and the message.
    public var description: String { "\(code.rawValue): \(message)" }

    /// The form that is recorded.
    public var failure: Failure { Failure(code: code.rawValue, message: message, hint: hint) }
}
