public import Events

/// What can go wrong with the log.
///
/// Codes are stable and appear in HTTP answers.
public struct EventLogError: Error, Sendable, CustomStringConvertible {
    /// A stable, `snake_case` code.
    public struct Code: Sendable, Hashable, RawRepresentable {
        /// The code as it appears in answers.
        public let rawValue: String

        /// Names a code.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The session's head is not the expected one; `head` holds the actual one.
        public static let headConflict = Code(rawValue: "head_conflict")
        /// No such session.
        public static let sessionNotFound = Code(rawValue: "session_not_found")
        /// The session was erased: only the proof that it existed is left.
        public static let sessionErased = Code(rawValue: "session_erased")
        /// The session was closed: it takes no more events.
        public static let sessionClosed = Code(rawValue: "session_closed")
        /// A read after an offset that the session does not have; `head` holds its head.
        public static let offsetBeyondHead = Code(rawValue: "offset_beyond_head")
        /// The producer's epoch is lower than one already seen.
        public static let producerFenced = Code(rawValue: "producer_fenced")
        /// A sequence number was left out; `expectedSequence` holds the next one.
        public static let sequenceGap = Code(rawValue: "sequence_gap")
        /// The append itself breaks a rule or a limit.
        public static let invalidAppend = Code(rawValue: "invalid_append")
        /// More waits to be written than `Limits.queuedBytes`.
        public static let overloaded = Code(rawValue: "log_overloaded")
        /// The log has as many sessions as it may have.
        public static let tooManySessions = Code(rawValue: "too_many_sessions")
        /// The part of a session that is to be copied is larger than `Limits.eventsPerFork` or `Limits.bytesPerFork`.
        public static let forkTooLarge = Code(rawValue: "fork_too_large")
        /// The disk or a quota is full.
        public static let storageFull = Code(rawValue: "storage_full")
        /// The file cannot be read or written.
        public static let storageFailed = Code(rawValue: "storage_failed")
        /// Another process writes this log.
        public static let alreadyOpen = Code(rawValue: "log_already_open")
        /// The log was shut down.
        public static let shutDown = Code(rawValue: "log_shut_down")
    }

    /// What kind of error it is.
    public var code: Code
    /// What happened.
    public var message: String
    /// What to do about it.
    public var hint: String?
    /// The actual head, for `headConflict` and `offsetBeyondHead`.
    public var head: Offset?
    /// The sequence number that the log waits for, for `sequenceGap`.
    public var expectedSequence: Int64?
    /// The error underneath.
    public var underlying: (any Error)?

    /// Makes an error.
    public init(
        _ code: Code, _ message: String, hint: String? = nil, head: Offset? = nil, expectedSequence: Int64? = nil,
        underlying: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.hint = hint
        self.head = head
        self.expectedSequence = expectedSequence
        self.underlying = underlying
    }

    /// The code and the message.
    public var description: String { "\(code.rawValue): \(message)" }
}

extension EventLogError {
    static func noSuchSession(_ session: SessionID) -> EventLogError {
        EventLogError(.sessionNotFound, "there is no session named \(session)", hint: "post a chat message to make it")
    }

    static func tooManySessions(_ limit: Int) -> EventLogError {
        EventLogError(
            .tooManySessions, "the log has \(limit) sessions, and no more are taken",
            hint: "use a session that exists, or start the server with a higher --max-sessions")
    }

    package static func erased(_ session: SessionID) -> EventLogError {
        EventLogError(
            .sessionErased, "session \(session) was erased",
            hint: "the session playhead.audit records who did it and why; playhead verify shows that it existed")
    }

    static func erasedMeanwhile(_ session: SessionID) -> EventLogError {
        EventLogError(
            .headConflict, "something was erased from session \(session) while it was copied",
            hint: "fork it once more: the copy is then without it")
    }

    package static func noSuchCause(_ cause: Offset, _ session: SessionID, head: Offset) -> EventLogError {
        EventLogError(
            .invalidAppend, "the cause \(cause) is not an event of session \(session)",
            hint: "a cause is an offset from 1 to the head, which is \(head)", head: head)
    }

    static func beyondHead(_ after: Offset, _ session: SessionID, head: Offset) -> EventLogError {
        EventLogError(
            .offsetBeyondHead, "offset \(after) is beyond the head of session \(session), which is \(head)",
            hint: "read after an offset from 0 to \(head); a log restored from an older backup has fewer events",
            head: head)
    }
}
