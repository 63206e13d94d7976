/// Every bound of the log, with its reason.
public enum Limits {
    /// Events in one append.
    public static let eventsPerAppend = 1_000
    /// Events of a fork, the ends of what was in progress included: they are one commit, which others wait for.
    public static let eventsPerFork = 50_000
    /// Bytes of a fork, with a fixed cost an event.
    public static let bytesPerFork = 32 << 20
    /// Sessions in a log.
    public static let sessions = 10_000_000
    /// The offset beyond which no log has counted: a larger one was written by another program.
    static let largestOffset: Int64 = 1 << 60
    /// UTF-8 bytes of one body: far above any token, below what would hold up a commit.
    public static let bytesPerBody = 1 << 20
    /// Bytes waiting for the writer; an append beyond it is refused with `overloaded`.
    public static let queuedBytes = 64 << 20
    /// Bytes that one streaming producer may have unacknowledged before it waits.
    public static let bytesPerWindow = 64 << 10
    /// Events in one page of a read: so many that handing a page over takes little of its time.
    public static let eventsPerPage = 8_192
    /// Causes of its first event that a page brings along, at most, beside its own events and bytes.
    public static let causesPerPage = 8
    /// Newest events of a session that are made into one page for all who follow it.
    static let sharedEvents = 512
    /// UTF-8 bytes of one page; a page holds at least one event.
    public static let bytesPerPage = 1 << 20
    /// Sessions in one page of a list.
    public static let sessionsPerPage = 1_000
    /// Characters in the id of an outside producer.
    public static let producerIDLength = 128
    /// Events in one commit, beyond which those behind it wait for the next one.
    ///
    /// With twice as many 3 % more are appended a second, and an append waits twice as long behind a commit.
    public static let eventsPerCommit = 1_024
    /// Bytes in one commit, where it has more than one append.
    public static let bytesPerCommit = 1 << 20
    /// How long the appends of windows are gathered for the next commit, for each of the last one's: so there is no waiting
    /// below 10,000 a second.
    static let gatherPerAppend = 100e-6
    /// How long they are gathered at the most.
    static let gatherSeconds = 0.008
    /// Unsettled events in memory that start a settling pass.
    public static let unsettledEvents = 200_000
    /// Bytes of unsettled events in memory that start a settling pass.
    public static let unsettledBytes = 64 << 20
    /// Events settled between two commits, so that no append waits for more than a few milliseconds; twice as many as were
    /// appended where that is more.
    public static let eventsPerSettlingSlice = 1_000
    /// Bytes settled in one transaction, where it has more than one event.
    public static let bytesPerSettlingSlice = 1 << 20
    /// Events between two places up to which rows can be deleted with a known chain value.
    static let eventsPerBoundary = 1_000
    /// Pages of the WAL that start a checkpoint.
    public static let checkpointPages: Int32 = 4_000
    /// Pages of the WAL at which a checkpoint waits for readers, so that the WAL starts again.
    public static let restartPages: Int32 = 12_000
    /// How long such a checkpoint waits, in milliseconds.
    public static let restartWaitMs: Int32 = 20
    /// Pages of the WAL at which it waits for them longer, and appends with it, so that readers that come and go cannot keep
    /// the WAL growing.
    public static let patientRestartPages: Int32 = 14_000
    /// How long that is, in milliseconds.
    public static let patientRestartWaitMs: Int32 = 1_000
    /// Bytes of the WAL file: it grows no further while readers come and go, and is cut to it after one that stayed.
    public static let walBytes = 64 << 20
    /// Bytes of bodies that one inserting statement takes without a copy.
    static let bytesPerInsert = 64 << 10
    /// How long after a pass that failed the next one may begin, in milliseconds.
    public static let settlingRetryMs = 1_000
    /// How long a statement waits for another process's lock, in milliseconds.
    public static let busyTimeoutMs: Int32 = 1_000
    /// Pages that the writer's connection holds in memory, in KiB.
    static let cacheKiB = 8_192
    /// Connections for reading.
    public static let readers = 2
    /// Events of a session hashed for one seal, and events hashed for seals in one transaction, about.
    static let eventsPerSealing = 4_000
    /// Sessions looked at in one step of sealing what was recorded without seals.
    static let sessionsPerSealing: Int64 = 256
    /// How long between two evictions meanwhile, in milliseconds.
    static let evictionIntervalMs: Int64 = 1_000
    /// How long after a run's end it is sealed, where nothing else is to be done.
    static let sealDelaySeconds = 0.05
    /// How long after a run's end it is sealed at the latest, and how long between two heads of the tree, in milliseconds.
    static let sealIntervalMs = 1_000
    /// Sessions that one pruning takes; more are left to the next.
    package static let oldSessions = 1_000_000
    /// How long a try to cut the WAL after an erasure waits for readers, in milliseconds; appends wait as long.
    static let truncationWaitMs: Int32 = 250
    /// How often a backup copies the log again because an erasure took attachments away meanwhile.
    static let backupAttempts = 5
    /// How long to wait before a look whether an attachment is stored or erased at this instant.
    static let attachmentWait = Duration.milliseconds(5)
    /// The WAL's file.
    static let walName = "log.db-wal"
    /// Events from which on another thread makes the hashes.
    static let eventsPerHashingThread = 64
    /// Findings that a check names for each rule.
    static let findingsPerRule = 10
    /// Sessions whose heads a reader in another process remembers.
    static let followedSessions = 64
    /// The longest wait of a follower in another process, in seconds.
    static let followWaitSeconds = 5.0
    /// How often it looks where the system has no watch left, in milliseconds.
    static let followBlindPollMs: Int32 = 20
    /// How often a follower in another process looks at the file when no notice came, in milliseconds.
    public static let followPollMs: Int32 = 250
}
