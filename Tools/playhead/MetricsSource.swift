import EventLog
import Foundation
import Metrics
import PrometheusMetrics
import StreamServer
import Workflow

/// Shows the metrics: what was counted, and how the log and the process stand at the moment of asking.
struct MetricsSource: Sendable {
    let registry: PrometheusRegistry
    let log: SQLiteEventLog
    let runs: RunService
    let data: String

    /// The metrics in Prometheus' text format.
    func text() async throws -> String {
        let statistics = log.statistics
        set("playhead_log_unsettled_events", statistics.unsettled)
        set("playhead_log_wal_bytes", statistics.walPages * 4_096)
        set("playhead_log_queued_bytes", log.queuedBytes)
        let attributes = try? FileManager.default.attributesOfItem(atPath: data + "/log.db")
        set("playhead_log_file_bytes", (attributes?[.size] as? Int) ?? 0)
        let open = try await log.openRuns().flatMap(\.runs)
        let paused = open.count { $0.isPaused }
        set("playhead_runs_in_progress", open.count - paused)
        set("playhead_runs_paused", paused)
        set("playhead_sessions_waiting", runs.waitingRuns)
        let process = ProcessFigures.read()
        set("process_resident_memory_bytes", process.residentBytes)
        set("process_open_fds", process.openFiles)
        set("process_start_time_seconds", process.startSeconds)
        return registry.render()
            + counter("process_cpu_seconds_total", process.cpuSeconds)
            + counter("playhead_log_writer_cpu_seconds_total", statistics.writerSeconds)
    }

    private func set(_ name: String, _ value: some BinaryInteger) { set(name, Double(value)) }

    private func set(_ name: String, _ value: Double) {
        Meter(label: name, factory: registry).set(value)
    }

    /// A count that somebody else keeps.
    private func counter(_ name: String, _ value: Double) -> String {
        let help = ServerMetrics.definitions.first { $0.name == name }?.help ?? name
        return "# HELP \(name) \(help)\n# TYPE \(name) counter\n\(name) \(value)\n"
    }
}

/// What the kernel says of this process (proc(5)).
struct ProcessFigures {
    var residentBytes = 0
    var openFiles = 0
    var cpuSeconds = 0.0
    /// Since the Unix epoch.
    var startSeconds = 0.0

    static func read() -> ProcessFigures {
        var figures = ProcessFigures()
        figures.openFiles = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
        // After the name, which may hold anything, the fields begin with the third.
        guard let stat = text("/proc/self/stat"), let name = stat.lastIndex(of: ")") else { return figures }
        let fields = stat[stat.index(after: name)...].split(separator: " ")
        guard fields.count > 21 else { return figures }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        figures.cpuSeconds = ((Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)) / ticks
        figures.residentBytes = (Int(fields[21]) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
        let boot = text("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }?.dropFirst(6)
        figures.startSeconds = (boot.flatMap { Double($0) } ?? 0) + (Double(fields[19]) ?? 0) / ticks
        return figures
    }

    /// Files of `/proc` have no size: they are read to their end.
    private static func text(_ path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.readToEnd() else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}
