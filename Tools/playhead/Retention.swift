import ArgumentParser
import Audit
import EventLog
import Events
import Foundation
import Projections

struct Compact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Settle everything and write the log's file anew, without free pages; no server may be running.",
        discussion: "It needs room for another two copies of log.db.")

    @OptionGroup var options: DataOptions

    func run() async throws {
        try await reportingErrors {
            let before = Self.bytes(options.data)
            try await withDesk(options.data) { _, log in try await log.compact() }
            try print("log.db had \(before) bytes with its WAL, and has \(Self.bytes(options.data))")
        }
    }

    private static func bytes(_ data: String) -> Int {
        ["log.db", "log.db-wal"].reduce(0) { sum, name in
            var information = stat()
            return stat("\(data)/\(name)", &information) == 0 ? sum + Int(information.st_size) : sum
        }
    }
}

struct Prune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Delete whole sessions with nothing new for a long time, for good; no server may be running.",
        discussion: """
            Their events, attachments and projections go. What stays: their names, how many events they had, and their \
            seals, so that everything else still verifies; and who deleted them, when and why. Sessions in which a message \
            awaits its answer, or a run the user's, stay.
            """)

    @OptionGroup var options: DataOptions
    @OptionGroup var access: AccessOptions

    @Option(help: "How old the newest event must be: 90d, 12h, 30m or 45s.", transform: Self.age)
    var olderThan: Duration

    @Flag(help: "Only say what would be deleted.")
    var dryRun = false

    func run() async throws {
        try await reportingErrors {
            let now = Int64(Date().timeIntervalSince1970 * 1_000_000)
            let time = Timestamp(microseconds: now - olderThan.components.seconds * 1_000_000)
            let why = access.why ?? "nothing new since \(time)"
            var found: Pruning?
            try await withDesk(options.data) { desk, log in
                if dryRun {
                    found = try await desk.oldSessions(before: time)
                } else {
                    let projector = try Projector(log: log, dataDirectory: options.data)
                    found = try await desk.prune(
                        before: time, who: access.who, why: why, forget: { try await projector.forget($0) })
                }
            }
            // Printed once everything is done: where nobody can be told, the log is whole all the same.
            if let found { try show(found) }
        }
    }

    private func show(_ pruning: Pruning) throws {
        for session in dryRun ? pruning.pruned : [] {
            try print("\(session.session): \(session.head) events, the last \(session.lastAt)")
        }
        let verb = dryRun ? "would be deleted" : "deleted"
        try print(
            "\(pruning.pruned.count) sessions with \(pruning.events) events and \(pruning.attachments) attachments \(verb)"
        )
        for session in pruning.unfinished { try print("\(session.session) stays: it has an unfinished run") }
    }

    /// A thousand years.
    private static let longestAgeSeconds: Int64 = 1_000 * 366 * 86_400

    private static func age(_ text: String) throws -> Duration {
        let units: [Character: Int64] = ["d": 86_400, "h": 3_600, "m": 60, "s": 1]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()),
            (0...longestAgeSeconds / unit).contains(count)
        else { throw ValidationError("an age is a whole number of days, hours, minutes or seconds, like 90d") }
        return .seconds(count * unit)
    }
}
