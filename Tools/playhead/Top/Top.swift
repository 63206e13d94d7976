import ArgumentParser
import Foundation
import PlayheadClient

struct Top: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what a running server does, live.")

    @Option(help: "The server's address.")
    var server = "http://127.0.0.1:8080"

    @Option(help: "Seconds between two looks.")
    var interval = 2.0

    @Option(name: .customShort("n"), help: "How many looks; without it, until interrupted.")
    var count: Int?

    func validate() throws {
        guard interval >= 0.1, interval <= 3_600 else {
            throw ValidationError("--interval is from 0.1 to 3600 seconds")
        }
    }

    func run() async throws {
        do {
            let client = try PlayheadClient(server: server)
            var earlier: (samples: Samples, at: ContinuousClock.Instant)?
            var looks = 0
            while true {
                let samples = Samples(try await client.metrics())
                let now = ContinuousClock.now
                let sessions = try await client.sessions(limit: 12).sessions
                show(
                    TopScreen(
                        server: server, samples: samples, earlier: earlier?.samples,
                        seconds: earlier.map { (now - $0.at) / .seconds(1) }
                    ).lines(sessions))
                earlier = (samples, now)
                looks += 1
                if let count, looks >= count { break }
                try await Task.sleep(for: .seconds(interval))
            }
        } catch let error as PlayheadClientError {
            report(error.message, error.hint)
            throw ExitCode(69)
        }
    }

    /// On a terminal every look takes the place of the one before.
    private func show(_ lines: [String]) {
        let clear = isatty(STDOUT_FILENO) == 1 ? "\u{1B}[H\u{1B}[2J" : ""
        FileHandle.standardOutput.write(Data((clear + lines.joined(separator: "\n") + "\n").utf8))
    }
}
