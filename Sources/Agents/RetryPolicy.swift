/// When a request is tried again, and after how long.
public struct RetryPolicy: Sendable, Hashable {
    /// Further tries after the first.
    public var retries: Int
    /// The wait before the first of them; it doubles with each.
    public var firstDelay: Duration
    /// The longest wait that is not the upstream's own wish.
    public var maximumDelay: Duration

    /// Takes the parts as they are.
    public init(
        retries: Int, firstDelay: Duration = .milliseconds(250), maximumDelay: Duration = .seconds(8)
    ) {
        self.retries = retries
        self.firstDelay = firstDelay
        self.maximumDelay = maximumDelay
    }

    /// How long to wait before the next try; nil where there shall be none.
    ///
    /// What the upstream asks for is waited for, up to a limit. Otherwise the wait is between half and all of a
    /// doubling delay, so that many runs that failed together do not come back together.
    ///
    /// - Parameter failures: failed tries so far, this one included.
    public func delay(after error: AgentError, failures: Int) -> Duration? {
        var random = SystemRandomNumberGenerator()
        return delay(after: error, failures: failures, using: &random)
    }

    func delay(
        after error: AgentError, failures: Int, using random: inout some RandomNumberGenerator
    ) -> Duration? {
        guard error.isRetryable, failures <= retries else { return nil }
        if let wish = error.retryAfter { return wish <= AgentLimits.maximumRetryAfter ? wish : nil }
        let doubled = firstDelay * (1 << min(max(0, failures - 1), 20))
        return min(doubled, maximumDelay) * Double.random(in: 0.5...1, using: &random)
    }
}
