import Glibc
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
    private let origins: OriginRule
    private let logger: Logger
    private let onRunning: @Sendable (Int) async -> Void

    /// Makes a server.
    ///
    /// - Parameter onRunning: called with the port once connections are accepted.
    /// - Throws: `StreamServerError` with `remoteAddressRefused` or `invalidOrigin`.
    public init(
        _ dependencies: ServerDependencies, options: ServerOptions = ServerOptions(),
        logger: Logger = Logger(label: "playhead.http"),
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) throws {
        try options.check()
        origins = try OriginRule(allowed: options.allowedOrigins)
        self.dependencies = dependencies
        self.options = options
        self.logger = logger
        self.onRunning = onRunning
    }

    /// Serves until the graceful shutdown: then the open streams are cut, so that their clients come back.
    ///
    /// - Throws: `StreamServerError` with `addressUnavailable`.
    public func run() async throws {
        let options = options
        let onRunning = onRunning
        let origins = origins
        let connections = ConnectionLimit.Count(limit: options.connections)
        ServerMetrics.begin()
        let configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ConnectionLimit(connections, origins: origins),
                ConnectionWatch(
                    heartbeatInterval: options.heartbeatInterval, stalledReader: options.stalledReaderTimeout),
            ],
            idleTimeout: TimeAmount(options.idleTimeout),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: Limits.headerBytes, maxHeaderListSize: Limits.headerBytes,
                maxHeaderFieldCount: Limits.headers))
        let server = HTTPServerBuilder {
            EventLoopConnections(base: HTTP1Channel(responder: $0, configuration: configuration))
        }
        let application = Application(
            responder: RequestTask(responder: router(origins).buildResponder()),
            server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port), serverName: nil, backlog: Limits.backlog,
                availableConnectionsDelegate: .maximum(
                    options.connections + Limits.refusedConnections, logger: logger)),
            onServerRunning: { await onRunning($0.localAddress?.port ?? options.port) },
            logger: logger)
        do {
            try await application.run()
        } catch let error as IOError {
            let hint =
                switch error.errnoCode {
                case EADDRNOTAVAIL: "name an address of this machine with --host"
                case EACCES: "choose a port from 1024 with --port; the system keeps those below for itself"
                default: "end what uses the port, or choose another with --port; 0 is any that is free"
                }
            throw StreamServerError(
                .addressUnavailable, "cannot listen on port \(options.port) of \(options.host): \(error)", hint: hint,
                underlying: error)
        } catch let error as SocketAddressError.UnknownHost {
            throw StreamServerError(
                .addressUnavailable, "cannot listen on \(options.host): there is no such host",
                hint: "name an address of this machine with --host", underlying: error)
        }
    }

    private func router(_ origins: OriginRule) -> Router<ServerContext> {
        let router = Router(context: ServerContext.self)
        router.add(
            middleware: EdgeMiddleware(
                hosts: HostRule(isChecked: HostRule.isLoopback(options.host)),
                origins: origins, incarnation: dependencies.incarnation))
        var table = RouteTable()
        let log = dependencies.log
        let texts = MessageTexts(log)
        ChatRoute(dependencies, texts).add(to: &table)
        EventsRoute(log: log, texts: texts, desk: dependencies.audit).add(to: &table)
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
