import Glibc
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import ServerSentEvents

/// Looks after a connection on its event loop, without a task of its own.
///
/// - It notices a client that goes away while its answer is still being made, and tells whoever makes it.
/// - It sends the head of a stream together with the first frames.
/// - It sends the heartbeat of an open event stream when nothing else was sent for a while. What passes here are whole
///   messages, so it never comes inside one.
/// - It cuts a reader that takes nothing for too long.
/// - It answers `Expect: 100-continue`, so that a client does not wait before it sends a large body.
final class ConnectionWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let heartbeatInterval: TimeAmount
    private let stalledReader: TimeAmount
    private var isGone = false
    private var onGone: (@Sendable () -> Void)?
    private var onWritable: (@Sendable () -> Void)?
    private var encoder: ChannelHandlerContext?
    private var heartbeat: Scheduled<Void>?
    private var lastWrite = NIODeadline.now()
    /// True while the head of a stream waits for what there is to send with it.
    ///
    /// `StreamResponse` marks such a head with `X-Accel-Buffering`, and `StreamDelivery` calls `sendHead` in every case.
    private var holdsHead = false
    /// True from an answer's head to its end.
    private var isAnswering = false
    private var stalled: Scheduled<Void>?

    init(heartbeatInterval: Duration, stalledReader: Duration) {
        self.heartbeatInterval = TimeAmount(heartbeatInterval)
        self.stalledReader = TimeAmount(stalledReader)
    }

    /// Calls `action` once when the client goes away, and at once where it has gone.
    ///
    /// On the event loop.
    func whenGone(_ action: @escaping @Sendable () -> Void) {
        if isGone { action() } else { onGone = action }
    }

    /// Calls `action` whenever the client takes bytes again; on the event loop.
    func whenWritable(_ action: @escaping @Sendable () -> Void) { onWritable = action }

    /// Forgets the actions; on the event loop.
    func stopWatching() {
        onGone = nil
        onWritable = nil
    }

    /// Sends a chunk of the body whose head was written before; on the event loop.
    ///
    /// It goes from here to the socket, past the queue between the body's task and the event loop; and past the encoder,
    /// which would write the three parts of a chunk one by one (RFC 9112, section 7.1).
    func sendChunk(_ bytes: [UInt8]) {
        // Without it the connection is gone, and whoever sends is told so.
        guard let encoder else { return }
        lastWrite = .now()
        holdsHead = false
        var chunk = encoder.channel.allocator.buffer(capacity: bytes.count + Self.chunkFraming)
        chunk.writeString(String(bytes.count, radix: 16))
        chunk.writeStaticString("\r\n")
        chunk.writeBytes(bytes)
        chunk.writeStaticString("\r\n")
        encoder.writeAndFlush(NIOAny(chunk), promise: nil)
    }

    /// Sends the head of a stream that has nothing to send yet; on the event loop.
    func sendHead() {
        guard holdsHead else { return }
        holdsHead = false
        encoder?.flush()
    }

    /// Bytes of a chunk's size and of its two line ends.
    private static let chunkFraming = 12

    func handlerAdded(context: ChannelHandlerContext) {
        do {
            encoder = try context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
        } catch {
            // It was added before this one. Better no connection than one that loses what is sent.
            context.close(promise: nil)
        }
        let allocator = AdaptiveRecvByteBufferAllocator(
            minimum: Limits.firstReceiveBytes, initial: Limits.firstReceiveBytes, maximum: Limits.receiveBytes)
        // A channel that is closed already keeps its own.
        try? context.channel.syncOptions?.setOption(.recvAllocator, value: allocator)
        // What cannot be sent yet waits here, where a reader that takes it slowly can be told from one that does not.
        try? context.channel.syncOptions?.setOption(
            .tcpOption(.init(rawValue: TCP_NOTSENT_LOWAT)), value: Limits.unsentBytes)
    }

    func handlerRemoved(context: ChannelHandlerContext) { encoder = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Not amid the answer to an earlier request, whose client has to wait for this one's anyway.
        if !isAnswering, case .head(let head) = unwrapInboundIn(data),
            head.headerFields[.expect]?.lowercased() == "100-continue",
            (head.headerFields[.contentLength].flatMap { Int($0) } ?? 0) <= Limits.requestBodyBytes
        {
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        lastWrite = .now()
        switch unwrapOutboundIn(data) {
        case .head(let head):
            isAnswering = head.status.kind != .informational
            holdsHead = head.headerFields[.accelBuffering] != nil
            if head.headerFields[.contentType] == MediaType.eventStream {
                scheduleHeartbeat(context, in: heartbeatInterval)
            }
        case .body: holdsHead = false
        case .end:
            isAnswering = false
            holdsHead = false
            stopHeartbeat()
        }
        context.write(data, promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        if !holdsHead { context.flush() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            stalled?.cancel()
            stalled = nil
            onWritable?()
        } else if stalled == nil {
            awaitReader(context, held: held(context), until: .now() + stalledReader)
        }
        context.fireChannelWritabilityChanged()
    }

    /// Closes the connection at `deadline` unless its reader takes something of what is held for it.
    ///
    /// Whoever writes waits until the channel is writable again, so what is held only becomes less: a body that was
    /// written as a whole may take any time, as long as it goes on.
    private func awaitReader(_ context: ChannelHandlerContext, held: Int, until deadline: NIODeadline) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        stalled = context.eventLoop.scheduleTask(in: .nanoseconds(stalledReader.nanoseconds / Self.looksAtReader)) {
            let (watch, context) = bound.value
            let left = watch.held(context)
            if left < held {
                watch.awaitReader(context, held: left, until: .now() + watch.stalledReader)
            } else if .now() < deadline {
                watch.awaitReader(context, held: held, until: deadline)
            } else {
                context.close(promise: nil)
            }
        }
    }

    /// Bytes that wait for the reader, beside what the system holds.
    private func held(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// How often within its time a reader that is behind is looked at.
    private static let looksAtReader: Int64 = 8

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { gone() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        stopHeartbeat()
        stalled?.cancel()
        gone()
        context.fireChannelInactive()
    }

    private func gone() {
        isGone = true
        onGone?()
        onGone = nil
    }

    private func scheduleHeartbeat(_ context: ChannelHandlerContext, in delay: TimeAmount) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        heartbeat = context.eventLoop.scheduleTask(in: delay) {
            let (watch, context) = bound.value
            watch.beat(context)
        }
    }

    private func beat(_ context: ChannelHandlerContext) {
        let silence = NIODeadline.now() - lastWrite
        guard silence >= heartbeatInterval else {
            return scheduleHeartbeat(context, in: heartbeatInterval - silence)
        }
        // A reader that is behind has bytes on the way already.
        if context.channel.isWritable {
            let buffer = context.channel.allocator.buffer(bytes: ServerSentEventEncoder.heartbeat)
            context.writeAndFlush(wrapOutboundOut(.body(buffer)), promise: nil)
            lastWrite = .now()
        }
        scheduleHeartbeat(context, in: heartbeatInterval)
    }

    private func stopHeartbeat() {
        heartbeat?.cancel()
        heartbeat = nil
    }
}

extension TimeAmount {
    /// Cuts what is below a nanosecond.
    init(_ duration: Duration) {
        let parts = duration.components
        self = .nanoseconds(parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000)
    }
}
