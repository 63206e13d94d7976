import ArgumentParser
import Foundation
import PlayheadClient
import StandardStreams

struct Top: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a running server does, live.",
        discussion: """
            At a terminal it fills the screen until q or Control-C, and waits for a server that stops and comes back. Elsewhere, \
            and with -n, each look is plain text. The first comes after a second at the latest, so that rates are known. Exit \
            codes: 0; 64 usage, or not a server's address; 69 the server cannot be reached; 74 output.
            """)

    /// How long a server may take to answer before the screen says that it does not.
    private static let patience = Duration.seconds(4)

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
        guard count ?? 1 > 0 else { throw ValidationError("-n is a whole number from 1") }
    }

    func run() async throws {
        do {
            var options = ClientOptions()
            options.connectTimeout = Self.patience
            options.idleTimeout = Self.patience
            let observer = Observer(client: try PlayheadClient(server: server, options: options), server: server)
            // A server that is not there at first is a mistake; one that goes away later is waited for.
            let first = try await observer.look(after: nil)
            if count == nil, LiveScreen.isPossible {
                let code = try await live(observer, first)
                if code != 0 { throw ExitCode(code) }
            } else {
                try await plain(observer, first)
            }
        } catch let error as PlayheadClientError {
            report(error.message, error.hint)
            let isUsage = error.code == .invalidServer || error.status == 404
            throw ExitCode(isUsage ? 64 : 69)
        }
    }

    private var firstPause: Duration { .seconds(min(interval, 1)) }

    /// Prints looks one below the other.
    private func plain(_ observer: Observer, _ first: Look) async throws {
        var last = first
        var printed = 0
        var isKnown = false
        try await Task.sleep(for: firstPause)
        while true {
            do {
                let look = try await observer.look(after: last)
                try StandardOutput.write(
                    (printed > 0 ? "\n" : "") + observer.lines(look).joined(separator: "\n") + "\n")
                last = look
                printed += 1
                isKnown = false
                if let count, printed >= count { return }
            } catch let error as PlayheadClientError where count == nil {
                if !isKnown { notice("note: \(error.message); waiting for the server") }
                isKnown = true
            }
            try await Task.sleep(for: .seconds(interval))
        }
    }

    /// Fills the screen until a key or a signal.
    ///
    /// - Returns: the exit code.
    private func live(_ observer: Observer, _ first: Look) async throws -> Int32 {
        let screen = LiveScreen()
        let looking = Task {
            var last = first
            var since: Date?
            var pause = firstPause
            while !Task.isCancelled {
                try await Task.sleep(for: pause)
                pause = .seconds(interval)
                do {
                    last = try await observer.look(after: last)
                    since = nil
                    screen.show(observer.lines(last))
                } catch let error as PlayheadClientError {
                    since = since ?? Date()
                    // A server that comes back is seen soon, however seldom it is looked at.
                    pause = min(pause, .seconds(1))
                    screen.show(observer.lines(last, problem: error.message, since: since))
                }
            }
        }
        screen.show(observer.lines(first))
        // The task ends with the command.
        defer { looking.cancel() }
        return try await screen.run()
    }
}
