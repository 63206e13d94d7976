/// Every bound of the HTTP edge, with its reason.
enum Limits {
    /// Bytes of a request's body: a few screenshots; a larger one is refused with 413.
    static let requestBodyBytes = 16 << 20
    /// Parts of one message.
    static let partsPerMessage = 64
    /// UTF-8 bytes of a message's `text` parts together; they are kept inside the event.
    static let textBytesPerMessage = 512 << 10
    /// UTF-8 bytes of the tokens of one message from outside, the same as of an agent's answer.
    static let outsideMessageBytes = 1 << 20
    /// Messages from outside whose length is remembered; of the others it is read again.
    static let outsideMessages = 10_000
    /// UTF-8 bytes of a file's name.
    static let fileNameBytes = 255
    /// Bytes of one multipart part's header block.
    static let multipartHeaderBytes = 8 << 10
    /// Characters of a multipart boundary (RFC 2046, section 5.1.1).
    static let multipartBoundaryLength = 70
    /// Characters of an `Idempotency-Key`.
    static let idempotencyKeyLength = 255

    /// Characters of who and why in the record of accesses.
    static let whoLength = 1_000

    /// The longest pause of a replay where the request names none, in milliseconds, and the longest it may name.
    static let replayPauseMs = 2_000
    static let maximumReplayPauseMs = 600_000
    /// A pause of a replay that is not worth a message of its own.
    static let shortestPause = Duration.milliseconds(2)
    /// How much a replay to a slow reader catches up at once.
    static let replayLag = Duration.seconds(1)

    /// Starting events that one stream remembers; what is forgotten is read again from the log.
    static let lineageEntries = 64
    /// How far a custom event may be from the message, node or run that it belongs to.
    static let causeHops = 4
    /// Bytes of a connection's first receive buffer, which lives as long as its stream and holds a usual request; and how
    /// large the buffers of a long body become.
    static let firstReceiveBytes = 512
    static let receiveBytes = 64 << 10
    /// Bytes that the system takes of an answer beyond what a reader has room for.
    static let unsentBytes = 128 << 10
    /// Bytes that are gathered before they are written, however long the page: what a stalled reader holds, beside
    /// one page.
    static let streamWriteBytes = 64 << 10

    /// Events of a stream's first page, so that its first frames come soon; each next page is four times larger.
    static let firstPage = 32
    static let largestPage = 512

    /// Characters a second of paced text where the agent has no speed of its own: somebody who writes fast.
    static let naturalCharactersPerSecond = 27.5
    /// Characters a second that may be asked for.
    static let paceRates = 0.01...100_000.0
    /// How far behind the log naturally paced text may be: it goes faster where it would be more.
    static let paceLag = Duration.seconds(20)
    /// The shortest pause between two pieces of paced text.
    static let paceInterval = Duration.milliseconds(20)
    /// What may be made up for at once after paced text could not go.
    static let paceBurst = Duration.milliseconds(250)
    /// UTF-8 bytes of paced text that one stream holds back; the rest waits in the log.
    static let pacedTextBytes = 64 << 10
    /// Changes from one message to another, and pauses, that are held back with it.
    static let pacedStretches = 1_024
    /// Characters of a number that go together.
    static let pacedNumberCharacters = 40

    /// Events of a JSON page where the request names no limit.
    static let eventsPerPage = 500
    /// The most events a JSON page may be asked for.
    static let maximumEventsPerPage = 5_000
    /// Bytes of a JSON page, after which it ends early.
    static let bytesPerPage = 8 << 20
    /// Events that one JSON page looks at, however few match its filters.
    static let eventsScannedPerPage = 50_000
    /// Sessions in a list where the request names no limit.
    static let sessionsPerPage = 50
    /// The most sessions a list may be asked for.
    static let maximumSessionsPerPage = 500
    /// How often closing a session is tried against appends that come in between.
    static let closeAttempts = 16

    /// The pause after which an open event stream says that it is alive.
    static let heartbeatInterval = Duration.seconds(15)
    /// What a stream asks a client to wait before it reconnects.
    static let retryMs = 1_000
    /// How long a reader may take nothing before it is cut; the log keeps what it missed.
    static let stalledReader = Duration.seconds(60)
    /// How long a connection may be idle between requests or inside a request's body.
    static let idleConnection = Duration.seconds(75)
    /// Connections that are served at once; a process often has 20,000 files.
    static let connections = 16_384
    /// Connections beyond them that are told so at the same time; the next ones wait to be accepted.
    static let refusedConnections = 1_024
    /// How long one of those may take to ask, and to read what it is told.
    static let refusal = Duration.seconds(5)
    /// Connections that wait to be accepted.
    static let backlog = 1_024
    /// Bytes of a request's headers.
    static let headerBytes = 32 << 10
    /// Headers of a request.
    static let headers = 100

    /// Sessions whose runs in progress are remembered for the metrics.
    static let meteredSessions = 50_000
    /// Nodes, and messages, that are remembered of one of them.
    static let meteredParts = 256
}
