import Audit
import EventLog
import Events
import Foundation
import Logging
import ServiceLifecycle
import StreamServer
import Synchronization
import TestSupport

/// A real server on a real port, for the time of a closure.
struct TestServer: Sendable {
    let port: Int
    let log: any EventLog
    let chats: ScriptedChats
    let data: TemporaryDirectory
    private let group: ServiceGroup

    /// Starts a server, runs the test, and stops the server gracefully.
    static func run(
        log: any EventLog = MemoryEventLog(), audit: AuditDesk? = nil, options: ServerOptions = ServerOptions(),
        logger: Logger = TestServer.quiet, problems: @escaping @Sendable () async -> [String: String] = { [:] },
        script: @escaping ScriptedChats.Script = { try await Script.answer($0, $1, $2) },
        _ test: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        _ = TestMetrics.registry
        let data = try TemporaryDirectory()
        let attachments = try AttachmentStore(dataDirectory: data.path)
        let chats = ScriptedChats(log, attachments, script)
        var options = options
        options.port = 0
        let (ports, found) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
        var dependencies = ServerDependencies(
            log: log, incarnation: "test-log", attachments: attachments, chats: chats,
            states: FoldedStates(log: log), problems: problems)
        dependencies.audit = audit
        let server = try StreamServer(
            dependencies, options: options, logger: logger, onRunning: { found.yield($0) })
        let group = ServiceGroup(configuration: .init(services: [server], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { found.finish() }
                try await group.run()
            }
            guard let port = await ports.first(where: { _ in true }) else {
                throw RawConnection.Failure(description: "the server did not start")
            }
            let running = TestServer(port: port, log: log, chats: chats, data: data, group: group)
            do {
                try await test(running)
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Begins the graceful shutdown.
    func stop() async { await group.triggerGracefulShutdown() }

    /// Sends a request and reads its whole answer.
    func request(
        _ method: String, _ path: String, _ headers: [String: String] = [:], body: [UInt8]? = nil
    ) async throws -> RawAnswer {
        let connection = try RawConnection(port: port)
        try connection.send(Self.bytes(method, path, headers, body, port: port))
        var answer = RawAnswer()
        answer.hasNoBody = method == "HEAD"
        try await connection.read(&answer)
        return answer
    }

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> RawAnswer {
        try await request("GET", path, headers)
    }

    func post(_ path: String, _ json: String, _ headers: [String: String] = [:]) async throws -> RawAnswer {
        let all = headers.merging(["Content-Type": "application/json"]) { given, _ in given }
        return try await request("POST", path, all, body: Array(json.utf8))
    }

    /// Sends a request and leaves its answer open.
    func open(
        _ method: String, _ path: String, _ headers: [String: String] = [:], body: String? = nil,
        receiveBuffer: Int32? = nil
    ) throws -> RawConnection {
        let connection = try RawConnection(port: port, receiveBuffer: receiveBuffer)
        try connection.send(Self.bytes(method, path, headers, body.map { Array($0.utf8) }, port: port))
        return connection
    }

    private static func bytes(
        _ method: String, _ path: String, _ headers: [String: String], _ body: [UInt8]?, port: Int
    ) -> [UInt8] {
        var head = "\(method) \(path) HTTP/1.1\r\n"
        if headers["Host"] == nil { head += "Host: 127.0.0.1:\(port)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        return Array((head + "\r\n").utf8) + (body ?? [])
    }
}

/// A stand-in for the projection: enough to see that the route asks the right thing.
struct FoldedStates: SessionStates {
    let log: any EventLog

    func forget(_ sessions: [SessionID]) async throws {}

    func stateJSON(of session: SessionID, at offset: Offset?) async throws -> String {
        let page = try await log.read(session, after: offset ?? .beginning)
        return "{\"session\":\"\(session)\",\"head\":\(offset ?? page.status.head)}"
    }
}

/// The JSON text of a message with one text.
func message(_ text: String = "你好") -> String {
    "{\"contents\":[{\"content_type\":\"text\",\"content\":\(JSONText.string(text))}]}"
}
