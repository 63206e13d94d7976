/// What an event is: a small integer in the table, a dotted name everywhere else.
///
/// A kind this build does not know keeps its number and is named `kind.<number>`, so that it survives every reader.
public struct EventKind: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    /// The number in the table; part of the file format, so a number never changes its meaning.
    public let rawValue: Int

    /// Names a kind by its number, known to this build or not.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The session begins.
    public static let sessionOpened = EventKind(rawValue: 1)
    /// The session takes no more events.
    public static let sessionClosed = EventKind(rawValue: 2)
    /// A message was posted.
    public static let messageReceived = EventKind(rawValue: 3)
    /// A workflow begins to answer a message.
    public static let runStarted = EventKind(rawValue: 4)
    /// A run goes on after a restart.
    public static let runResumed = EventKind(rawValue: 5)
    /// A run waits for input.
    public static let runPaused = EventKind(rawValue: 6)
    /// A run ended with its answer.
    public static let runCompleted = EventKind(rawValue: 7)
    /// A run ended with an error.
    public static let runFailed = EventKind(rawValue: 8)
    /// A run was cancelled.
    public static let runCancelled = EventKind(rawValue: 9)
    /// A node begins an attempt.
    public static let nodeStarted = EventKind(rawValue: 10)
    /// A node's update of the state.
    public static let nodeUpdated = EventKind(rawValue: 11)
    /// A node is done.
    public static let nodeCompleted = EventKind(rawValue: 12)
    /// A node's attempt failed.
    public static let nodeFailed = EventKind(rawValue: 13)
    /// A node was not run.
    public static let nodeSkipped = EventKind(rawValue: 14)
    /// An agent begins a message.
    public static let messageStarted = EventKind(rawValue: 15)
    /// A piece of a message: the hot row, its body the text alone.
    public static let token = EventKind(rawValue: 16)
    /// A message is whole.
    public static let messageCompleted = EventKind(rawValue: 17)
    /// A message ended early; its text so far stays.
    public static let messageInterrupted = EventKind(rawValue: 18)
    /// A finished answer failed its checks.
    public static let answerRejected = EventKind(rawValue: 19)
    /// The session is a copy of another up to an offset.
    public static let sessionForked = EventKind(rawValue: 20)
    /// An event's body was emptied.
    public static let eventErased = EventKind(rawValue: 21)
    /// All bodies of a session were emptied.
    public static let sessionErased = EventKind(rawValue: 22)
    /// Anything from an outside producer.
    public static let custom = EventKind(rawValue: 23)
    /// How the rest of a message can be had from its upstream after a crash.
    public static let messageResumable = EventKind(rawValue: 24)

    /// The names by number; the log's `kinds` table holds the same list.
    public static let names: [String] = [
        "", "session.opened", "session.closed", "message.received", "run.started", "run.resumed", "run.paused",
        "run.completed", "run.failed", "run.cancelled", "node.started", "node.updated", "node.completed",
        "node.failed", "node.skipped", "message.started", "token", "message.completed", "message.interrupted",
        "answer.rejected", "session.forked", "event.erased", "session.erased", "custom",
        "message.resumable",
    ]

    private static let numbers = [String: Int](
        uniqueKeysWithValues: names.enumerated().dropFirst().map { ($0.element, $0.offset) })

    /// The dotted name.
    public var name: String {
        Self.names.indices.contains(rawValue) && rawValue > 0 ? Self.names[rawValue] : "kind.\(rawValue)"
    }

    /// The kind of that dotted name, `kind.<number>` included; nil where there is none.
    public init?(name: String) {
        if let number = Self.numbers[name] {
            self.init(rawValue: number)
        } else if name.hasPrefix("kind."), let number = Int(name.dropFirst(5)), number > 0 {
            self.init(rawValue: number)
        } else {
            return nil
        }
    }

    /// The dotted name.
    public var description: String { name }

    /// True for the events that end a run.
    public var endsRun: Bool { self == .runCompleted || self == .runFailed || self == .runCancelled }

    /// What an outside producer may append.
    public var isAllowedFromOutside: Bool {
        switch self {
        case .messageReceived, .messageStarted, .messageCompleted, .messageInterrupted, .token, .nodeStarted,
            .nodeUpdated, .nodeCompleted, .nodeFailed, .nodeSkipped, .custom:
            true
        default: false
        }
    }
}
