import Events
import Metrics
public import PrometheusMetrics

/// The metrics of the server: every name, and what it is kept apart by.
///
/// A label never holds a session, a text or an address; nodes, models and workflows come from the configuration, and the
/// exporter bounds what comes from outside.
public enum ServerMetrics {
    /// The label of a name that cannot be read any more.
    static let unknown = "unknown"
    /// The label of what an outside producer appended, whatever it calls it.
    static let outside = "outside"

    static let openStreams = Meter(label: "playhead_streams_open")
    static let pacedStreams = Meter(label: "playhead_streams_paced_open")
    static let resumes = Counter(label: "playhead_stream_resumes_total")
    static let resumeDistance = Recorder(label: "playhead_stream_resume_distance_events")
    static let frames = Counter(label: "playhead_stream_messages_sent_total")
    static let bytes = Counter(label: "playhead_stream_sent_bytes_total")
    static let connectionsRefused = Counter(label: "playhead_connections_refused_total")
    static let runsResumed = Counter(label: "playhead_runs_resumed_total")

    /// Makes those whose labels are known, so that they are there with 0 before anything happens: the first increase of a
    /// counter that was not there is none to Prometheus.
    static func begin() {
        _ = (openStreams, pacedStreams, resumes, resumeDistance, frames, bytes, connectionsRefused, runsResumed)
        for outcome in ["finished", "cut"] { _ = streamsEnded(outcome) }
    }

    /// Makes the counters of the runs of a workflow.
    static func beginRuns(_ workflow: String) {
        for outcome in ["completed", "failed", "cancelled"] { _ = run(workflow, outcome: outcome) }
    }

    /// Makes the counters of the messages of a node and a model.
    static func beginMessages(_ dimensions: [(String, String)]) {
        for outcome in ["completed", "interrupted", "cancelled", "rejected"] {
            _ = messages(dimensions, outcome: outcome)
        }
    }

    static func streamsEnded(_ outcome: String) -> Counter {
        Counter(label: "playhead_streams_ended_total", dimensions: [("outcome", outcome)])
    }

    static func request(_ method: String, _ route: String, _ status: Int, _ duration: Duration) {
        Timer(
            label: "playhead_http_request_duration_seconds",
            dimensions: [("method", method), ("route", route), ("status", "\(status)")]
        ).record(duration: duration)
    }

    static func run(_ workflow: String, outcome: String) -> Timer {
        Timer(label: "playhead_run_duration_seconds", dimensions: [("workflow", workflow), ("outcome", outcome)])
    }

    static func node(_ node: String, outcome: String, seconds: Double) {
        Timer(label: "playhead_node_duration_seconds", dimensions: [("node", node), ("outcome", outcome)])
            .recordSeconds(max(0, seconds))
    }

    static func nodeRetries(_ node: String) -> Counter {
        Counter(label: "playhead_node_retries_total", dimensions: [("node", node)])
    }

    static func messages(_ dimensions: [(String, String)], outcome: String) -> Counter {
        Counter(label: "playhead_messages_total", dimensions: dimensions + [("outcome", outcome)])
    }

    static func tokens(_ dimensions: [(String, String)]) -> Counter {
        Counter(label: "playhead_tokens_total", dimensions: dimensions)
    }

    static func characters(_ dimensions: [(String, String)]) -> Counter {
        Counter(label: "playhead_characters_total", dimensions: dimensions)
    }

    static func tokenGap(_ dimensions: [(String, String)]) -> Timer {
        Timer(label: "playhead_inter_token_latency_seconds", dimensions: dimensions)
    }

    static func timeToFirstToken(_ dimensions: [(String, String)]) -> Timer {
        Timer(label: "playhead_time_to_first_token_seconds", dimensions: dimensions)
    }

    /// What the text format says about them, and about those of the log and of the process.
    public static let definitions: [MetricDefinition] = [
        MetricDefinition("playhead_streams_open", "Streams that are open: subscribers."),
        MetricDefinition("playhead_streams_paced_open", "Open streams whose text is paced."),
        MetricDefinition("playhead_streams_ended_total", "Streams that ended: finished, or cut before their end."),
        MetricDefinition("playhead_stream_resumes_total", "Streams that went on after a Last-Event-ID."),
        MetricDefinition(
            "playhead_stream_resume_distance_events", "Events between where a stream was resumed and the head.",
            buckets: MetricDefinition.countBuckets),
        MetricDefinition("playhead_stream_messages_sent_total", "Messages sent on streams: frames or events."),
        MetricDefinition("playhead_stream_sent_bytes_total", "Bytes sent on streams, before chunking."),
        MetricDefinition("playhead_connections_refused_total", "Connections beyond the limit, answered with 503."),
        MetricDefinition(
            "playhead_http_request_duration_seconds",
            "Time until the head of the answer, by method, route and status."),
        MetricDefinition("playhead_run_duration_seconds", "Duration of runs, by workflow and outcome."),
        MetricDefinition("playhead_runs_resumed_total", "Runs picked up after a restart; a reply is none."),
        MetricDefinition("playhead_runs_in_progress", "Messages whose run has not ended, queued ones included."),
        MetricDefinition("playhead_runs_paused", "Runs that wait for the reply to a question; not in progress."),
        MetricDefinition("playhead_sessions_waiting", "Sessions that wait in the fair line for a run: its length."),
        MetricDefinition("playhead_node_duration_seconds", "Duration of node attempts, by node and how they ended."),
        MetricDefinition("playhead_node_retries_total", "Attempts of a node that failed and were tried again."),
        MetricDefinition("playhead_messages_total", "Messages of agents, by how they ended."),
        MetricDefinition("playhead_tokens_total", "Tokens recorded, by node and model."),
        MetricDefinition("playhead_characters_total", "Characters (grapheme clusters) recorded, token by token."),
        MetricDefinition("playhead_inter_token_latency_seconds", "Time between two recorded tokens of a message."),
        MetricDefinition(
            "playhead_time_to_first_token_seconds", "Time from the start of a message to its first recorded token."),
        MetricDefinition("playhead_log_commit_duration_seconds", "Duration of a group commit, fsync included."),
        MetricDefinition(
            "playhead_log_batch_events", "Events of a group commit.", buckets: MetricDefinition.countBuckets),
        MetricDefinition("playhead_log_failed_commits_total", "Group commits that failed; their appends were refused."),
        MetricDefinition("playhead_log_unsettled_events", "Events that wait to be settled: the settling lag."),
        MetricDefinition("playhead_log_queued_bytes", "Bytes of appends that wait for the writer."),
        MetricDefinition("playhead_log_wal_bytes", "Bytes used in the write-ahead log."),
        MetricDefinition("playhead_log_file_bytes", "Size of the log's main file."),
        MetricDefinition("playhead_log_writer_cpu_seconds_total", "CPU time of the writer's thread."),
        MetricDefinition(
            "playhead_projector_lag_events", "Events that a read had to fold beyond the stored projection.",
            buckets: MetricDefinition.countBuckets),
        MetricDefinition("process_resident_memory_bytes", "Resident memory size in bytes."),
        MetricDefinition("process_open_fds", "Number of open file descriptors."),
        MetricDefinition("process_cpu_seconds_total", "Total user and system CPU time spent in seconds."),
        MetricDefinition("process_start_time_seconds", "Start time of the process since the Unix epoch in seconds."),
    ]
}
