import EventLog
import Events
import Metrics
import NIOCore
import ServiceLifecycle
import Synchronization

/// Carries a stream to its client: from the log's memory to the socket on the connection's event loop, without a task.
///
/// The log says that there is more, and the event loop's next turn takes and writes all of it at once: the frames of a
/// busy server share their writes, and those of an idle one wait for nothing. A stream that is paced, whose reader takes
/// nothing or that needs something from the disk rests, and costs nothing meanwhile.
final class StreamDelivery: SessionObserver, @unchecked Sendable {
    // @unchecked: but for `isDue`, what changes is used on the event loop only, once `run` has begun.

    private enum Rest {
        case paced
        case fetching
        /// The reader takes nothing.
        case unwritable
    }

    private let stream: EventStream
    private let channel: any Channel
    private var output: MessageBytes
    private var progress: EventStream.Progress
    /// Messages that were counted in the metrics.
    private var counted = 0
    /// True while a turn is to come anyway, as before the first one.
    private let isDue = Atomic<Bool>(true)
    /// What has to happen before the next turn.
    private var rest: Rest?
    private var isFollowing = false
    private var pause: Scheduled<Void>?
    private var fetching: Task<Void, Never>?
    private var watch: ConnectionWatch?
    private var isOver = false
    private var ended: CheckedContinuation<Void, any Error>?

    init(
        _ stream: EventStream, begunWith output: MessageBytes, _ progress: EventStream.Progress,
        on channel: any Channel
    ) {
        self.stream = stream
        self.output = output
        self.progress = progress
        self.channel = channel
    }

    /// Returns when the stream has ended.
    ///
    /// - Throws: where it ends earlier: the client has gone, the server stops, or the log failed.
    func run() async throws {
        try await withGracefulShutdownHandler {
            try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { ended in
                    channel.eventLoop.execute { self.begin(ended) }
                }
            } onCancel: {
                stop()
            }
        } onGracefulShutdown: {
            self.stop()
        }
    }

    // MARK: Elsewhere

    func sessionChanged(head: Offset, isClosed: Bool) { makeDue() }

    func logShutDown() { stop(EventLogError.isShutDown) }

    private func makeDue() {
        guard !isDue.exchange(true, ordering: .acquiringAndReleasing) else { return }
        channel.eventLoop.execute { self.turn() }
    }

    private func stop(_ error: any Error = CancellationError()) {
        channel.eventLoop.execute { self.end(throwing: error) }
    }

    // MARK: On the event loop

    private func begin(_ ended: CheckedContinuation<Void, any Error>) {
        self.ended = ended
        // Without a pipeline the client has gone already.
        guard let watch = try? channel.pipeline.syncOperations.handler(type: ConnectionWatch.self) else {
            return end(throwing: CancellationError())
        }
        // The head, where no chunk takes it along: a client whose stream is cut at once is told that it began.
        defer { watch.sendHead() }
        guard !isOver else { return end(throwing: CancellationError()) }
        self.watch = watch
        watch.whenWritable { self.resume(after: .unwritable) }
        // It may have gone already.
        watch.whenGone { self.end(throwing: CancellationError()) }
        guard !isOver else { return }
        isDue.store(false, ordering: .releasing)
        proceed()
    }

    /// Takes and writes what there is.
    private func turn() {
        guard !isOver, rest == nil else { return }
        // Before it looks: what comes later makes it due again.
        isDue.store(false, ordering: .releasing)
        fill()
    }

    private func fill() {
        do {
            progress = try stream.fillFromMemory(&output)
        } catch {
            return end(throwing: error)
        }
        proceed()
    }

    private func proceed() {
        write()
        // A write may find that the client has gone.
        guard !isOver else { return }
        switch progress {
        case .finished: end()
        // While the reader takes what is written.
        case .lacking(let missing): fetch { try await $0.fetch(missing) }
        case _ where !channel.isWritable: rest = .unwritable
        case .behind: makeDue()
        case .caughtUp: if !isFollowing { follow() }
        case .paced(let duration):
            rest = .paced
            pause = channel.eventLoop.scheduleTask(in: TimeAmount(duration)) { self.resume(after: .paced) }
        }
    }

    private func write() {
        guard !output.isEmpty else { return }
        ServerMetrics.frames.increment(by: output.count - counted)
        counted = output.count
        let bytes = output.take()
        ServerMetrics.bytes.increment(by: bytes.count)
        watch?.sendChunk(bytes)
    }

    private func resume(after ended: Rest) {
        guard !isOver, rest == ended else { return }
        rest = nil
        // What the log told of meanwhile may be newer than what was fetched: a turn of its own looks for it.
        if isDue.load(ordering: .acquiring) { channel.eventLoop.execute { self.turn() } }
        fill()
    }

    private func follow() {
        do {
            isFollowing = try stream.follow(self)
        } catch {
            return end(throwing: error)
        }
        // Something may have come since it looked.
        if isFollowing { fill() } else { fetch { try await $0.load() } }
    }

    private func fetch(_ work: @escaping @Sendable (EventStream) async throws -> Void) {
        rest = .fetching
        let (stream, eventLoop) = (stream, channel.eventLoop)
        fetching = Task(executorPreference: EventLoopExecutor(eventLoop)) {
            let result: Result<Void, any Error>
            do { result = .success(try await work(stream)) } catch { result = .failure(error) }
            self.fetched(result)
        }
    }

    private func fetched(_ result: Result<Void, any Error>) {
        channel.eventLoop.preconditionInEventLoop()
        fetching = nil
        guard !isOver else { return }
        switch result {
        case .success:
            if channel.isWritable { resume(after: .fetching) } else { rest = .unwritable }
        case .failure(let error): end(throwing: error)
        }
    }

    private func end(throwing error: (any Error)? = nil) {
        if !isOver {
            isOver = true
            pause?.cancel()
            fetching?.cancel()
            watch?.stopWatching()
            watch = nil
            if isFollowing { stream.unfollow(self) }
        }
        // Where it was stopped before it began there is nobody to tell yet.
        guard let ended else { return }
        self.ended = nil
        if let error { ended.resume(throwing: error) } else { ended.resume() }
    }
}
