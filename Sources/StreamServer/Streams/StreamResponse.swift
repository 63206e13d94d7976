import Hummingbird
import Metrics
import NIOCore

/// Answers with a stream.
///
/// A clean end of the body says that nothing more will come. A stream that has to stop earlier throws, so that the
/// connection is cut and the last chunk is missing: the client knows that it has to come back.
final class StreamResponse: @unchecked Sendable {
    // @unchecked: first the request's task uses it, and then the body's.

    /// The stream, begun: what could be refused has been refused with a status of its own.
    private var stream: EventStream
    private var output: MessageBytes
    private var progress = EventStream.Progress.behind

    /// Reads until there is something to send, or until it is clear that there is nothing yet.
    init(beginning stream: EventStream, as form: MessageBytes.Form) async throws {
        self.stream = stream
        output = MessageBytes(form)
        while progress == .behind, output.isEmpty { progress = try await self.stream.fill(&output) }
    }

    /// True where the stream has ended without a message.
    var isEmpty: Bool { progress == .finished && output.isEmpty }

    /// The answer; its body ends with the stream, or is cut when the server stops.
    func response(_ mediaType: String, on channel: any Channel) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = mediaType
        headers[.accelBuffering] = "no"
        let body = ResponseBody { writer in
            let transferred = TransferredWriter(writer: writer)
            try await Self.metered(self.stream.isPaced) {
                try await untilGone(channel, on: EventLoopExecutor(channel.eventLoop)) {
                    try await self.run(transferred)
                }
                try await writer.finish(nil)
            }
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    /// Counts a stream while it is open, and how it ends.
    private static func metered(_ isPaced: Bool, _ work: () async throws -> Void) async throws {
        ServerMetrics.openStreams.increment()
        if isPaced { ServerMetrics.pacedStreams.increment() }
        var outcome = "cut"
        defer {
            ServerMetrics.openStreams.decrement()
            if isPaced { ServerMetrics.pacedStreams.decrement() }
            ServerMetrics.streamEnded(outcome)
        }
        try await work()
        outcome = "finished"
    }

    private func run(_ writer: TransferredWriter) async throws {
        var sent = 0
        while true {
            if !output.isEmpty {
                ServerMetrics.frames.increment(by: output.count - sent)
                sent = output.count
                let bytes = output.take()
                ServerMetrics.bytes.increment(by: bytes.count)
                try await writer.write(ByteBuffer(bytes: bytes))
            }
            switch progress {
            case .behind:
                try Task.checkCancellation()
                // What is read from memory and written to an open socket suspends nowhere: the others have their turn.
                await Task.yield()
            case .caughtUp: try await stream.wait()
            case .paced(let pause): try await Task.sleep(for: pause)
            case .finished: return
            }
            progress = try await stream.fill(&output)
        }
    }
}

/// The writer of a body, lent to the task that makes the body.
///
/// Unchecked, because the protocol does not say that a writer is sendable: the connection's task awaits the other one and
/// does not touch the writer before that has ended.
private final class TransferredWriter: @unchecked Sendable {
    private var writer: any ResponseBodyWriter

    init(writer: any ResponseBodyWriter) { self.writer = writer }

    func write(_ buffer: ByteBuffer) async throws { try await writer.write(buffer) }
}
