public import Events

/// The only write: all or nothing, to one session.
public struct Append: Sendable {
    /// Where to; a session that does not exist is made.
    public var session: SessionID
    /// What to record, in order.
    public var events: [NewEvent]
    /// The head that the session must have, 0 for "does not exist yet"; nil appends wherever the head is.
    public var expecting: Offset?
    /// Makes a retried append a no-op.
    public var producer: ProducerStamp?
    /// True where the `message.received` in it awaits a run, so that the session counts as in progress until the run ends.
    public var awaitsRun: Bool
    /// For the copy of a session: what it was made of.
    var copied: CopiedPart?
    /// True for the copy of a session, which may be larger than what comes from elsewhere.
    package var isFork: Bool { copied != nil }

    /// Makes an append.
    public init(
        to session: SessionID, _ events: [NewEvent], expecting: Offset? = nil, producer: ProducerStamp? = nil,
        awaitsRun: Bool = false
    ) {
        self.session = session
        self.events = events
        self.expecting = expecting
        self.producer = producer
        self.awaitsRun = awaitsRun
    }

    /// UTF-8 bytes of the bodies plus a fixed cost an event: what windows and queues count.
    public var cost: Int { events.reduce(0) { $0 + $1.body.utf8.count + 64 } }
}

/// The part of a session that a fork copies.
struct CopiedPart: Sendable {
    var session: SessionID
    /// The last offset of it.
    var end: Offset
    /// Events in it whose bodies were erased when it was read.
    var erased: Int64
}

/// Who appends from outside: an id, its incarnation, and its counter from 0, one a request.
public struct ProducerStamp: Sendable, Hashable {
    /// The producer's name for itself, unique in the session.
    public var id: String
    /// Its incarnation: a higher one shuts out those before it.
    public var epoch: Int64
    /// The number of the request in this epoch.
    public var sequence: Int64

    /// Makes a stamp.
    public init(id: String, epoch: Int64, sequence: Int64) {
        self.id = id
        self.epoch = epoch
        self.sequence = sequence
    }
}

/// The answer to an append: what it made durable.
public struct Appended: Sendable, Hashable {
    /// The offset of the first event.
    public var first: Offset
    /// The offset of the last event: the head right after the append.
    public var last: Offset
    /// True where a producer had appended this before and nothing was written now; the offsets are then those of its
    /// newest append.
    public var isDuplicate: Bool

    /// Makes an answer.
    public init(first: Offset, last: Offset, isDuplicate: Bool = false) {
        self.first = first
        self.last = last
        self.isDuplicate = isDuplicate
    }
}

/// Who is told how an append ended, exactly once, on the writer's thread: it must return at once.
public protocol AppendCompletion: Sendable {
    /// Set once an earlier append of the same producer failed: the log then refuses the later ones with the same error,
    /// so that a text never has a hole in its middle.
    var earlierFailure: EventLogError? { get }

    /// Names the producer, so that an append that is refused stops also those queued right behind it.
    var failureGroup: ObjectIdentifier? { get }

    /// Called after the append is durable, or failed.
    func appendEnded(_ append: Append, _ result: Result<Appended, EventLogError>)
}

extension AppendCompletion {
    /// None: each append stands for itself.
    public var earlierFailure: EventLogError? { nil }

    /// None: each append stands for itself.
    public var failureGroup: ObjectIdentifier? { nil }
}
