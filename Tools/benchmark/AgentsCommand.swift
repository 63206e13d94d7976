import ArgumentParser
import BenchmarkReference
import Foundation

/// Measures the way from a model's bytes to recorded events.
struct AgentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agents",
        abstract:
            "Measures model clients: parsers, CPU and latency from an upstream's byte to a recorded event, cancel.")

    @OptionGroup var options: BenchmarkOptions<Part>

    @Option(help: "Answers at the same time.")
    var answers = 20

    @Option(help: "Tokens of each answer that comes as fast as it can.")
    var tokens = 20_000

    @Option(help: "Tokens a second of each answer that comes at a pace.")
    var rate = 30

    @Option(help: "Seconds of the answers that come at a pace.")
    var seconds = 5

    enum Part: String, CaseIterable, ExpressibleByArgument {
        case parsers, cpu, latency, cancel
    }

    func run() async throws {
        let upstream = try UpstreamProcess()
        defer { upstream.end() }
        try await options.measure { part, scratch, report in
            switch part {
            case .parsers: try measureParsers(&report)
            case .cpu: try await measureCPU(upstream, scratch, &report)
            case .latency: try await measureLatency(upstream, scratch, &report)
            case .cancel: try await measureCancel(upstream, scratch, &report)
            }
        }
    }
}

/// The model's server of `benchmark agents`, a process of its own so that its work is not counted.
struct UpstreamCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "upstream", shouldDisplay: false)

    func run() throws {
        let code = reference_upstream_serve()
        throw BenchmarkError(description: "the upstream ended with error \(code)")
    }
}

/// That process, and what it says.
final class UpstreamProcess {
    let port: UInt16

    private let process = Process()
    private let output = Pipe()

    init() throws {
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["upstream"]
        process.standardOutput = output
        try process.run()
        guard let number = Self.value(of: "listening", in: output.fileHandleForReading.fileDescriptor),
            let port = UInt16(exactly: number)
        else { throw BenchmarkError(description: "the upstream did not start") }
        self.port = port
    }

    /// When the next connection was seen to be closed, in seconds of the monotonic clock.
    func nextClose() async throws -> Double {
        let file = output.fileHandleForReading.fileDescriptor
        let time = await withCheckedContinuation { (continuation: CheckedContinuation<Int?, Never>) in
            // A thread of its own: it waits for the other process.
            Thread.detachNewThread { continuation.resume(returning: Self.value(of: "closed", in: file)) }
        }
        guard let time else { throw BenchmarkError(description: "the upstream has ended") }
        return Double(time) / 1e9
    }

    func end() { process.terminate() }

    /// The number on the next line that begins with that word.
    static func value(of word: String, in file: Int32) -> Int? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(file, &byte, 1) == 1 {
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            let words = String(decoding: line, as: UTF8.self).split(separator: " ")
            if words.count == 2, words[0] == word { return Int(words[1]) }
            line = []
        }
        return nil
    }
}
