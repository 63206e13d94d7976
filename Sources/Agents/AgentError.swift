public import Events

/// What can go wrong with an agent.
///
/// Codes are stable and appear in the log and in HTTP answers.
public struct AgentError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, for programs.
    public struct Code: Sendable, Hashable, RawRepresentable {
        /// The stable word.
        public let rawValue: String
        /// Takes any word, known or not.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// A configuration row that cannot work: unknown provider, missing key variable, missing assignment.
        public static let misconfigured = Code(rawValue: "agent_misconfigured")
        /// No connection, or refused.
        public static let unreachable = Code(rawValue: "upstream_unreachable")
        /// An HTTP status that is not 2xx, or an error object in the stream.
        public static let upstream = Code(rawValue: "upstream_error")
        /// 429 or an overload.
        public static let overloaded = Code(rawValue: "upstream_overloaded")
        /// Bytes that are not what the provider's format allows.
        public static let malformed = Code(rawValue: "upstream_malformed")
        /// The stream ended without its terminal event.
        public static let interrupted = Code(rawValue: "upstream_interrupted")
        /// One of the named waits was over.
        public static let timeout = Code(rawValue: "upstream_timeout")
        /// A named limit was passed.
        public static let limit = Code(rawValue: "upstream_limit")
    }

    /// What went wrong, for programs.
    public var code: Code
    /// What went wrong, for people.
    public var message: String
    /// What repairs it, where that is known.
    public var hint: String?
    /// True where another attempt may succeed and nothing of the answer has arrived.
    public var isRetryable: Bool
    /// What the upstream asked for with `Retry-After`.
    public var retryAfter: Duration?

    /// Takes the parts as they are.
    public init(
        code: Code, message: String, hint: String? = nil, isRetryable: Bool = false, retryAfter: Duration? = nil
    ) {
        self.code = code
        self.message = message
        self.hint = hint
        self.isRetryable = isRetryable
        self.retryAfter = retryAfter
    }

    /// One line for a log.
    public var description: String { "\(code.rawValue): \(message)" }

    /// The form that is recorded.
    public var failure: Failure { Failure(code: code.rawValue, message: message, hint: hint) }
}
