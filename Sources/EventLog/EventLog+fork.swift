public import Events

extension EventLog {
    /// Copies a session up to an offset into a new session, all or nothing.
    ///
    /// The copies keep their offsets, causes and bodies, so an offset up to the fork means the same in both sessions;
    /// their positions and times are those of the copying. `session.forked` comes after them, and then the end of what
    /// was in progress at that offset: its message is interrupted, its node failed, its run cancelled. So nobody takes
    /// the copied run for one to resume, and the next message finds the session at rest. A `session.closed` is left out:
    /// a fork is there to be written to.
    ///
    /// - Parameter offset: the last event to copy, from 0; the head where none is given.
    /// - Returns: the body of the `session.forked` that was recorded.
    /// - Throws: `EventLogError` with `sessionNotFound`, `offsetBeyondHead`, `forkTooLarge`, or `headConflict` where the
    ///   new session exists already, or something was erased from the other one while it was copied.
    public func fork(_ origin: SessionID, at offset: Offset?, to fork: SessionID) async throws -> SessionForked {
        guard let status = try await status(of: origin) else { throw EventLogError.noSuchSession(origin) }
        let end = offset ?? status.head
        guard end <= status.head else { throw EventLogError.beyondHead(end, origin, head: status.head) }
        var copies = SessionCopies()
        try await read(origin, after: .beginning, upTo: end) { events in
            for event in events { copies.add(event) }
            guard copies.events.count < Limits.eventsPerFork, copies.bytes <= Limits.bytesPerFork else {
                throw EventLogError(
                    .forkTooLarge, "session \(origin) has too much before offset \(end) for one fork",
                    hint: "a fork has at most \(Limits.eventsPerFork) events and \(Limits.bytesPerFork) bytes")
            }
        }
        let forked = SessionForked(session: origin.name, offset: Offset(Int64(copies.events.count)))
        var append = Append(to: fork, try copies.ended(by: forked), expecting: .beginning)
        append.copied = CopiedPart(session: origin, end: forked.offset, erased: copies.erased)
        _ = try await self.append(append)
        return forked
    }
}

/// The events of a fork, and what they leave in progress.
private struct SessionCopies {
    private(set) var events: [NewEvent] = []
    private(set) var bytes = 0
    private(set) var erased: Int64 = 0
    private var openRuns: [OpenRun] = []
    /// Messages and nodes begun and not ended, each with what it belongs to.
    private var begun: [(kind: EventKind, offset: Offset, cause: Offset?)] = []

    mutating func add(_ event: Event) {
        guard event.kind != .sessionClosed else { return }
        // An erased body stays empty: what is no longer known cannot be copied.
        if event.body == nil { erased += 1 }
        let body = event.body ?? (event.kind == .token ? "" : "null")
        events.append(NewEvent(kind: event.kind, cause: Self.cause(event.cause), body: body))
        bytes += body.utf8.count + 64
        switch event.kind {
        case .messageStarted, .nodeStarted: begun.append((event.kind, event.offset, event.cause))
        case .messageCompleted, .messageInterrupted, .nodeCompleted, .nodeFailed:
            begun.removeAll { $0.offset == event.cause }
        case .runCompleted, .runFailed, .runCancelled:
            let nodes = begun.filter { $0.kind == .nodeStarted && $0.cause == event.cause }.map(\.offset)
            begun.removeAll { begun in nodes.contains { $0 == begun.offset || $0 == begun.cause } }
        default: break
        }
        // Only a message that was posted to a chatbot awaits a run, and no run of its own where it answers a question.
        let awaitsRun =
            event.kind == .messageReceived && event.cause == nil
            && (try? event.decode(MessageReceived.self))?.chatbot != nil
        OpenRunChange(event.kind, offset: event.offset, cause: event.cause, awaitsRun: awaitsRun)?.apply(to: &openRuns)
    }

    /// The copies, the event that says what they are, and the ends of what they leave in progress.
    func ended(by forked: SessionForked) throws -> [NewEvent] {
        let reason = Failure(
            code: "forked", message: "the session was forked at offset \(forked.offset), while this was in progress")
        var all = events
        all.append(try NewEvent(.sessionForked, forked))
        for message in begun where message.kind == .messageStarted {
            let cause = Self.cause(message.offset)
            all.append(try NewEvent(.messageInterrupted, cause: cause, MessageInterrupted(reason: reason)))
        }
        for node in begun where node.kind == .nodeStarted {
            let failed = NodeFailed(durationMs: 0, error: reason, willRetry: false)
            all.append(try NewEvent(.nodeFailed, cause: Self.cause(node.offset), failed))
        }
        for run in openRuns {
            let ended = RunEnded(durationMs: 0, reason: reason)
            all.append(try NewEvent(.runCancelled, cause: Self.cause(run.run ?? run.message), ended))
        }
        return all
    }

    /// The event that becomes durable in the same append, since offsets count from 1 and indices from 0.
    private static func cause(_ offset: Offset?) -> NewEvent.Cause {
        offset.map { .sameAppend(Int($0.value) - 1) } ?? .none
    }
}
