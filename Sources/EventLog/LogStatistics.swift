import Synchronization

/// How the log does, for metrics.
public struct LogStatistics: Sendable, Hashable {
    /// Commits since the start.
    public var commits = 0
    /// Events recorded since the start.
    public var events = 0
    /// CPU time of the writer's thread since the start, in seconds.
    public var writerSeconds = 0.0
    /// Events in memory that are not yet settled.
    public var unsettled = 0
    /// Pages in the write-ahead log, of 4,096 bytes each.
    public var walPages = 0

    /// Nothing yet.
    public init() {}
}

/// The figures that the writer keeps and others read.
final class StatisticsBox: Sendable {
    private let state = Mutex(LogStatistics())

    var current: LogStatistics { state.withLock { $0 } }

    func noteCommit(events: Int) {
        state.withLock {
            $0.commits += 1
            $0.events += events
        }
    }

    func note(unsettled: Int, walPages: Int, writerSeconds: Double) {
        state.withLock {
            $0.writerSeconds = writerSeconds
            $0.unsettled = unsettled
            $0.walPages = walPages
        }
    }
}
