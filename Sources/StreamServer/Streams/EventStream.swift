import EventLog
import Events

/// The read loop of every stream: pages from the log while it is behind, then whatever comes, until it is finished.
///
/// It is a cursor and not a queue. What it has not read yet is kept by the log, so a slow reader costs nothing.
final class EventStream: @unchecked Sendable {
    // @unchecked: one task at a time uses it. It is a class so that the tasks of thousands of waiting streams hold a
    // reference and no copies.

    /// What is to be done after a fill.
    enum Progress: Equatable {
        /// Fill again.
        case behind
        /// At the head: wait for more.
        case caughtUp
        /// Text is held back for its pace: fill again after the pause.
        case paced(Duration)
        /// Nothing that belongs to the stream will come any more.
        case finished
    }

    private let log: any EventLog
    private let session: SessionID
    private let options: StreamOptions
    /// The offset of the last event looked at.
    private(set) var cursor: Offset
    /// The event that the reader has in part, and how much of it.
    private var partial: StreamPosition?
    private var lineage: Lineage
    /// Events read and not looked at yet.
    private var pending: ArraySlice<Event> = []
    private var status: SessionStatus?
    private var pageLimit = Limits.firstPage
    private var pacer: Pacer
    /// What is newer is paced; nil before the first page.
    private var pacedAfter: Offset?
    private var replay: ReplaySchedule?
    /// The event that a replay has come to, and when it is due.
    private var next: (offset: Offset, due: ContinuousClock.Instant) = (.beginning, .now)
    /// With `follow=none`, where the head was at first.
    private var end: Offset?
    /// How the run that answers ended, where the stream keeps to one.
    private(set) var runEnd: (run: Offset?, status: String)?

    init(_ log: any EventLog, _ session: SessionID, after: StreamPosition, options: StreamOptions) {
        self.log = log
        self.session = session
        self.options = options
        replay = options.replay
        cursor = after.readAfter
        // An event as it is recorded cannot be had in part: it is given again.
        partial = after.part > 0 && options.format == .frames ? after : nil
        lineage = Lineage(log: log, session: session)
        pacer = Pacer(options.format == .frames ? options.pace : .off)
        pacedAfter = options.pacedAfter
    }

    /// The head as it was when the last page was read.
    var head: Offset { status?.head ?? .beginning }

    /// Whether text is held back for its pace.
    var isPaced: Bool { pacer.pace != .off }

    /// Takes the next page, or what is left of it, and puts what the reader wants of it into `output`.
    ///
    /// - Throws: `EventLogError` with `sessionNotFound`, `offsetBeyondHead`, or `StreamServerError`.
    func fill(_ output: inout MessageBytes) async throws -> Progress {
        if pending.isEmpty { try await readPage() }
        while let event = pending.first {
            if let end, event.offset > end { return .finished }
            if let pause = pauseOfReplay(before: event) { return .paced(pause) }
            let origin = try await origin(of: event)
            if try holdBack(event, origin) { continue }
            if !pacer.isEmpty {
                // What makes no frame does not come between two tokens.
                if !event.kind.endsRun, !FrameEncoder.makesFrame(event, origin) || !options.selects(event, origin) {
                    advance()
                    continue
                }
                // It comes after the text, and where it is no more of it, the text ends here.
                if !pacer.isFull { pacer.close(now: .now) }
                break
            }
            advance()
            if try await put(event, origin, into: &output) { return .finished }
            if output.bytes.count >= Limits.streamWriteBytes { return .behind }
        }
        return pacer.isEmpty ? progressAtEndOfPage() : release(into: &output)
    }

    private func advance() {
        cursor = pending.removeFirst().offset
    }

    private func origin(of event: Event) async throws -> Origin {
        guard options.needsOrigin else { return .none }
        if let known = lineage.known(event) { return known }
        return try await lineage.origin(of: event)
    }

    /// Gives a new token to the pacer.
    ///
    /// - Returns: false where the event is none that is paced, or where the text before it has to go first.
    private func holdBack(_ event: Event, _ origin: Origin) throws -> Bool {
        guard pacer.pace != .off, event.kind == .token, let message = origin.message, message.isStreaming,
            let pacedAfter, event.offset > pacedAfter, options.selects(event, origin), let text = event.body,
            pacer.takes(message)
        else { return false }
        advance()
        pacer.add(text, of: event.offset, delivered: takePartial(of: event), message, now: .now)
        return true
    }

    /// Puts out the text that is due.
    private func release(into output: inout MessageBytes) -> Progress {
        if pending.isEmpty, progressAtEndOfPage() == .finished { pacer.close(now: .now) }
        if let template = pacer.template, let piece = pacer.release(now: .now) {
            FrameEncoder.append(piece, in: template, to: &output)
            if let limit = options.limit, output.count >= limit { return .finished }
        }
        if pacer.isEmpty { return pending.isEmpty ? progressAtEndOfPage() : .behind }
        if let pause = pacer.pause { return .paced(pause) }
        return pending.isEmpty ? progressAtEndOfPage() : .behind
    }

    /// How much of the event the reader has already; it is asked once.
    private func takePartial(of event: Event) -> Int {
        guard let partial, partial.offset == event.offset else { return 0 }
        self.partial = nil
        return partial.part
    }

    /// Waits at the head.
    func wait() async throws {
        try await log.waitForEvents(in: session, after: cursor)
    }

    /// How long it is until an event of a replay is due; nil where it is.
    private func pauseOfReplay(before event: Event) -> Duration? {
        guard replay != nil else { return nil }
        if next.offset != event.offset {
            let pause = replay?.pause(before: event.at) ?? .zero
            next = (event.offset, max(next.due + pause, .now - Limits.replayLag))
        }
        let rest = next.due - .now
        return rest > Limits.shortestPause ? rest : nil
    }

    private func readPage() async throws {
        let page = try await log.read(session, after: cursor, limit: pageLimit)
        pageLimit = min(pageLimit * 4, Limits.largestPage)
        if let first = page.events.first { precondition(first.offset == cursor.next, "a page leaves no gap") }
        if let partial {
            guard let event = page.events.first else {
                throw StreamServerError.beyondHead(partial, page.status.head)
            }
            guard FrameEncoder.isDeliverable(partial.part, of: event) else {
                throw StreamServerError(
                    .invalidOffset, "event \(partial.offset) has no part \(partial.part)",
                    hint: "resume after an id that the stream sent, or after a whole offset")
            }
        }
        pending = page.events[...]
        status = page.status
        if pacedAfter == nil { pacedAfter = page.status.head }
        if options.follow == .none, options.answering == nil, end == nil { end = page.status.head }
    }

    /// - Returns: true where the stream ends with this event.
    private func put(
        _ event: Event, _ origin: Origin, into output: inout MessageBytes
    ) async throws -> Bool {
        if options.selects(event, origin) {
            switch options.format {
            case .events: output.append(event.offset) { event.appendJSON(to: &$0) }
            case .frames: try await putFrame(event, origin, into: &output)
            }
        }
        if event.kind.endsRun {
            lineage.forget()
            if let answering = options.answering, origin.answers == answering {
                runEnd = (origin.run, FrameEncoder.status(event.kind))
                return true
            }
        }
        return options.limit.map { output.count >= $0 } ?? false
    }

    private func putFrame(_ event: Event, _ origin: Origin, into output: inout MessageBytes) async throws {
        let delivered = takePartial(of: event)
        var text: String?
        if FrameEncoder.needsText(event, origin), let message = origin.message {
            text = try await MessageText.read(log, session, message: message.offset, upTo: event.offset)
        }
        FrameEncoder.append(event, origin, text: text, delivered: delivered, to: &output)
    }

    private func progressAtEndOfPage() -> Progress {
        guard let status else { return .behind }
        if let end, cursor >= end { return .finished }
        // Settled events are read after the status, so they may be newer than it.
        guard cursor == status.head else { return .behind }
        if let answering = options.answering {
            return status.openRuns.contains { $0.message == answering && !$0.isPaused } ? .caughtUp : .finished
        }
        switch options.follow {
        case .none: return .finished
        case .run: return status.isRunInProgress ? .caughtUp : .finished
        case .session: return status.isClosed ? .finished : .caughtUp
        }
    }
}

extension StreamServerError {
    static func beyondHead(_ position: StreamPosition, _ head: Offset) -> StreamServerError {
        var error = StreamServerError(
            Code("offset_beyond_head", status: 409),
            "offset \(position.offset) is beyond the head of the session, which is \(head)",
            hint: "read after an offset from 0 to \(head)")
        error.head = head.value
        return error
    }
}
