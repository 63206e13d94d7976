internal import Synchronization

/// Gives the deltas of an exchange one by one, records its resume points, and leaves out what is known.
struct BatchReader {
    private let handle: UpstreamHandle
    private let points: PointRecorder
    private var skipper: TextSkipper?
    private var batch = ExchangeState.Batch(deltas: [])
    private var given = 0
    private var textBytes: Int

    init(_ exchange: UpstreamExchange, _ points: PointRecorder, skipper: TextSkipper?) {
        handle = UpstreamHandle(exchange) { points.stop() }
        self.points = points
        self.skipper = skipper
        textBytes = points.textBytes
    }

    /// The next new delta; nil after the last.
    mutating func next() async throws -> AgentDelta? {
        while true {
            if given == batch.deltas.count {
                // Everything before this place has been given, so it is where another reader would go on.
                try await points.record(after: batch, textBytes: textBytes)
                guard let next = try await handle.exchange.next() else { return nil }
                batch = next
                given = 0
                try await points.recordName(next)
            }
            let delta = batch.deltas[given]
            given += 1
            if case .text(let text) = delta { textBytes += text.utf8.count }
            guard let new = try skipper.take(delta) else { continue }
            return new
        }
    }
}

extension TextSkipper? {
    fileprivate mutating func take(_ delta: AgentDelta) throws(AgentError) -> AgentDelta? {
        switch self {
        case nil: return delta
        case var skipper?:
            defer { self = skipper.isDone ? nil : skipper }
            return try skipper.take(delta)
        }
    }
}

/// Records where one answer can be taken up again, seldom enough to cost nothing.
final class PointRecorder: Sendable {
    private let agent: ModelAgent
    private let context: AgentContext
    private let resumption: (any Resumption)?
    private let last: Mutex<ResumePoint?>

    init(_ agent: ModelAgent, _ context: AgentContext, from point: ResumePoint? = nil) {
        self.agent = agent
        self.context = context
        resumption = agent.resumption
        last = Mutex(point)
    }

    /// The text before the point that the reading begins at.
    var textBytes: Int { last.withLock { $0?.textBytes ?? 0 } }

    /// Records the answer's name where it is ours to give.
    func recordFirst() async throws {
        guard let point = resumption?.firstPoint(context) else { return }
        try await record(point)
    }

    /// Records the answer's name as soon as the upstream has given it, before any of its deltas.
    func recordName(_ batch: ExchangeState.Batch) async throws {
        guard last.withLock({ $0 == nil }), let resumption, let id = batch.id else { return }
        var named = batch
        named.sequence = 0
        guard let point = resumption.point(after: named, context, textBytes: 0), point.id == id else { return }
        try await record(point)
    }

    /// Records the place after a batch, where enough has been read since the last one.
    func record(after batch: ExchangeState.Batch, textBytes: Int) async throws {
        guard let resumption, let known = last.withLock({ $0 }),
            textBytes - known.textBytes >= AgentLimits.resumePointTextBytes
        else { return }
        guard let point = resumption.point(after: batch, context, textBytes: textBytes) else { return }
        try await record(point)
    }

    /// Nobody reads any more, and the answer has not ended.
    func stop() {
        guard !context.keepsUpstream(), let point = last.withLock({ $0 }) else { return }
        agent.stop(point)
    }

    private func record(_ point: ResumePoint) async throws {
        last.withLock { $0 = point }
        try await context.recordResumePoint?(point)
    }
}
