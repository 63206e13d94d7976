import Events

/// One request and its answer, as a state machine.
///
/// The connection feeds it, a reader takes deltas from it, a watchdog asks it for the next deadline. It holds no lock,
/// no connection and no clock.
struct ExchangeState: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// What a reader gets.
    enum Taken {
        case batch(Batch)
        case end
        case failure(any Error)
        /// Nothing yet.
        case nothing
    }

    /// Deltas, and where the answer could be taken up again after them.
    struct Batch: Sendable {
        var deltas: [AgentDelta]
        /// The upstream's name for the answer.
        var id: String?
        /// Bytes read; nil where nobody could go on after these deltas.
        var boundary: Int?
        /// The last sequence number.
        var sequence: Int?
    }

    /// What the watchdog does.
    enum Watch {
        case wait(until: Instant)
        case fail(AgentError)
        case done
    }

    /// An answer's head, as far as it is looked at.
    struct Head: Sendable {
        var status: Int
        /// Lower case, without parameters; nil where there is none.
        var mediaType: String?
        var retryAfter: Duration?
        /// `x-should-retry`.
        var shouldRetry: Bool?
    }

    private enum Phase {
        case connecting
        case waitingForHead
        case reading
        /// The body is an error report, or not what was asked for.
        case collecting(Head)
        case finished
        case failed(any Error)
    }

    private let model: ModelConfiguration
    private let accepts: [String]
    /// Some servers repeat a key that they refuse; it must not reach an error, and with it the log.
    private let secret: String?
    private let startedAt: Instant
    private var phase = Phase.connecting
    private var parser: any AnswerParser
    private var collected: [UInt8] = []
    private var backlog: [AgentDelta] = []
    /// True once text or reasoning has come: from then on nothing is tried again unseen.
    private(set) var hasToken = false
    private var progressAt: Instant
    private var isPaused = false
    private(set) var backlogBytes = 0

    init(
        model: ModelConfiguration, accepts: [String], parser: any AnswerParser, secret: String? = nil, now: Instant
    ) {
        self.model = model
        self.secret = secret
        self.accepts = accepts
        self.parser = parser
        startedAt = now
        progressAt = now
    }

    /// True once the answer has ended or failed: the connection's bytes are no longer looked at.
    var isOver: Bool {
        switch phase {
        case .finished, .failed: true
        default: false
        }
    }

    /// True once the answer has ended as it should.
    var isFinished: Bool {
        if case .finished = phase { true } else { false }
    }

    /// True where the upstream itself has ended the answer, well or badly: it will not go on with it.
    var wasEndedByUpstream: Bool {
        switch phase {
        case .finished: return true
        case .failed(let error as AgentError):
            return [.upstream, .overloaded, .unreachable, .unfinished, .misconfigured].contains(error.code)
        default: return false
        }
    }

    /// How often something that is not Unicode was replaced.
    var repairs: Int { parser.answer.repairs }

    /// True where the backlog is so long that the upstream should not be read further.
    var isFull: Bool { backlogBytes > AgentLimits.maximumBacklogBytes }

    // What the connection tells.

    mutating func requestSent() {
        if case .connecting = phase { phase = .waitingForHead }
    }

    mutating func received(head: Head) {
        guard !isOver else { return }
        let isAccepted = head.mediaType.map(accepts.contains) ?? true
        phase = (200..<300).contains(head.status) && isAccepted ? .reading : .collecting(head)
    }

    /// Takes bytes of the body.
    mutating func received(_ bytes: ArraySlice<UInt8>, now: Instant) {
        switch phase {
        case .reading:
            let before = parser.answer.progress
            var deltas: [AgentDelta] = []
            do throws(AgentError) {
                try parser.feed(bytes, into: &deltas)
                add(deltas)
            } catch {
                add(deltas)
                fail(error)
            }
            if parser.answer.progress != before { progressAt = now }
        case .collecting(let head):
            collected.append(contentsOf: bytes.prefix(AgentLimits.maximumErrorBytes - collected.count))
            if collected.count == AgentLimits.maximumErrorBytes { fail(report(head)) }
        default: break
        }
    }

    /// The body has ended cleanly.
    mutating func receivedEnd() {
        switch phase {
        case .reading:
            var deltas: [AgentDelta] = []
            do throws(AgentError) {
                try parser.end(into: &deltas)
                add(deltas)
            } catch {
                add(deltas)
                fail(error)
            }
        case .collecting(let head): fail(report(head))
        default: break
        }
    }

    /// The connection failed: before the head, or in the middle of the body.
    mutating func connectionFailed(_ reason: String, isTimeout: Bool) {
        switch phase {
        case .connecting where isTimeout: fail(timeout("connect", model.connectTimeout))
        case .connecting, .waitingForHead:
            fail(
                AgentError(
                    code: .unreachable, message: "the model's server cannot be reached: \(reason)",
                    hint: "is it running, and is base_url of model \(model.name) right?", isRetryable: true))
        case .collecting(let head) where !(200..<300).contains(head.status): fail(report(head))
        case .reading, .collecting:
            fail(
                AgentError(
                    code: .interrupted, message: "the connection to the model was cut: \(reason)", isRetryable: true))
        default: break
        }
    }

    /// Ends the exchange for any other reason; the first end stands.
    mutating func fail(_ error: any Error) {
        guard !isOver else { return }
        var error = error
        if var known = error as? AgentError {
            known.isRetryable = known.isRetryable && !hasToken
            if let secret { known.message = known.message.replacing(secret, with: "(hidden)") }
            error = known
        }
        phase = .failed(error)
    }

    // What the reader takes.

    /// What is there, all at once; the end or the failure after the last delta.
    mutating func take() -> Taken {
        if !backlog.isEmpty {
            defer {
                backlog = []
                backlogBytes = 0
            }
            let answer = parser.answer
            return .batch(
                Batch(deltas: backlog, id: answer.id, boundary: answer.boundary, sequence: answer.sequence))
        }
        return switch phase {
        case .finished: .end
        case .failed(let error): .failure(error)
        default: .nothing
        }
    }

    /// While the upstream is not read its silence is our own.
    mutating func pause() { isPaused = true }

    mutating func resume(now: Instant) {
        isPaused = false
        progressAt = now
    }

    // What the watchdog asks.

    /// The deadline that comes next, or the failure where one has passed.
    func watch(now: Instant) -> Watch {
        guard !isOver else { return .done }
        var deadlines = [("total", startedAt + model.totalTimeout, model.totalTimeout)]
        if case .connecting = phase {
            deadlines.append(("connect", startedAt + model.connectTimeout, model.connectTimeout))
        }
        // An answer that comes whole has no first token to wait for, only its end.
        if model.streaming && !isPaused {
            deadlines.append(
                hasToken
                    ? ("idle", progressAt + model.idleTimeout, model.idleTimeout)
                    : ("first token", startedAt + model.firstTokenTimeout, model.firstTokenTimeout))
        }
        var next = startedAt + model.totalTimeout
        for (name, instant, duration) in deadlines {
            if instant <= now { return .fail(timeout(name, duration)) }
            next = min(next, instant)
        }
        return .wait(until: next)
    }

    private mutating func add(_ deltas: [AgentDelta]) {
        guard !deltas.isEmpty else { return }
        for delta in deltas {
            switch delta {
            case .text(let text), .reasoning(let text):
                hasToken = true
                backlogBytes += text.utf8.count
            case .finished: phase = .finished
            case .usage, .repaired: break
            }
        }
        backlog.append(contentsOf: deltas)
    }

    private func timeout(_ name: String, _ duration: Duration) -> AgentError {
        AgentError(
            code: .timeout, message: "the \(name) timeout of \(duration.milliseconds) ms is over",
            hint: "see \(name.replacing(" ", with: "_"))_timeout_ms of model \(model.name)",
            isRetryable: name != "total")
    }

    private func report(_ head: Head) -> AgentError {
        guard (200..<300).contains(head.status) else {
            return UpstreamFailure.of(
                status: head.status, retryAfter: head.retryAfter, shouldRetry: head.shouldRetry, body: collected,
                model: model)
        }
        if let error = JSONView(collected).flatMap({ UpstreamFailure.of($0) }) { return error }
        let quoted = UpstreamFailure.quoted(collected).map { ": \($0)" } ?? ""
        return AgentError(
            code: .malformed,
            message: "the model's server answered \(head.status) with \(head.mediaType ?? "no type")"
                + " where \(accepts.joined(separator: " or ")) was asked for\(quoted)",
            hint: "is base_url of model \(model.name) the API's address?", isRetryable: true)
    }
}
