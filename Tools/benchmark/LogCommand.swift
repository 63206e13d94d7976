import ArgumentParser
import EventLog
import Events
import Foundation

/// Measures the event log.
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Measures the event log: appends, latency, reads, fan-out, memory and start.")

    @OptionGroup var options: BenchmarkOptions<Part>

    @Option(help: "Events appended for each number of sessions.")
    var events = 400_000

    @Option(help: "Events that each session already holds when the appends begin.")
    var prefill = 300

    @Option(parsing: .upToNextOption, help: "Numbers of interleaved sessions.")
    var sessions = [1, 100, 1_000, 5_000]

    @Option(help: "Events in the large file.")
    var large = 4_000_000

    @Option(help: "Seconds of the live load.")
    var seconds = 10

    @Option(help: "Whether the log is sealed while it is measured; the part audit measures both.")
    var audit = Audit.on

    enum Part: String, CaseIterable, ExpressibleByArgument {
        case append, audit, latency, live, scan, offsets, growth, start, fanout, memory
    }

    enum Audit: String, CaseIterable, ExpressibleByArgument {
        case on, off
    }

    /// Opens a log as the options say.
    func open(_ path: String, audit: Audit? = nil) throws -> SQLiteEventLog {
        var options = SQLiteEventLog.Options()
        options.audit = (audit ?? self.audit) == .on
        return try SQLiteEventLog(directory: path, options: options)
    }

    func run() async throws {
        try await options.measure { part, scratch, report in
            switch part {
            case .append: try await measureAppends(scratch, &report)
            case .audit: try await measureAudit(scratch, &report)
            case .latency: try await measureLatency(scratch, &report)
            case .live: try await measureLive(scratch, &report)
            case .scan: try await measureScan(scratch, &report)
            case .offsets: try await measureOffsets(scratch, &report)
            case .growth: try await measureGrowth(scratch, &report)
            case .start: try await measureStart(scratch, &report)
            case .fanout: try await measureFanOut(scratch, &report)
            case .memory: try await measureMemory(scratch, &report)
            }
        }
    }
}

/// Scratch directories for logs, removed at the end.
final class Scratch {
    let path: String
    private var count = 0

    init(in directory: String) throws {
        path = directory + "/playhead-benchmark-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { remove(path) }

    /// A directory that does not exist yet.
    func next() -> String {
        count += 1
        return path + "/\(count)"
    }

    func remove(_ path: String) {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            FileHandle.standardError.write(Data("benchmark: cannot remove \(path): \(error)\n".utf8))
        }
    }
}

/// A session of a benchmark; the names are valid.
func session(_ number: Int) -> SessionID {
    guard let session = SessionID("s\(number)") else { preconditionFailure("s\(number) is a name") }
    return session
}

/// What tokens belong to: the first event of a session.
let opening = NewEvent(kind: .messageStarted, cause: .none, body: "{}")

/// Tokens of five bytes, not always the same.
func token(_ number: Int) -> NewEvent {
    var rest = number
    let letters = (0..<5).map { _ -> UInt8 in
        defer { rest /= 26 }
        return UInt8(ascii: "a") + UInt8(rest % 26)
    }
    return NewEvent.token(String(decoding: letters, as: UTF8.self), of: Offset(1))
}
