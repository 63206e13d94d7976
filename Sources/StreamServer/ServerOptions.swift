/// Where and for whom the server listens.
public struct ServerOptions: Sendable {
    /// A name or an address.
    public var host: String
    /// 0 for any that is free.
    public var port: Int
    /// Lets the server listen where other machines can reach it.
    public var allowsRemoteAccess: Bool
    /// Origins whose pages may use the server from a browser, for instance `https://example.org`; `*` for all.
    public var allowedOrigins: [String]
    /// The pause after which an open event stream says that it is alive.
    public var heartbeatInterval: Duration
    /// How long a reader may take nothing before it is cut.
    public var stalledReaderTimeout: Duration
    /// How long a connection may be idle between requests or inside a request's head or body.
    public var idleTimeout: Duration
    /// Connections that are served at once; the next ones get 503.
    public var connections: Int

    /// The defaults: this machine only, and only the server's own pages.
    public init(
        host: String = "127.0.0.1", port: Int = 8080, allowsRemoteAccess: Bool = false, allowedOrigins: [String] = []
    ) {
        self.host = host
        self.port = port
        self.allowsRemoteAccess = allowsRemoteAccess
        self.allowedOrigins = allowedOrigins
        heartbeatInterval = Limits.heartbeatInterval
        stalledReaderTimeout = Limits.stalledReader
        idleTimeout = Limits.idleConnection
        connections = Limits.connections
    }

    /// Refuses an address that other machines reach, unless it was asked for by name, and origins that no page has.
    ///
    /// - Throws: `StreamServerError` with `remoteAddressRefused` or `invalidOrigin`.
    public func check() throws {
        _ = try OriginRule(allowed: allowedOrigins)
        guard allowsRemoteAccess || HostRule.isLoopback(host) else {
            throw StreamServerError(
                .remoteAddressRefused, "\(host) may be reached by other machines, and there are no access keys",
                hint: "listen on 127.0.0.1, or say --allow-remote where everybody who reaches this machine may use it")
        }
    }
}
