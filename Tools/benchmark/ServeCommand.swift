import ArgumentParser
import BenchmarkReference
import Foundation

/// Measures delivery over HTTP: live streams, fan-out, idle and stalled subscribers, resumes, replay.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Measures delivery over HTTP on loopback: from a token's making to its frame in the client.")

    @OptionGroup var options: BenchmarkOptions<Part>

    @Option(
        parsing: .upToNextOption, help: "Numbers of live sessions, each with a subscriber, until one does not hold.")
    var sessions = [500, 1_000, 2_000, 3_000, 4_000, 5_000]

    @Option(help: "Tokens a second of each session.")
    var rate = 30

    @Option(help: "Seconds of each load, after a warm-up.")
    var seconds = 10

    @Option(help: "Subscribers of one live session.")
    var subscribers = 2_000

    @Option(help: "Subscribers that wait for a session in which nothing happens.")
    var idle = 15_000

    @Option(help: "Clients that resume at the same time.")
    var resumes = 2_000

    @Option(help: "Events of the session that one client reads from its beginning.")
    var replay = 1_000_000

    enum Part: String, CaseIterable, ExpressibleByArgument {
        case quiet, reference, plain, live, fanout, stalled, idle, resume, replay
    }

    func run() async throws {
        try await options.measure { part, scratch, report in
            switch part {
            case .quiet: try measureQuiet(scratch, &report)
            case .live: try measureLive(scratch, &report)
            case .reference: try measureReference(scratch, &report)
            case .plain: try measurePlain(scratch, &report)
            case .fanout: try measureFanOut(scratch, &report)
            case .stalled: try measureStalled(scratch, &report)
            case .idle: try measureIdle(scratch, &report)
            case .resume: try measureResumes(scratch, &report)
            case .replay: try await measureReplay(scratch, &report)
            }
        }
    }
}

/// The server under load, and what it uses.
final class Target {
    let port: UInt16
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    init(_ scratch: Scratch, _ arguments: [String] = []) throws {
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["serve-target", "--directory", scratch.next()] + arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        guard let number = UpstreamProcess.value(of: "listening", in: output.fileHandleForReading.fileDescriptor),
            let port = UInt16(exactly: number)
        else { throw BenchmarkError(description: "the server did not start") }
        self.port = port
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
    }

    /// User and system time so far.
    var cpuSeconds: Double {
        // The name in parentheses may hold spaces; the 12th and 13th fields after it are ticks of 10 ms.
        let fields = file("stat").split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    var residentBytes: Double {
        for line in file("status").split(separator: "\n") where line.hasPrefix("VmRSS:") {
            return (Double(line.split(separator: " ").dropFirst().first ?? "") ?? 0) * 1_024
        }
        return 0
    }

    private func file(_ name: String) -> String {
        (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/\(name)", encoding: .utf8)) ?? ""
    }
}

/// Connections to a target, and what arrived on them.
final class Load {
    private let latency = reference_histogram_make()
    private let firstFrame = reference_histogram_make()
    private let load: OpaquePointer
    private let count: Int64

    /// Connects with each of the requests, and sends them.
    init(_ port: UInt16, _ requests: [String], stalled: [String] = []) throws {
        var made: OpaquePointer?
        try Self.check(reference_load_open(port, latency, firstFrame, &made), "open")
        guard let made else { throw BenchmarkError(description: "no load") }
        load = made
        count = Int64(requests.count)
        for request in requests { try Self.check(reference_load_connect(load, request, false), "connect") }
        for request in stalled { try Self.check(reference_load_connect(load, request, true), "connect") }
        try Self.check(reference_load_start(load), "send")
    }

    deinit {
        reference_load_stop(load)
        reference_histogram_free(latency)
        reference_histogram_free(firstFrame)
    }

    var now: reference_load_figures { reference_load_now(load) }

    /// Warms up, then records latencies for a while.
    ///
    /// - Returns: how many frames came in that while.
    func measure(seconds: Int, _ begin: () -> Void = {}) -> Int64 {
        usleep(3_000_000)
        begin()
        let before = now.frames
        reference_load_measure(load, true)
        usleep(UInt32(seconds) * 1_000_000)
        reference_load_measure(load, false)
        return now.frames - before
    }

    /// Milliseconds from a token's making to its frame.
    func latency(_ share: Double) -> Double { Double(reference_histogram_percentile(latency, share)) / 1_000 }

    /// Milliseconds from a request to its first frame.
    func firstFrame(_ share: Double) -> Double { Double(reference_histogram_percentile(firstFrame, share)) / 1_000 }

    /// How many latencies were recorded.
    var recorded: Int64 { reference_histogram_count(latency) }

    /// How many stalled readers have an answer that has not ended.
    var stalledReaders: Int { Int(reference_load_stalled(load)) }

    var longest: Double { Double(reference_histogram_max(latency)) / 1_000 }

    /// Waits until something is so on all connections.
    func wait(_ what: String, seconds: Int = 120, _ isDone: (reference_load_figures, Int64) -> Bool) throws {
        let deadline = reference_now_us() + Int64(seconds) * 1_000_000
        while !isDone(now, count) {
            guard reference_now_us() < deadline else {
                throw BenchmarkError(description: "\(what) did not happen in \(seconds) s: \(now)")
            }
            usleep(1_000)
        }
        guard now.refused == 0 else { throw BenchmarkError(description: "\(now.refused) requests were refused") }
    }

    private static func check(_ code: Int32, _ what: String) throws {
        guard code == 0 else {
            throw BenchmarkError(description: "cannot \(what): \(String(cString: strerror(code)))")
        }
    }
}

/// The load generator for any server: what `Tools/peers/compare.py` measures all of them with.
struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "load", shouldDisplay: false)

    @Option var port: UInt16

    /// A JSON array of whole HTTP requests, each for a connection of its own.
    @Option var requests: String

    @Option var seconds = 10

    struct Result: Encodable {
        var tokens: Int64
        var allFrames: Int64
        var ended: Int64
        var p50Ms: Double
        var p99Ms: Double
        var longestMs: Double
    }

    func run() throws {
        let requests = try JSONDecoder().decode([String].self, from: Data(contentsOf: URL(fileURLWithPath: requests)))
        let load = try Load(port, requests)
        try load.wait("the first token of each", seconds: 60) { $0.with_frame == $1 }
        _ = load.measure(seconds: seconds)
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let result = Result(
            tokens: load.recorded, allFrames: load.now.frames, ended: load.now.ended, p50Ms: load.latency(0.5),
            p99Ms: load.latency(0.99),
            longestMs: load.longest)
        FileHandle.standardOutput.write(try encoder.encode(result) + Data("\n".utf8))
        // The connections stay open until whoever measures has looked at the server.
        _ = readLine()
    }
}
