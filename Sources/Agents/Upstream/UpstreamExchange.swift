internal import AsyncHTTPClient
internal import Events
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// One request to a model's server and its answer.
///
/// AsyncHTTPClient calls it on the connection's event loop, where the bytes are parsed; a reader awaits the deltas.
/// While the reader is far behind, the connection is not read. Every wait has its deadline, kept by one timer.
final class UpstreamExchange: HTTPClientResponseDelegate {
    typealias Response = Void
    private typealias Reader = CheckedContinuation<ExchangeState.Batch?, any Error>

    private struct Shared {
        var exchange: ExchangeState
        var reader: Reader?
        var task: HTTPClient.Task<Void>?
        var timer: Scheduled<Void>?
        /// Completed when the reader has taken what there was.
        var paused: EventLoopPromise<Void>?
    }

    private let shared: Mutex<Shared>
    private let logger: Logger

    init(
        _ request: UpstreamRequest, model: ModelConfiguration, parser: any AnswerParser, key: String?,
        client: HTTPClient, logger: Logger
    ) throws(AgentError) {
        self.logger = logger
        shared = Mutex(
            Shared(
                exchange: ExchangeState(
                    model: model, accepts: request.accepts, parser: parser, secret: key, now: .now)))
        let task = client.execute(request: try Self.httpRequest(request, model: model), delegate: self)
        shared.withLock { $0.task = task }
        // A task that failed before it began tells no delegate.
        task.futureResult.whenFailure { [weak self] error in
            self?.update { $0.connectionFailed(Self.reason(error), isTimeout: false) }
        }
        schedule(on: task.eventLoop)
    }

    static func httpRequest(
        _ request: UpstreamRequest, model: ModelConfiguration
    ) throws(AgentError) -> HTTPClient.Request {
        do {
            return try HTTPClient.Request(
                url: request.url, method: HTTPMethod(rawValue: request.method),
                headers: HTTPHeaders(request.headers.map { ($0.name, $0.value) }),
                body: request.body.isEmpty ? nil : .byteBuffer(ByteBuffer(bytes: request.body)))
        } catch {
            throw AgentError(
                code: .misconfigured, message: "\(request.url) is no address of a model's server: \(error)",
                hint: "correct base_url of model \(model.name)")
        }
    }

    // The reader's side.

    /// The next deltas; nil after the last.
    func next() async throws -> ExchangeState.Batch? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                Self.resume(continuation, with: take(or: continuation))
            }
        } onCancel: {
            update { $0.fail(CancellationError()) }
        }
    }

    /// Nobody reads any more; a finished answer's connection is given a moment to end by itself.
    ///
    /// - Returns: true where the upstream had ended the answer itself.
    @discardableResult
    func abandon() -> Bool {
        update { $0.fail(CancellationError()) }
        return shared.withLock { $0.exchange.wasEndedByUpstream }
    }

    private static func resume(_ reader: Reader?, with taken: ExchangeState.Taken) {
        switch taken {
        case .batch(let batch): reader?.resume(returning: batch)
        case .end: reader?.resume(returning: nil)
        case .failure(let error): reader?.resume(throwing: error)
        case .nothing: break
        }
    }

    private func take(or reader: Reader) -> ExchangeState.Taken {
        let (taken, paused) = shared.withLock { shared in
            let taken = shared.exchange.take()
            if case .nothing = taken { shared.reader = reader }
            let paused = shared.paused
            shared.paused = nil
            if paused != nil { shared.exchange.resume(now: .now) }
            return (taken, paused)
        }
        paused?.succeed()
        return taken
    }

    // The connection's side.

    func didSendRequestHead(task: HTTPClient.Task<Void>, _ head: HTTPRequestHead) {
        update { $0.requestSent() }
    }

    func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
        let type = head.headers.first(name: "Content-Type")?.split(separator: ";").first
        let summary = ExchangeState.Head(
            status: Int(head.status.code), mediaType: type.map { $0.lowercased().filter { $0 != " " } },
            retryAfter: RetryAfter.duration(now: now) { head.headers.first(name: $0) },
            shouldRetry: RetryAfter.shouldRetry { head.headers.first(name: $0) })
        update { $0.received(head: summary) }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        let bytes = Array(buffer.readableBytesView)
        update { $0.received(bytes[...], now: .now) }
        let paused: EventLoopPromise<Void>? = shared.withLock { shared in
            guard shared.exchange.isFull, !shared.exchange.isOver else { return nil }
            shared.exchange.pause()
            shared.paused = task.eventLoop.makePromise()
            return shared.paused
        }
        return paused?.futureResult ?? task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveError(task: HTTPClient.Task<Void>, _ error: any Error) {
        let isTimeout =
            (error as? HTTPClientError).map { [.connectTimeout, .tlsHandshakeTimeout].contains($0) } ?? false
        let reason = Self.reason(error)
        update { $0.connectionFailed(reason, isTimeout: isTimeout) }
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) throws {
        update { $0.receivedEnd() }
    }

    /// What follows a change of the state, done after the lock is released.
    private struct Consequences {
        var reader: Reader?
        var taken = ExchangeState.Taken.nothing
        var ended: HTTPClient.Task<Void>?
        var isCancelled = false
        var paused: EventLoopPromise<Void>?
        var overdue: Scheduled<Void>?
        var rescheduled: HTTPClient.Task<Void>?
    }

    /// Changes the state, and then does what follows: wakes the reader, ends the connection of an answer that is over.
    private func update(_ change: (inout ExchangeState) -> Void) {
        let consequences = shared.withLock { shared in
            let before = (isOver: shared.exchange.isOver, hasToken: shared.exchange.hasToken)
            change(&shared.exchange)
            var consequences = Consequences()
            if shared.exchange.isOver, !before.isOver {
                consequences.ended = shared.task
                consequences.isCancelled = !shared.exchange.isFinished
                consequences.paused = shared.paused
                shared.paused = nil
                consequences.overdue = shared.timer
                shared.timer = nil
            } else if shared.exchange.hasToken, !before.hasToken {
                // From now on it is the silence between tokens that counts.
                consequences.overdue = shared.timer
                shared.timer = nil
                consequences.rescheduled = shared.task
            }
            if shared.reader != nil {
                consequences.taken = shared.exchange.take()
                if case .nothing = consequences.taken {
                } else {
                    consequences.reader = shared.reader
                    shared.reader = nil
                }
            }
            return consequences
        }
        perform(consequences)
    }

    private func perform(_ consequences: Consequences) {
        consequences.overdue?.cancel()
        consequences.paused?.succeed()
        if let task = consequences.rescheduled { schedule(on: task.eventLoop) }
        if let task = consequences.ended { end(task, isCancelled: consequences.isCancelled) }
        Self.resume(consequences.reader, with: consequences.taken)
    }

    /// The answer is over; its connection ends at once, or, where the answer was complete, may end by itself first.
    private func end(_ task: HTTPClient.Task<Void>, isCancelled: Bool) {
        let repairs = shared.withLock { $0.exchange.repairs }
        if repairs > 0 {
            logger.warning("replaced what is not Unicode in a model's answer", metadata: ["count": "\(repairs)"])
        }
        if isCancelled {
            task.cancel()
        } else {
            let drain = task.eventLoop.scheduleTask(in: TimeAmount(AgentLimits.drainTimeout)) { task.cancel() }
            task.futureResult.whenComplete { _ in drain.cancel() }
        }
    }

    // The watchdog: one timer at the next deadline. Tokens move the idle deadline without touching it.

    private func schedule(on eventLoop: any EventLoop) {
        let now = ContinuousClock.now
        switch shared.withLock({ $0.exchange.watch(now: now) }) {
        case .done: return
        case .fail(let error): update { $0.fail(error) }
        case .wait(let instant):
            let timer: Scheduled<Void> = eventLoop.scheduleTask(in: TimeAmount(instant - now)) { [weak self] in
                if let self { schedule(on: eventLoop) }
            }
            let isLate = shared.withLock { shared in
                if !shared.exchange.isOver { shared.timer = timer }
                return shared.exchange.isOver
            }
            if isLate { timer.cancel() }
        }
    }

    /// The words of an error of the connection, without the noise of its type.
    static func reason(_ error: any Error) -> String {
        let text = String(describing: error)
        for (sign, words) in [
            ("ECONNREFUSED", "connection refused"), ("Connection refused", "connection refused"),
            ("Connection reset", "connection reset"), ("remoteConnectionClosed", "the server closed the connection"),
            ("invalidEOFState", "the body ended in the middle"), ("No route to host", "no route to host"),
            ("Network is unreachable", "network is unreachable"),
            ("Too many open files", "this process has as many files open as it may (ulimit -n)"),
            ("CERTIFICATE_VERIFY", "its certificate is not valid"),
        ] where text.contains(sign) {
            return words
        }
        return text.contains("dnsAError") ? "its name is not known" : String(text.prefix(200))
    }
}
