import HTTPTypes
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
public import ServiceLifecycle

/// The HTTP edge: chat, event streams, appends from outside, projections, health.
public struct StreamServer: Service {
    private let dependencies: ServerDependencies
    private let options: ServerOptions
    private let logger: Logger
    private let onRunning: @Sendable (Int) async -> Void

    /// Makes a server.
    ///
    /// - Parameter onRunning: called with the port once connections are accepted.
    /// - Throws: `StreamServerError` with `remoteAddressRefused`.
    public init(
        _ dependencies: ServerDependencies, options: ServerOptions = ServerOptions(),
        logger: Logger = Logger(label: "playhead.http"),
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) throws {
        try options.check()
        self.dependencies = dependencies
        self.options = options
        self.logger = logger
        self.onRunning = onRunning
    }

    /// Serves until the graceful shutdown: then the open streams are cut, so that their clients come back.
    public func run() async throws {
        let options = options
        let onRunning = onRunning
        ServerMetrics.begin()
        let server = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [
                    ConnectionWatch(
                        heartbeatInterval: options.heartbeatInterval, stalledReader: options.stalledReaderTimeout)
                ],
                idleTimeout: TimeAmount(options.idleTimeout),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: Limits.headerBytes, maxHeaderListSize: Limits.headerBytes,
                    maxHeaderFieldCount: Limits.headers)))
        let application = Application(
            responder: router().buildResponder(),
            server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port), serverName: nil, backlog: Limits.backlog,
                availableConnectionsDelegate: .maximum(Limits.connections, logger: logger)),
            onServerRunning: { await onRunning($0.localAddress?.port ?? options.port) },
            logger: logger)
        try await application.run()
    }

    private func router() -> Router<ServerContext> {
        let router = Router(context: ServerContext.self)
        router.add(
            middleware: EdgeMiddleware(
                hosts: HostRule(isChecked: HostRule.isLoopback(options.host)),
                origins: OriginRule(allowed: options.allowedOrigins), incarnation: dependencies.incarnation))
        var table = RouteTable()
        let log = dependencies.log
        ChatRoute(dependencies).add(to: &table)
        EventsRoute(log: log, desk: dependencies.audit).add(to: &table)
        AppendRoute(log: log).add(to: &table)
        SessionsRoute(log: log, states: dependencies.states).add(to: &table)
        ForkRoute(chats: dependencies.chats, log: log).add(to: &table)
        ControlRoute(log: log, chats: dependencies.chats).add(to: &table)
        AttachmentsRoute(store: dependencies.attachments).add(to: &table)
        MetricsRoute(metrics: dependencies.metrics).add(to: &table)
        HealthRoute(log: log, chats: dependencies.chats, problems: dependencies.problems).add(to: &table)
        if let audit = dependencies.audit {
            AuditRoute(desk: audit, chats: dependencies.chats, states: dependencies.states).add(to: &table)
        }
        Page().add(to: &table)
        table.install(in: router)
        return router
    }
}
