/// Every bound of running workflows, with its reason.
public enum Limits {
    /// Runs at the same time; beyond it a chat is refused with `too_many_runs`.
    public static let concurrentRuns = 10_000
    /// Messages of one session that wait behind its run.
    public static let queuedMessages = 16
    /// How often a run is resumed after restarts before it counts as poisoned.
    public static let resumesPerRun = 5
    /// How long a node may take where its definition says nothing else.
    public static let nodeTimeout = Duration.seconds(300)
    /// UTF-8 bytes of one answer.
    public static let bytesPerMessage = 1 << 20
    /// The first pause before a node is tried again; doubled each time.
    public static let firstBackoff = Duration.milliseconds(200)
    /// The longest pause before a node is tried again, and before the end of a run is recorded again.
    public static let longestBackoff = Duration.seconds(10)
}
