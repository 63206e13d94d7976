internal import AsyncHTTPClient
internal import NIOCore

/// The HTTP connections to model servers, kept and used again.
public final class UpstreamConnections: Sendable {
    /// The connections of this process, never shut down.
    public static let shared = UpstreamConnections()

    let client: HTTPClient

    /// - Note: Call `shutdown()` before the last reference goes.
    public init() {
        var configuration = HTTPClient.Configuration()
        // The row's own timeouts are shorter; these only end what nobody waits for any more.
        configuration.timeout = .init(connect: .seconds(60))
        // A question must not be sent to another address, and a refused connection is an answer, not a reason to wait.
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        // Over HTTP/2 the requests beyond a server's limit of streams would wait in line, and their wait would look like
        // one for the network: every answer has a connection of its own.
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = AgentLimits.maximumConnectionsPerHost
        // Shorter than the servers at hand, so that few requests meet a connection that is just being closed.
        configuration.connectionPool.idleTimeout = .seconds(15)
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Ends all connections, answers in progress included.
    public func shutdown() async throws {
        try await client.shutdown()
    }
}
