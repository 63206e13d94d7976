/// Decides what a resuming stream does next.
///
/// It does no I/O: it is told what happened and returns an action. The rules: 204 is the end; a clean end of the body is the end; a cut is not, and the stream is resumed after the last
/// id; 408, 425, 429, 502, 503 and 504 are tried again, every other status is an error for good. A stream that brings
/// nothing for too long is given up.
struct Reconnection: Sendable {
    enum Action {
        /// Connect, naming the last id where there is one.
        case connect
        /// Wait, tell the listener, then connect.
        case wait(Reconnect)
        /// Read the body.
        case read
        /// Read the error's body, then fail.
        case refuse(status: Int)
        case finish
        case fail(PlayheadClientError)
    }

    /// The head of an answer.
    struct Answer {
        var status: Int
        var contentType: String?
        /// False where only the end of the connection tells the end of the body, so that a cut looks like an end.
        var isDelimited = true
        var retryAfter: Duration?
    }

    private let options: ClientOptions
    private var hasConnected = false
    private var failures = 0
    private var failingSince: ContinuousClock.Instant?
    private var retryDelay: Duration?
    /// When the current connection was answered, and whether it brought anything.
    private var connectedAt: ContinuousClock.Instant?
    private var receivedBytes = false
    private var isDelimited = true

    init(options: ClientOptions) { self.options = options }

    /// The head of an answer came.
    mutating func answered(_ answer: Answer, now: ContinuousClock.Instant) -> Action {
        connectedAt = now
        receivedBytes = false
        isDelimited = answer.isDelimited
        switch answer.status {
        case 200:
            guard let type = answer.contentType, type.lowercased().hasPrefix("text/event-stream") else {
                return .fail(
                    PlayheadClientError(
                        .unexpectedAnswer,
                        "the server answered with \(answer.contentType ?? "no content type"), not with an event stream",
                        hint: "check that the address is a Playhead server's", status: 200))
            }
            hasConnected = true
            return .read
        case 204: return .finish
        case 408, 425, 429, 502, 503, 504:
            // The server is there, so even a first attempt is worth another.
            return failed("HTTP status \(answer.status)", after: answer.retryAfter, nil, now: now)
        default: return .refuse(status: answer.status)
        }
    }

    /// Bytes of the body came, be they a heartbeat: the connection works.
    mutating func received(retryMs: Int?) {
        receivedBytes = true
        hasWorked()
        if let retryMs { retryDelay = .milliseconds(retryMs) }
    }

    /// The body ended as its framing says.
    mutating func endedCleanly(now: ContinuousClock.Instant) -> Action {
        guard !isDelimited, receivedBytes else { return .finish }
        return failed("the connection ended", nil, now: now)
    }

    /// The body was cut, or was silent for too long.
    mutating func cut(_ error: any Error, now: ContinuousClock.Instant) -> Action {
        // One that lasted has worked, though a session where nothing happens brought nothing.
        if let connectedAt, now - connectedAt >= options.idleTimeout / 2 { hasWorked() }
        return failed("the connection was cut (\(error))", error, now: now)
    }

    /// No answer came.
    mutating func couldNotConnect(_ error: any Error, now: ContinuousClock.Instant) -> Action {
        guard hasConnected || options.retriesFirstConnection else { return .fail(Self.unreachable("\(error)", error)) }
        return failed("no connection (\(error))", error, now: now)
    }

    private mutating func hasWorked() {
        failures = 0
        failingSince = nil
    }

    private mutating func failed(
        _ reason: String, after retryAfter: Duration? = nil, _ underlying: (any Error)?, now: ContinuousClock.Instant
    ) -> Action {
        failures += 1
        let since = failingSince ?? now
        failingSince = since
        if let limit = options.giveUpAfter, now - since >= limit {
            return .fail(Self.unreachable("\(reason), \(failures) times in a row", underlying))
        }
        let first = retryDelay ?? options.reconnectDelay
        let doubled = first * (1 << min(failures - 1, Limits.doublings))
        // Half of the wait is random, so that the clients of a restarted server do not come all at once.
        let delay = min(doubled, max(first, options.longestReconnectDelay)) * Double.random(in: 0.5...1)
        return .wait(
            Reconnect(
                failures: failures, delay: min(max(delay, retryAfter ?? .zero), Limits.longestDelay), reason: reason))
    }

    private static func unreachable(_ reason: String, _ underlying: (any Error)?) -> PlayheadClientError {
        PlayheadClientError(
            .unreachable, "the server cannot be reached: \(reason)",
            hint: "check the address and that the server runs", underlying: underlying)
    }
}
