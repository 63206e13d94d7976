/// Every bound of the audit, with its reason.
package enum Limits {
    /// Events behind one that does not fit that are compared with it, to tell what happened.
    static let eventsCompared = 64
    /// Findings of one verification; more say nothing new.
    static let findings = 1_000
    /// Events of one export: what a file can have, and far from where numbers overflow.
    static let eventsPerExport: Int64 = 1 << 40
    /// How often the WAL is tried to be cut after an erasure.
    package static let truncationAttempts = 20
    /// Events after which no more sessions are deleted in the same commit.
    static let eventsPerPruning: Int64 = 50_000
    /// Sessions deleted in one commit.
    static let sessionsPerPruning = 500
    /// Bytes of an export that is read back: it is held in memory.
    static let bytesPerExport = 2 << 30
    /// Bytes of a file of checkpoints: some hundred thousand of them.
    static let bytesPerNote = 64 << 20
    /// Salts in one line of an export.
    static let saltsPerLine = 1 << 16
    /// How long the command that takes a checkpoint elsewhere may run, in seconds.
    static let commandSeconds = 5
    /// How long a statement waits for another process's lock, in milliseconds.
    static let busyTimeoutMs: Int32 = 1_000
}
