import AsyncHTTPClient
import Events
import NIOCore
import NIOHTTP1

/// Talks to a Playhead server: chats, follows sessions and resumes by itself.
///
/// It is made once and shared; every stream it gives has a connection of its own.
public final class PlayheadClient: Sendable {
    let address: ServerAddress
    let options: ClientOptions
    private let http: HTTPClient

    /// Makes a client; nothing is connected yet.
    ///
    /// - Throws: `invalidServer` where `server` is not an address like `http://127.0.0.1:8080`.
    public init(server: String, options: ClientOptions = ClientOptions()) throws(PlayheadClientError) {
        address = try ServerAddress(server)
        self.options = options
        // The read timeout watches the heartbeats; a cut is retried here, never inside the pool.
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .init(options.connectTimeout), read: .init(options.idleTimeout)))
        configuration.httpVersion = .http1Only
        // A server may close an idle connection at the instant it is used again, and a request that is lost so cannot be
        // told from one that was carried out. Streams have connections of their own in any case.
        configuration.maximumUsesPerConnection = 1
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(1, options.maximumConnections)
        configuration.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        // The pool demands an end; nobody is left to hear of its failure.
        http.shutdown { _ in }
    }

    /// Sends a request; the answer's body is still to be read.
    func execute(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        var request = request
        request.headers.add(name: "User-Agent", value: "PlayheadClient")
        return try await http.execute(request, timeout: .init(options.idleTimeout))
    }

    /// Sends a request and reads the whole answer.
    ///
    /// - Throws: `PlayheadClientError` where there is no answer or its status is not 200.
    func whole(_ request: HTTPClientRequest) async throws -> [UInt8] {
        let response: HTTPClientResponse
        let body: ByteBuffer
        do {
            response = try await execute(request)
            guard (200..<300).contains(response.status.code) else {
                var body: HTTPClientResponse.Body.AsyncIterator? = response.body.makeAsyncIterator()
                throw PlayheadClientError(
                    status: Int(response.status.code), body: await Self.errorBody(&body))
            }
            body = try await response.body.collect(upTo: Limits.answerBytes)
        } catch let error as PlayheadClientError {
            throw error
        } catch {
            try Task.checkCancellation()
            throw PlayheadClientError(
                .unreachable, "the server cannot be reached: \(TransportFailure(error))",
                hint: "check the address and that the server runs", underlying: error)
        }
        return Array(body.readableBytesView)
    }

    /// As much of an error's body as is looked at; a cut ends it early.
    static func errorBody(_ body: inout HTTPClientResponse.Body.AsyncIterator?) async -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < Limits.errorBytes, let piece = try? await body?.next() {
            bytes.append(contentsOf: piece.readableBytesView)
        }
        return bytes
    }
}

extension HTTPClientResponse {
    /// What decides how a stream goes on.
    var answer: Reconnection.Answer {
        Reconnection.Answer(
            status: Int(status.code), contentType: headers.first(name: "Content-Type"),
            isDelimited: headers.contains(name: "Transfer-Encoding") || headers.contains(name: "Content-Length"),
            retryAfter: headers.first(name: "Retry-After").flatMap(Int.init).map { .seconds(max(0, $0)) })
    }
}

extension TimeAmount {
    /// A duration, cut to nanoseconds.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .seconds(seconds) + .nanoseconds(attoseconds / 1_000_000_000)
    }
}
