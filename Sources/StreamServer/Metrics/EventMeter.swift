import EventLog
import Events
import Metrics
import Synchronization

/// Counts what is recorded: runs, nodes, messages, tokens.
///
/// The log knows everything that happened, so nothing else has to report it. It keeps a few words for each node and
/// message of the runs in progress, and forgets them with the run.
final class EventMeter: Sendable {
    /// What tokens of a message are counted under.
    private struct Message {
        var dimensions: [(String, String)]
        var tokens: Counter
        var characters: Counter
        var gap: Timer
        var began: ContinuousClock.Instant
        var last: ContinuousClock.Instant?

        init(node: String?, model: String?, _ now: ContinuousClock.Instant) {
            dimensions = [("node", node ?? ServerMetrics.unknown), ("model", model ?? ServerMetrics.unknown)]
            tokens = ServerMetrics.tokens(dimensions)
            characters = ServerMetrics.characters(dimensions)
            gap = ServerMetrics.tokenGap(dimensions)
            began = now
        }

        mutating func count(_ text: String, _ now: ContinuousClock.Instant) {
            tokens.increment()
            characters.increment(by: Int64(text.count))
            if let last {
                gap.record(duration: now - last)
            } else {
                ServerMetrics.timeToFirstToken(dimensions).record(duration: now - began)
            }
            last = now
        }
    }

    /// The runs in progress of one session.
    private struct Session {
        var workflows: [Offset: String] = [:]
        var nodes: [Offset: String] = [:]
        var messages: [Offset: Message] = [:]
    }

    private let sessions = Mutex<[SessionID: Session]>([:])

    /// Takes note of events that are durable.
    ///
    /// - Parameter first: the offset of the first of them.
    func note(_ events: [NewEvent], of session: SessionID, first: Offset) {
        let now = ContinuousClock.now
        sessions.withLock { sessions in
            // Runs from outside may never end: nothing is remembered for ever.
            if sessions.count > Limits.meteredSessions { sessions = [:] }
            for (index, event) in events.enumerated() {
                let cause = event.cause.offset(inAppendFrom: first)
                Self.note(event, Offset(first.value + Int64(index)), cause, in: &sessions[session], now)
            }
        }
    }

    private static func note(
        _ event: NewEvent, _ offset: Offset, _ cause: Offset?, in session: inout Session?,
        _ now: ContinuousClock.Instant
    ) {
        switch event.kind {
        case .token:
            guard let cause, session?.messages[cause] != nil else { return }
            session?.messages[cause]?.count(event.body, now)
        case .runStarted:
            session = session ?? Session()
            let workflow = decode(RunStarted.self, event)?.workflow
            session?.workflows[offset] = workflow
        case .runResumed:
            ServerMetrics.runsResumed.increment()
        case .runCompleted, .runFailed, .runCancelled:
            let workflow = cause.flatMap { session?.workflows[$0] } ?? ServerMetrics.unknown
            let seconds = decode(RunEnded.self, event).map { Double($0.durationMs) / 1_000 } ?? 0
            ServerMetrics.run(workflow, outcome: FrameEncoder.status(event.kind), seconds: seconds)
            session = nil
        case .nodeStarted:
            session = session ?? Session()
            if session?.nodes.count ?? 0 >= Limits.meteredParts { session?.nodes = [:] }
            session?.nodes[offset] = decode(NodeStarted.self, event)?.node
        case .nodeCompleted, .nodeFailed, .nodeSkipped:
            noteNodeEnd(event, cause.flatMap { session?.nodes[$0] })
        case .messageStarted:
            session = session ?? Session()
            if session?.messages.count ?? 0 >= Limits.meteredParts { session?.messages = [:] }
            let model = decode(MessageStarted.self, event)?.model
            let node = cause.flatMap { session?.nodes[$0] }
            session?.messages[offset] = Message(node: node, model: model, now)
        case .messageCompleted, .messageInterrupted, .answerRejected:
            guard let cause, let message = session?.messages[cause] else { return }
            ServerMetrics.message(message.dimensions, outcome: FrameEncoder.status(event.kind))
        default: break
        }
    }

    private static func noteNodeEnd(_ event: NewEvent, _ node: String?) {
        var node = node
        var seconds = 0.0
        switch event.kind {
        case .nodeFailed:
            let body = decode(NodeFailed.self, event)
            if body?.willRetry == true { ServerMetrics.nodeRetries(node ?? ServerMetrics.unknown).increment() }
            seconds = Double(body?.durationMs ?? 0) / 1_000
        case .nodeCompleted:
            seconds = Double(decode(NodeCompleted.self, event)?.durationMs ?? 0) / 1_000
        default:
            node = decode(NodeSkipped.self, event)?.node ?? node
        }
        let outcome = FrameEncoder.status(event.kind)
        ServerMetrics.node(node ?? ServerMetrics.unknown, outcome: outcome, seconds: seconds)
    }

    /// What comes from outside may have another form; then it is counted without its details.
    private static func decode<Body: Decodable>(_ type: Body.Type, _ event: NewEvent) -> Body? {
        try? CanonicalJSON.decode(type, from: event.body)
    }
}
