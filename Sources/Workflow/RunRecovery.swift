import Agents
import EventLog
import Events
import Projections

/// What the log says of a run that has no end, and what must be recorded before it goes on.
struct RunRecovery {
    var recovered = RecoveredRun()
    /// Ends of what the crash left open: messages cut in the middle, nodes that had said everything.
    var repairs: [NewEvent] = []
    var resumed: RunResumed

    /// Reads the recorded updates of the completed nodes; their bodies are used as recorded, byte for byte.
    init(_ run: RunState, in state: SessionState, session: SessionID, log: any EventLog) async throws {
        var reused: [String] = []
        var retried: [String] = []
        var continued: [String] = []
        var updates: [(node: String, offset: Offset?)] = []
        let reason = Failure.serverRestarted
        for node in run.nodes {
            recovered.attempts[node.node] = max(recovered.attempts[node.node] ?? 0, node.attempt)
            switch node.status {
            case .completed:
                reused.append(node.node)
                updates.append((node.node, node.updatedAt))
            case .skipped: recovered.skipped.insert(node.node)
            case .failed: recovered.abandoned[node.node] = Self.lastMessage(of: node, run, state)?.offset
            case .started where run.status == .paused:
                // Nothing is in progress in a paused run but what waits for an answer.
                retried.append(node.node)
                recovered.continued[node.node] = (node.offset, node.attempt)
            case .started:
                let message = Self.lastMessage(of: node, run, state)
                if let message, message.status == .completed {
                    // It had said everything; only the crash kept the node from ending.
                    reused.append(node.node)
                    updates.append((node.node, node.updatedAt))
                    repairs.append(
                        try NewEvent(.nodeCompleted, cause: .event(node.offset), NodeCompleted(durationMs: 0)))
                    continue
                }
                if let message, message.status == .streaming,
                    let point = try await Self.lastPoint(of: message.offset, session: session, log: log),
                    let cut = CutMessage(node, message, point, in: state)
                {
                    recovered.cut[node.node] = cut
                    continued.append(node.node)
                    continue
                }
                retried.append(node.node)
                if let message {
                    recovered.abandoned[node.node] = message.offset
                    if message.status == .streaming {
                        repairs.append(
                            try NewEvent(
                                .messageInterrupted, cause: .event(message.offset), MessageInterrupted(reason: reason)))
                    }
                }
                repairs.append(
                    try NewEvent(
                        .nodeFailed, cause: .event(node.offset),
                        NodeFailed(durationMs: 0, error: reason, willRetry: true)))
            }
        }
        for (node, offset) in updates.sorted(by: { ($0.offset ?? .beginning) < ($1.offset ?? .beginning) }) {
            recovered.completed.append((node, try await Self.body(at: offset, session, log)))
        }
        for node in run.nodes where node.updatedAt != nil && !reused.contains(node.node) {
            recovered.published[node.node] = try await Self.body(at: node.updatedAt, session, log)
        }
        for pause in run.pauses ?? [] {
            guard let contents = pause.reply.flatMap(state.message(at:))?.contents else { continue }
            recovered.replies.append((pause.node, pause.asks, Reply(contents: contents)))
        }
        let answered = (run.pauses ?? []).count { $0.reply != nil }
        let attempt = run.resumes + answered + 1
        resumed = RunResumed(
            reused: reused, retried: retried, continued: continued.isEmpty ? nil : continued, attempt: attempt)
    }

    /// The end of a run that nobody runs, and of everything in it that is open.
    static func end(
        _ kind: EventKind, _ open: OpenRun, in state: SessionState, _ reason: Failure
    ) throws -> [NewEvent] {
        // A queued message has no run yet; a message of no run is an outside producer's.
        let events = try open.run.map { try endings(of: $0, in: state, reason) } ?? []
        let ended = RunEnded(durationMs: 0, reason: reason)
        return events + [try NewEvent(kind, cause: .event(open.run ?? open.message), ended)]
    }

    /// The ends of the messages and nodes of a run that are open.
    static func endings(of run: Offset, in state: SessionState, _ reason: Failure) throws -> [NewEvent] {
        var events: [NewEvent] = []
        for message in state.messages where message.run == run && message.status == .streaming {
            events.append(
                try NewEvent(.messageInterrupted, cause: .event(message.offset), MessageInterrupted(reason: reason)))
        }
        for node in state.run(at: run)?.nodes ?? [] where node.status == .started {
            let failed = NodeFailed(durationMs: 0, error: reason, willRetry: false)
            events.append(try NewEvent(.nodeFailed, cause: .event(node.offset), failed))
        }
        return events
    }

    private static func body(at offset: Offset?, _ session: SessionID, _ log: any EventLog) async throws -> String? {
        guard let offset else { return nil }
        return try await log.read(session, after: Offset(offset.value - 1), limit: 1).events.first?.body
    }

    /// The newest place that the message can be taken up at; nil where nothing says that it can.
    private static func lastPoint(
        of message: Offset, session: SessionID, log: any EventLog
    ) async throws -> ResumePoint? {
        var point: ResumePoint?
        var after = message
        while true {
            let events = try await log.read(session, after: after).events
            guard let last = events.last else { return point }
            for event in events where event.kind == .messageResumable && event.cause == message {
                point = (try? event.decode(ResumePoint.self)) ?? point
            }
            after = last.offset
        }
    }

    /// The newest message a node attempt wrote: messages of a node lie between its start and the next attempt's.
    private static func lastMessage(of node: NodeState, _ run: RunState, _ state: SessionState) -> MessageState? {
        let next = run.nodes.first { $0.node == node.node && $0.offset > node.offset }?.offset
        return state.messages.last { message in
            message.run == run.offset && message.node == node.node && message.offset > node.offset
                && (next.map { message.offset < $0 } ?? true)
        }
    }
}
