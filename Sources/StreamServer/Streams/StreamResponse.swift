import Hummingbird
import Metrics
import NIOCore

/// Answers with a stream.
///
/// A clean end of the body says that nothing more will come. A stream that has to stop earlier throws, so that the
/// connection is cut and the last chunk is missing: the client knows that it has to come back.
struct StreamResponse {
    /// The stream, begun: what could be refused has been refused with a status of its own.
    private let stream: EventStream
    private var output: MessageBytes
    private let progress: EventStream.Progress

    /// Reads until there is something to send, or until it is clear that there is nothing yet.
    init(beginning stream: EventStream, as form: MessageBytes.Form) async throws {
        self.stream = stream
        output = MessageBytes(form)
        var progress = EventStream.Progress.behind
        // What there is does not wait for the next page.
        reading: while output.isEmpty {
            switch progress {
            case .behind: break
            case .lacking(let missing): try await stream.fetch(missing)
            case .caughtUp, .paced, .finished: break reading
            }
            progress = try stream.fillFromMemory(&output)
        }
        self.progress = progress
    }

    /// True where the stream has ended without a message.
    var isEmpty: Bool { progress.isFinished && output.isEmpty }

    /// The answer; its body ends with the stream, or is cut when the server stops.
    func response(_ mediaType: String, on channel: any Channel) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = mediaType
        headers[.accelBuffering] = "no"
        let delivery = StreamDelivery(stream, begunWith: output, progress, on: channel)
        let isPaced = stream.isPaced
        let body = ResponseBody { writer in
            try await Self.metered(isPaced) {
                try await delivery.run()
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
            ServerMetrics.streamsEnded(outcome).increment()
        }
        try await work()
        outcome = "finished"
    }
}
