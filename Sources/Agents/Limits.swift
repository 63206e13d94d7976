/// The limits of this module.
public enum AgentLimits {
    /// The longest line of a model's stream.
    public static let maximumLineBytes = 1 << 20
    /// The longest event of a model's stream.
    public static let maximumEventBytes = 4 << 20
    /// The longest answer, and apart from it the longest reasoning, in UTF-8 bytes.
    public static let maximumAnswerBytes = 4 << 20
    /// The largest body that is not streamed, its JSON included.
    public static let maximumBodyBytes = 16 << 20
    /// What is read of the body of an HTTP error.
    public static let maximumErrorBytes = 64 << 10
    /// What is quoted of an upstream's error message.
    public static let maximumQuotedCharacters = 500
    /// The deepest nesting of a JSON value from a model.
    public static let maximumJSONDepth = 128
    /// Text that waits for whoever records it; above it the upstream is not read.
    public static let maximumBacklogBytes = 256 << 10
    /// Connections to one host at the same time: as many as an address has ports, so that no request ever waits for one
    /// that another holds.
    ///
    /// How many answers come at once is bounded by how many runs may be in progress.
    public static let maximumConnectionsPerHost = 65_535
    /// How long a finished answer's connection may take to end, so that it can be used again.
    public static let drainTimeout = Duration.seconds(1)
    /// The longest `Retry-After` that is waited for; with a longer one the error is given at once.
    public static let maximumRetryAfter = Duration.seconds(30)
    /// The longest chain of fallback models.
    public static let maximumFallbacks = 4
    /// The most images of one question.
    public static let maximumImages = 16
    /// How much text of a resumable stream is read between two resume points, in UTF-8 bytes.
    public static let resumePointTextBytes = 4 << 10
    /// How long an upstream is asked to stop an answer that it would go on with.
    public static let stopTimeout = Duration.seconds(5)
    /// How often an upstream is asked whether an answer that cannot be streamed again is ready.
    public static let pollInterval = Duration.milliseconds(500)
    /// How long a read of the configuration waits for a hand edit's lock.
    public static let configurationBusyTimeoutMs: Int32 = 2000
}
