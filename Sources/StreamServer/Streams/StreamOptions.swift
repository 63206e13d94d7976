import Events

/// What a reader wants of a session, and when its stream ends.
struct StreamOptions {
    enum Format: String, CaseIterable {
        /// What a chat client shows.
        case frames
        /// The events as they are recorded.
        case events
    }

    enum Follow: String, CaseIterable {
        /// To the head as it is now.
        case none
        /// To the head, then the run in progress, to its end.
        case run
        /// Until the session closes.
        case session
    }

    var format = Format.frames
    var follow = Follow.run
    /// Nil for every kind.
    var kinds: Set<EventKind>?
    /// Nil for every node, and for what belongs to none.
    var nodes: Set<String>?
    /// Messages after which the stream ends.
    var limit: Int?
    /// The `message.received` to whose run the stream keeps: it ends with that run's last frame.
    var answering: Offset?
    var pace = Pace.off
    /// What is newer than this is paced; nil for the head as it is at first.
    var pacedAfter: Offset?
    /// Plays what is past with the pauses it was recorded with.
    var replay: ReplaySchedule?

    /// Whether the place of an event in its run decides about it, or shows in it.
    var needsOrigin: Bool { format == .frames || nodes != nil || answering != nil }

    func selects(_ event: Event, _ origin: Origin) -> Bool {
        if let kinds, !kinds.contains(event.kind) { return false }
        if let answering, origin.answers != answering { return false }
        if let nodes {
            guard let node = FrameEncoder.node(of: event, origin), nodes.contains(node) else { return false }
        }
        return true
    }
}
