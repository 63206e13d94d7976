import EventLog
import Events

/// The read loop of every stream: pages from the log while it is behind, then whatever comes, until it is finished.
///
/// It is a cursor and not a queue. What it has not read yet is kept by the log, so a slow reader costs nothing.
struct EventStream {
    /// What is to be done after a fill.
    enum Progress {
        /// Fill again.
        case behind
        /// At the head: wait for more.
        case caughtUp
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
    /// With `follow=none`, where the head was at first.
    private var end: Offset?
    /// How the run that answers ended, where the stream keeps to one.
    private(set) var runEnd: (run: Offset?, status: String)?

    init(_ log: any EventLog, _ session: SessionID, after: StreamPosition, options: StreamOptions) {
        self.log = log
        self.session = session
        self.options = options
        cursor = after.readAfter
        // An event as it is recorded cannot be had in part: it is given again.
        partial = after.part > 0 && options.format == .frames ? after : nil
        lineage = Lineage(log: log, session: session)
    }

    /// The head as it was when the last page was read.
    var head: Offset { status?.head ?? .beginning }

    /// Takes the next page, or what is left of it, and puts what the reader wants of it into `output`.
    ///
    /// - Throws: `EventLogError` with `sessionNotFound`, `offsetBeyondHead`, or `StreamServerError`.
    mutating func fill(_ output: inout MessageBytes) async throws -> Progress {
        if pending.isEmpty { try await readPage() }
        while let event = pending.first {
            if let end, event.offset > end { return .finished }
            pending.removeFirst()
            cursor = event.offset
            if try await put(event, into: &output) { return .finished }
            if output.bytes.count >= Limits.streamWriteBytes { return .behind }
        }
        return progressAtEndOfPage()
    }

    /// Waits at the head.
    func wait() async throws {
        try await log.waitForEvents(in: session, after: cursor)
    }

    private mutating func readPage() async throws {
        let page = try await log.read(session, after: cursor)
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
        if options.follow == .none, options.answering == nil, end == nil { end = page.status.head }
    }

    /// - Returns: true where the stream ends with this event.
    private mutating func put(_ event: Event, into output: inout MessageBytes) async throws -> Bool {
        var origin = Origin.none
        if options.needsOrigin {
            if let known = lineage.known(event) { origin = known } else { origin = try await lineage.origin(of: event) }
        }
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

    private mutating func putFrame(_ event: Event, _ origin: Origin, into output: inout MessageBytes) async throws {
        var delivered = 0
        if let partial, partial.offset == event.offset {
            delivered = partial.part
            self.partial = nil
        }
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
