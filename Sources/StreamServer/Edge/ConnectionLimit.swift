import HTTPTypes
import Hummingbird
import Metrics
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Answers a connection beyond the limit, which would otherwise wait in the system's backlog without a word.
///
/// The answer follows the head of the request. What the client still sends is then dropped for a while: a close with
/// unread bytes resets the connection, and may take the answer back (RFC 9112, section 9.6).
final class ConnectionLimit: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    /// The connections that are served.
    final class Count: Sendable {
        let limit: Int
        private let served = Mutex(0)

        init(limit: Int) { self.limit = limit }

        /// False where as many are served as may be.
        func add() -> Bool {
            served.withLock { served in
                guard served < limit else { return false }
                served += 1
                return true
            }
        }

        func remove() { served.withLock { $0 -= 1 } }
    }

    private let count: Count
    private let origins: OriginRule
    private var isServed = false
    private var isAnswered = false
    private var end: Scheduled<Void>?

    init(_ count: Count, origins: OriginRule) {
        self.count = count
        self.origins = origins
    }

    func handlerAdded(context: ChannelHandlerContext) {
        isServed = count.add()
        if isServed { return }
        ServerMetrics.connectionsRefused.increment()
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        end = context.eventLoop.scheduleTask(in: TimeAmount(Limits.refusal)) { bound.value.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        if isServed { count.remove() }
        end?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isServed { return context.fireChannelRead(data) }
        guard !isAnswered, case .head(let head) = unwrapInboundIn(data) else { return }
        isAnswered = true
        refuse(head, context)
    }

    private func refuse(_ request: HTTPRequest, _ context: ChannelHandlerContext) {
        var error = StreamServerError(
            .tooManyConnections, "the server has \(count.limit) connections, and serves no more",
            hint: "close some that nobody uses, or try again later")
        error.retryAfterSeconds = 5
        var response = error.response()
        let body = context.channel.allocator.buffer(string: error.json)
        response.headers[.cacheControl] = "no-store"
        response.headers[.connection] = "close"
        origins.allow(request.headerFields[.origin], in: &response.headers)
        context.write(wrapOutboundOut(.head(response.head)), promise: nil)
        if request.method != .head { context.write(wrapOutboundOut(.body(body)), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(mode: .output, promise: nil)
    }
}
