import EventLog
import Events
import Metrics
import Synchronization
import Workflow

/// Counts what is recorded: runs, nodes, messages, tokens.
///
/// The log knows everything that happened, so nothing else has to report it. It keeps a few words for each node and
/// message of the runs in progress, and forgets them with the run. Names that an outside producer chose are no labels:
/// what belongs to no run is counted as `outside`.
final class EventMeter: Sendable {
    /// An event and its place.
    struct Entry: Sendable {
        var kind: EventKind
        var body: String
        var offset: Offset
        var cause: Offset?
        /// When it became durable; nil where that was before.
        var at: ContinuousClock.Instant?
    }

    // Classes, used under the lock: a token, which the log's writer counts, then copies nothing.

    /// What tokens of a message are counted under.
    private final class Message {
        let dimensions: [(String, String)]
        private let tokens: Counter
        private let characters: Counter
        private let gap: Timer
        private let began: ContinuousClock.Instant?
        private var last: ContinuousClock.Instant?

        init(node: String, model: String, _ began: ContinuousClock.Instant?) {
            dimensions = [("node", node), ("model", model)]
            ServerMetrics.beginMessages(dimensions)
            tokens = ServerMetrics.tokens(dimensions)
            characters = ServerMetrics.characters(dimensions)
            gap = ServerMetrics.tokenGap(dimensions)
            self.began = began
        }

        func count(_ text: String, _ now: ContinuousClock.Instant?) {
            tokens.increment()
            characters.increment(by: Int64(text.count))
            if let now, let last {
                gap.record(duration: now - last)
            } else if let now, let began {
                ServerMetrics.timeToFirstToken(dimensions).record(duration: now - began)
            }
            last = now
        }
    }

    /// The runs in progress of one session.
    private final class Session {
        /// The workflows of runs; nil where a run began before the server did.
        var runs: [Offset: String?] = [:]
        /// The labels of nodes.
        var nodes: [Offset: String] = [:]
        var messages: [Offset: Message] = [:]

        /// The label of a node that is the part of something: its name where that is a run.
        func label(_ node: String?, of cause: Offset?) -> String {
            guard let cause, runs.keys.contains(cause) else { return ServerMetrics.outside }
            return node ?? ServerMetrics.unknown
        }
    }

    private let sessions = Mutex<[SessionID: Session]>([:])

    /// Takes note of events that are durable.
    ///
    /// - Parameter first: the offset of the first of them.
    /// - Returns: those that belong to what nobody remembers, because it began before the server did; they are not
    ///   counted yet.
    func note(_ events: [NewEvent], of session: SessionID, first: Offset) -> [Entry] {
        let now = ContinuousClock.now
        return sessions.withLock { sessions in
            // What came from outside may never end: it is not remembered for ever.
            if sessions.count > Limits.meteredSessions { sessions = sessions.filter { !$0.value.runs.isEmpty } }
            if sessions.count > Limits.meteredSessions { sessions = [:] }
            var late: [Entry] = []
            let known = sessions[session]
            var current = known
            for (index, event) in events.enumerated() where !Self.isRejected(event, in: events) {
                // After a question a run goes on with its reply, in one append: that is no restart.
                if event.kind == .runResumed, !events.contains(where: { $0.kind == .messageReceived }) {
                    ServerMetrics.runsResumed.increment()
                }
                let entry = Entry(
                    kind: event.kind, body: event.body, offset: Offset(first.value + Int64(index)),
                    cause: event.cause.offset(inAppendFrom: first), at: now)
                if !Self.note(entry, in: &current) { late.append(entry) }
            }
            if current !== known { sessions[session] = current }
            return late
        }
    }

    /// Whether an event ends a message that is rejected by the same append: it is counted once, as rejected.
    private static func isRejected(_ event: NewEvent, in append: [NewEvent]) -> Bool {
        event.kind == .messageCompleted
            && append.contains { $0.kind == .answerRejected && $0.cause == event.cause }
    }

    /// Takes note of such an event together with what it belongs to, outermost first.
    func note(_ late: Entry, of session: SessionID, under origins: [Entry]) {
        sessions.withLock { sessions in
            var found: Session? = Session()
            for origin in origins { _ = Self.note(origin, in: &found) }
            guard late.kind == .token, let cause = late.cause else {
                _ = Self.note(late, in: &found, isLate: true)
                return
            }
            // More of them will follow.
            var current = sessions[session]
            if let message = found?.messages[cause], current?.messages[cause] == nil {
                current = current ?? Session()
                current?.messages[cause] = message
                sessions[session] = current
            }
            _ = Self.note(late, in: &current, isLate: true)
        }
    }

    /// - Parameter isLate: whether it is counted without the names that nobody remembers.
    /// - Returns: false where it is not counted because of them.
    private static func note(_ event: Entry, in session: inout Session?, isLate: Bool = false) -> Bool {
        let (offset, cause) = (event.offset, event.cause)
        switch event.kind {
        case .token:
            guard let cause else { return true }
            guard let message = session?.messages[cause] else { return isLate }
            message.count(event.body, event.at)
        case .runStarted:
            session = session ?? Session()
            let workflow = decode(RunStarted.self, event)?.workflow
            session?.runs[offset] = .some(workflow)
            if let workflow { ServerMetrics.beginRuns(workflow) }
        case .runResumed:
            session = session ?? Session()
            if let cause, session?.runs.keys.contains(cause) == false { session?.runs[cause] = .some(nil) }
        case .runPaused:
            // Nobody knows for how long.
            session = nil
        case .runCompleted, .runFailed, .runCancelled:
            let workflow = cause.flatMap { session?.runs[$0] ?? nil }
            session = nil
            guard workflow != nil || isLate else { return false }
            let seconds = decode(RunEnded.self, event).map { Double($0.durationMs) / 1_000 } ?? 0
            ServerMetrics.run(workflow ?? ServerMetrics.unknown, outcome: FrameEncoder.status(event.kind))
                .recordSeconds(max(0, seconds))
        case .nodeStarted:
            session = session ?? Session()
            if session?.nodes.count ?? 0 >= Limits.meteredParts { session?.nodes = [:] }
            let node = session?.label(decode(NodeStarted.self, event)?.node, of: cause) ?? ServerMetrics.outside
            session?.nodes[offset] = node
            _ = ServerMetrics.nodeRetries(node)
        case .nodeCompleted, .nodeFailed, .nodeSkipped:
            let node = cause.flatMap { session?.nodes[$0] }
            guard node != nil || isLate || event.kind == .nodeSkipped else { return false }
            noteNodeEnd(
                event, node ?? session?.label(decode(NodeSkipped.self, event)?.node, of: cause) ?? ServerMetrics.outside
            )
        case .messageStarted:
            session = session ?? Session()
            if session?.messages.count ?? 0 >= Limits.meteredParts { session?.messages = [:] }
            let node = cause.flatMap { session?.nodes[$0] } ?? ServerMetrics.outside
            let model = node == ServerMetrics.outside ? node : decode(MessageStarted.self, event)?.model
            session?.messages[offset] = Message(node: node, model: model ?? ServerMetrics.unknown, event.at)
        case .messageCompleted, .messageInterrupted, .answerRejected:
            guard let cause else { return true }
            guard let message = session?.messages[cause] else { return isLate }
            let reason = event.kind == .messageInterrupted ? decode(MessageInterrupted.self, event)?.reason : nil
            ServerMetrics.messages(message.dimensions, outcome: outcome(event.kind, reason)).increment()
        default: break
        }
        return true
    }

    private static func noteNodeEnd(_ event: Entry, _ node: String) {
        var seconds = 0.0
        var reason: Failure?
        var isTriedAgain = false
        switch event.kind {
        case .nodeFailed:
            let body = decode(NodeFailed.self, event)
            reason = body?.error
            isTriedAgain = body?.willRetry == true
            seconds = Double(body?.durationMs ?? 0) / 1_000
        case .nodeCompleted:
            seconds = Double(decode(NodeCompleted.self, event)?.durationMs ?? 0) / 1_000
        default: break
        }
        let outcome = outcome(event.kind, reason)
        if isTriedAgain, outcome == FrameEncoder.status(.nodeFailed) { ServerMetrics.nodeRetries(node).increment() }
        ServerMetrics.node(node, outcome: outcome, seconds: seconds)
    }

    /// How something ended; what a user's cancel or the server's own end cut short did not fail.
    private static func outcome(_ kind: EventKind, _ reason: Failure?) -> String {
        switch reason?.code {
        case WorkflowError.Code.cancelled.rawValue: "cancelled"
        case Failure.serverRestarted.code: "interrupted"
        default: FrameEncoder.status(kind)
        }
    }

    /// What comes from outside may have another form; then it is counted without its details.
    private static func decode<Body: Decodable>(_ type: Body.Type, _ event: Entry) -> Body? {
        try? CanonicalJSON.decode(type, from: event.body)
    }
}
