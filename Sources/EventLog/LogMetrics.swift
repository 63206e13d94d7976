import Metrics

/// What the writer measures; the names are in one place.
enum LogMetrics {
    static let commit = Timer(label: "playhead_log_commit_duration_seconds")
    static let batch = Recorder(label: "playhead_log_batch_events")
    static let failures = Counter(label: "playhead_log_failed_commits_total")
}
