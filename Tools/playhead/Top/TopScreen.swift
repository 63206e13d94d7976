import Foundation
import Events
import PlayheadClient

/// The text of a look: rates since the look before, and the newest sessions.
struct TopScreen {
    var server: String
    var look: Look
    /// Stands where otherwise an empty line does.
    var notice = ""

    private var samples: Samples { look.samples }

    func lines() -> [String] {
        var lines = [
            "\(server)   up \(uptime)   \(bytes("process_resident_memory_bytes")) resident   "
                + "CPU \(share("process_cpu_seconds_total"))",
            notice,
            "streams   \(whole("playhead_streams_open")) open   \(rate("playhead_stream_messages_sent_total")) messages/s   "
                + "\(rate("playhead_stream_resumes_total")) resumes/s",
            "runs      \(whole("playhead_runs_in_progress")) in progress   \(paused)"
                + "\(ended("completed")) completed   \(ended("failed")) failed   \(ended("cancelled")) cancelled   "
                + "\(whole("playhead_runs_resumed_total")) resumed",
            "tokens    \(rate("playhead_tokens_total"))/s   \(rate("playhead_characters_total")) characters/s   "
                + "first after \(quantiles("playhead_time_to_first_token_seconds"))",
            "log       commit \(quantiles("playhead_log_commit_duration_seconds"))   "
                + "\(whole("playhead_log_unsettled_events")) unsettled   \(bytes("playhead_log_wal_bytes")) WAL   "
                + "\(bytes("playhead_log_file_bytes")) file   writer \(share("playhead_log_writer_cpu_seconds_total"))",
            "",
            "session".padding(toLength: 40, withPad: " ", startingAt: 0) + "      head  state",
        ]
        for session in look.sessions {
            let name = session.session.name
            let shown =
                name.count > 40 ? name.prefix(39) + "…" : name.padding(toLength: 40, withPad: " ", startingAt: 0)[...]
            let head = "\(session.head)"
            lines.append(
                shown + String(repeating: " ", count: max(1, 10 - head.count)) + head + "  "
                    + (session.isInProgress ? "running" : session.isClosed ? "closed" : ""))
        }
        return lines
    }

    private var uptime: String {
        let seconds = Self.integer(max(0, Date().timeIntervalSince1970 - samples.sum("process_start_time_seconds")))
        return seconds < 3_600 ? "\(seconds / 60)m \(seconds % 60)s" : "\(seconds / 3_600)h \(seconds % 3_600 / 60)m"
    }

    private func ended(_ outcome: String) -> String {
        "\(Self.integer(samples.sum("playhead_run_duration_seconds_count", "outcome=\"\(outcome)\"")))"
    }

    /// The runs that wait for a user's answer, where the server says so.
    private var paused: String {
        samples.has("playhead_runs_paused") ? "\(whole("playhead_runs_paused")) paused   " : ""
    }

    private func whole(_ name: String) -> String { "\(Self.integer(samples.sum(name)))" }

    /// What answers may be any program, and say any number.
    private static func integer(_ value: Double) -> Int { Int(exactly: value.rounded(.towardZero)) ?? 0 }

    private func perSecond(_ name: String) -> Double? {
        guard let earlier = look.earlier, let seconds = look.seconds, seconds > 0 else { return nil }
        return max(0, samples.sum(name) - earlier.sum(name)) / seconds
    }

    private func rate(_ name: String) -> String {
        perSecond(name).map { String(format: $0 < 10 ? "%.1f" : "%.0f", $0) } ?? "-"
    }

    private func share(_ name: String) -> String {
        perSecond(name).map { String(format: "%.0f %%", $0 * 100) } ?? "-"
    }

    private func bytes(_ name: String) -> String {
        ByteCountFormatter.string(fromByteCount: Int64(Self.integer(samples.sum(name))), countStyle: .binary)
    }

    /// The median and the 99th percentile.
    private func quantiles(_ name: String) -> String {
        guard let median = samples.quantile(0.5, of: name, since: look.earlier),
            let high = samples.quantile(0.99, of: name, since: look.earlier)
        else { return "p50 -  p99 -" }
        return String(format: "p50 %.1f ms  p99 %.1f ms", median * 1_000, high * 1_000)
    }
}
