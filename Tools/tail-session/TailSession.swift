import ArgumentParser
import Events
import Foundation
import PlayheadClient
import StandardStreams

/// The command line: `tail-session <session>`.
@main
struct TailSession: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail-session",
        abstract: "Print a session's events from the data directory or from a server.",
        discussion: """
            Without --follow it ends at the head: after the newest event there is when it starts. With --follow it goes \
            on through all later runs until the session closes.

            Text output is for people: tokens of one message are one growing line, and control characters are shown as \
            \\u{1B}. JSON output is one event a line. Raw output is the exact text of the assistants' messages; text that \
            a retry took the place of is left out, except what was printed live before the retry began (a notice says so).

            Exit codes: 0; 64 usage; 65 data that cannot be read, or an offset beyond the head; 66 no such session; 69 server \
            unreachable; 74 output that cannot be written; 76 broken order; 141 closed pipe.
            """)

    enum Edge: String, ExpressibleByArgument, CaseIterable { case beginning, end }
    enum Output: String, ExpressibleByArgument, CaseIterable { case text, json, raw }
    enum Color: String, ExpressibleByArgument, CaseIterable { case auto, always, never }

    @Argument(help: "The session's name.", transform: Self.session)
    var session: SessionID

    @Option(help: "The data directory of a server, running or not. (default: playhead-data)")
    var data: String?
    @Option(help: "The address of a server, instead of a directory: http://127.0.0.1:8080")
    var server: String?

    @Option(help: "Start at the beginning or the end. (default: beginning)")
    var from: Edge?
    @Option(help: "Start after this offset.", transform: Self.offset)
    var after: Offset?
    @Option(help: "Start at a time (RFC 3339) or an age: 90s, 15m, 2h, 1d.", transform: Self.since)
    var since: Since?
    @Option(
        name: [.customShort("n"), .long], help: "Start so many events before the head.", transform: Self.count)
    var last: Int64?

    @Flag(name: .shortAndLong, help: "Go on until the session closes.")
    var follow = false
    @Option(help: "End with this offset.", transform: Self.offset)
    var until: Offset?

    @Option(name: .shortAndLong, help: "text, json or raw.")
    var output = Output.text
    @Option(help: "Only events of this node. Repeatable.")
    var node: [String] = []
    @Option(help: "Only events of this kind, for instance token or run.completed. Repeatable.", transform: Self.kind)
    var kind: [EventKind] = []
    @Flag(name: [.customShort("t"), .long], help: "Print the time of each event.")
    var timestamps = false
    @Option(help: "auto: on a terminal. NO_COLOR wins over all.")
    var color = Color.auto
    @Flag(name: .shortAndLong, help: "No notices on standard error.")
    var quiet = false

    static func main() async {
        StandardOutput.prepare()
        do {
            try await run(CommandLine.arguments.dropFirst().map { $0 })
        } catch {
            let failure = TailError(error)
            if failure.code != .closedPipe { StandardError.write(failure.lines) }
            Foundation.exit(failure.code.rawValue)
        }
    }

    func validate() throws {
        let starts = [from != nil, after != nil, since != nil, last != nil]
        guard starts.filter({ $0 }).count <= 1 else {
            throw ValidationError("--from, --after, --since and --last exclude each other")
        }
        guard data == nil || server == nil else { throw ValidationError("--data and --server exclude each other") }
    }

    func run() async throws {
        if follow { StandardOutput.endWhenClosed() }
        if let server {
            var options = ClientOptions()
            if !quiet { options.onReconnect = { StandardError.notice($0.words) } }
            let client = try PlayheadClient(server: server, options: options)
            try await tail(ServerSource(client: client, session: session))
        } else {
            try await tail(try DirectorySource(directory: data ?? "playhead-data", session: session))
        }
    }

    private func tail(_ source: some Source) async throws {
        var tail = Tail(source, plan, needsSuperseded: output == .raw, makeRenderer: makeRenderer) { rendering in
            if !rendering.bytes.isEmpty { try StandardOutput.write(rendering.bytes) }
            if !quiet { for notice in rendering.notices { StandardError.notice(notice) } }
        }
        try await tail.run(now: Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)))
    }
}
