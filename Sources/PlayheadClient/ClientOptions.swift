/// How a client connects and how it comes back.
public struct ClientOptions: Sendable {
    /// How long a connection may take to be made.
    public var connectTimeout = Duration.seconds(10)
    /// How long the server may be silent, heartbeats included, before the connection counts as lost.
    public var idleTimeout = Duration.seconds(45)
    /// The first wait before a lost stream is resumed, unless the server names another; it doubles with every failure.
    public var reconnectDelay = Duration.seconds(1)
    /// What the doubled waits are cut to.
    public var longestReconnectDelay = Duration.seconds(30)
    /// How long a lost stream is tried again without a byte of it; nil: for ever.
    public var giveUpAfter: Duration? = .seconds(300)
    /// Whether a first connection that cannot be made is tried again too, not only a lost one.
    public var retriesFirstConnection = false
    /// Streams and requests at one time; further ones wait for a connection.
    public var maximumConnections = 1024
    /// Hears about each lost connection before the wait.
    public var onReconnect: (@Sendable (Reconnect) -> Void)?

    /// The defaults.
    public init() {}
}

/// A connection was lost or refused and is made again.
public struct Reconnect: Sendable {
    /// Failures in a row, this one included.
    public var failures: Int
    /// The wait before the next connection.
    public var delay: Duration
    /// What happened, in words.
    public var reason: String
}
