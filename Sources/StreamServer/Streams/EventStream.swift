import EventLog
import Events
import Foundation

/// The read loop of every stream: pages from the log while it is behind, then whatever comes, until it is finished.
///
/// It is a cursor and not a queue. What it has not read yet is kept by the log, so a slow reader costs nothing. It fills
/// from memory without waiting, which is all that a live stream needs; what memory does not have is fetched.
final class EventStream: @unchecked Sendable {
    // @unchecked: one thread or task at a time uses it.

    /// What is to be done after a fill.
    enum Progress {
        /// Fill again.
        case behind
        /// At the head: wait for more.
        case caughtUp
        /// Text is held back for its pace: fill again after the pause.
        case paced(Duration)
        /// Fetch this, which memory does not have, and fill again.
        case lacking(Missing)
        /// Nothing that belongs to the stream will come any more.
        case finished

        var isFinished: Bool { if case .finished = self { true } else { false } }
        var isCaughtUp: Bool { if case .caughtUp = self { true } else { false } }
    }

    /// What has to be fetched from the log.
    enum Missing {
        /// The next events.
        case page
        /// Where an event belongs.
        case origin(Event)
        /// The whole text of the message that an event completes.
        case text(Event, message: Offset)
    }

    private let log: any EventLog
    private let texts: MessageTexts
    private let session: SessionID
    private let options: StreamOptions
    /// The offset of the last event looked at.
    private(set) var cursor: Offset
    /// The event that the reader has in part, and how much of it.
    private var partial: StreamPosition?
    private var lineage: Lineage
    /// What was fetched for the event that comes next.
    private var fetched: (offset: Offset, origin: Origin?, text: String?)?
    /// Events read and not looked at yet.
    private var pending: ArraySlice<Event> = []
    /// Whether the log was looked at since the last fill ended: only then it is known where the head is.
    private var hasLooked = false
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

    init(
        _ log: any EventLog, _ texts: MessageTexts, _ session: SessionID, after: StreamPosition, options: StreamOptions
    ) {
        self.log = log
        self.texts = texts
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

    /// Puts what the reader wants of the next page, or of what is left of it, into `output`; fetches what is missing.
    ///
    /// - Throws: `EventLogError` with `sessionNotFound`, `offsetBeyondHead`, or `StreamServerError`.
    func fill(_ output: inout MessageBytes) async throws -> Progress {
        while true {
            let progress = try fillFromMemory(&output)
            guard case .lacking(let missing) = progress else { return progress }
            try await fetch(missing)
        }
    }

    /// The same without waiting: it may end with what it lacks.
    func fillFromMemory(_ output: inout MessageBytes) throws -> Progress {
        let progress = try fillFromPage(&output)
        guard case .behind = progress, pending.isEmpty, output.bytes.count < Limits.streamWriteBytes else {
            return progress
        }
        // Where the next page is lacking, that is known before the reader has taken this one. No more than one: a stream
        // that selects little would keep its event loop for all that memory has.
        return try fillFromPage(&output)
    }

    private func fillFromPage(_ output: inout MessageBytes) throws -> Progress {
        defer { hasLooked = false }
        // A page that was fetched may be empty.
        if pending.isEmpty, !hasLooked {
            guard let page = try log.recent(session, after: cursor, limit: pageLimit) else { return .lacking(.page) }
            try take(page)
        }
        while let event = pending.first {
            if let end, event.offset > end { return .finished }
            if let pause = pauseOfReplay(before: event) { return .paced(pause) }
            guard let origin = origin(of: event) else { return .lacking(.origin(event)) }
            if try holdBack(event, origin) { continue }
            let isSelected = options.selects(event, origin)
            if !pacer.isEmpty {
                // What makes no frame does not come between two tokens.
                if !event.kind.endsRun, !FrameEncoder.makesFrame(event, origin) || !isSelected {
                    advance()
                    continue
                }
                // It comes after the text, and where it is no more of it, the text ends here.
                if !pacer.isFull { pacer.close() }
                break
            }
            if isSelected, let message = lacksText(event, origin) { return .lacking(.text(event, message: message)) }
            advance()
            if put(event, origin, isSelected, into: &output) { return .finished }
            if output.bytes.count >= Limits.streamWriteBytes { return .behind }
        }
        return pacer.isEmpty ? progressAtEndOfPage() : release(into: &output)
    }

    /// Gets what a fill lacked.
    func fetch(_ missing: Missing) async throws {
        switch missing {
        case .page:
            // A stream that goes on knows where the events belong.
            let isFirst = status == nil
            let page = try await log.read(
                session, after: cursor, limit: pageLimit, withCauses: isFirst && options.needsOrigin)
            lineage.causes = page.causes
            try take(page)
        case .origin(let event): fetched = (event.offset, try await lineage.origin(of: event), nil)
        case .text(let event, let message):
            let text = try await texts.text(of: message, in: session, upTo: event.offset)
            fetched = (event.offset, fetched?.offset == event.offset ? fetched?.origin : nil, text)
        }
    }

    private func advance() {
        cursor = pending.removeFirst().offset
        // An empty slice keeps its page.
        if pending.isEmpty { pending = [] }
    }

    /// Nil where it has to be fetched.
    private func origin(of event: Event) -> Origin? {
        guard options.needsOrigin else { return Origin.none }
        if let known = lineage.known(event) { return known }
        return fetched?.offset == event.offset ? fetched?.origin : nil
    }

    /// The message whose text has to be fetched for an event's frame.
    private func lacksText(_ event: Event, _ origin: Origin) -> Offset? {
        guard options.format == .frames, FrameEncoder.needsText(event, origin) else { return nil }
        return fetched?.offset == event.offset && fetched?.text != nil ? nil : origin.message?.offset
    }

    /// How long ago an event was recorded; less than nothing where the clock was set back since.
    private static func age(of event: Event) -> Duration {
        // A time that somebody changed may be any.
        .seconds(Date().timeIntervalSince1970 - Double(event.at.microseconds) / 1_000_000)
    }

    /// Gives a new token to the pacer.
    ///
    /// - Returns: false where the event is none that is paced, or where text before it has to go first.
    private func holdBack(_ event: Event, _ origin: Origin) throws -> Bool {
        guard pacer.pace != .off, event.kind == .token, let message = origin.message, message.isStreaming,
            let pacedAfter, event.offset > pacedAfter, options.selects(event, origin), let text = event.body,
            !pacer.isFull
        else { return false }
        advance()
        let now = ContinuousClock.now
        // In a replay it counts as recorded when it is due.
        let age = replay == nil ? Self.age(of: event) : .zero
        pacer.add(
            text, of: event.offset, delivered: takePartial(of: event), message, recorded: now - age, now: now)
        return true
    }

    /// Puts out the text that is due.
    private func release(into output: inout MessageBytes) -> Progress {
        if pending.isEmpty, progressAtEndOfPage().isFinished { pacer.close() }
        let now = ContinuousClock.now
        while let template = pacer.template, let piece = pacer.release(now: now) {
            FrameEncoder.append(piece, in: template, to: &output)
            if let limit = options.limit, output.count >= limit { return .finished }
            if output.bytes.count >= Limits.streamWriteBytes { return .behind }
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

    /// Has `observer` told of what comes, until `unfollow`; false where the session has to be got into memory first.
    func follow(_ observer: any SessionObserver) throws -> Bool {
        try log.observe(session, observer) != nil
    }

    /// Gets the session into memory, to be followed there.
    func load() async throws {
        try await log.load(session)
    }

    func unfollow(_ observer: any SessionObserver) {
        log.stopObserving(session, observer)
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

    private func take(_ page: EventPage) throws {
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
        hasLooked = true
        if pacedAfter == nil { pacedAfter = page.status.head }
        if options.follow == .none, options.answering == nil, end == nil { end = page.status.head }
    }

    /// - Returns: true where the stream ends with this event.
    private func put(_ event: Event, _ origin: Origin, _ isSelected: Bool, into output: inout MessageBytes) -> Bool {
        if isSelected {
            switch options.format {
            case .events: output.append(event.offset) { event.appendJSON(to: &$0) }
            case .frames:
                let text = fetched?.offset == event.offset ? fetched?.text : nil
                FrameEncoder.append(event, origin, text: text, delivered: takePartial(of: event), to: &output)
            }
        }
        fetched = nil
        if event.kind.endsRun {
            lineage.forget()
            if let answering = options.answering, origin.answers == answering {
                runEnd = (origin.run, FrameEncoder.status(event.kind))
                return true
            }
        }
        return options.limit.map { output.count >= $0 } ?? false
    }

    private func progressAtEndOfPage() -> Progress {
        guard let status else { return .behind }
        if let end, cursor >= end { return .finished }
        // Settled events are read after the status, so they may be newer than it; and what is left of an earlier page
        // says nothing of what came since.
        guard hasLooked, cursor == status.head else { return .behind }
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
