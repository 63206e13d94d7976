/// Every bound of running workflows, with its reason.
public enum Limits {
    /// Runs at the same time; a message beyond it is recorded and waits for its turn.
    public static let concurrentRuns = 2_000
    /// Sessions whose message waits for its turn; beyond it a chat is refused with `too_many_runs`.
    public static let waitingSessions = 10_000
    /// How long a run may take from its start, or from where it was resumed last.
    public static let runDuration = Duration.seconds(1800)
    /// Runs that a start resumes at the same time, so that their events share commits.
    static let resumesAtOnce = 64
    /// Messages of one session that wait behind its run; beyond it a message is refused with `queue_full`.
    public static let queuedMessages = 16
    /// How often a run is resumed after restarts before it counts as poisoned.
    public static let resumesPerRun = 5
    /// How often the start of a recorded message's run is tried, over some two minutes, before it fails with the reason.
    public static let startAttempts = 20
    /// UTF-8 bytes of what a node may ask.
    public static let bytesPerQuestion = 1 << 16
    /// Unicode scalars of an error's message that are recorded; the rest is cut.
    static let failureLength = 4_000
    /// UTF-8 bytes of one answer; a longer one fails with `message_too_long`.
    public static let bytesPerMessage = 1 << 20
    /// Tokens of one answer, as the upstream delivers them; a longer one fails with `message_too_long`.
    public static let tokensPerMessage = 100_000
    /// How soon a message is tried again that met another one being recorded; doubled each time.
    static let busyPause = Duration.milliseconds(1)
    /// The longest pause of a message that meets another one being recorded.
    static let longestBusyPause = Duration.milliseconds(100)
    /// The first pause before a node is tried again; doubled each time.
    public static let firstBackoff = Duration.milliseconds(200)
    /// The longest pause before a node is tried again, and before the end of a run is recorded again.
    public static let longestBackoff = Duration.seconds(10)
}
