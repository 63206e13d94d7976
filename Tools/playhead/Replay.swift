import ArgumentParser
import Audit
import EventLog
import Events
import Foundation

struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Play a session again, with the pauses it was recorded with.",
        discussion: """
            At a terminal the space bar pauses it and goes on. The replay is recorded as an access, so no server may be \
            running; with one: curl -N 'http://127.0.0.1:8080/sessions/demo/events?replay=1&speed=2'
            """)

    @OptionGroup var options: DataOptions
    @OptionGroup var access: AccessOptions

    @Argument(help: "The session.", transform: sessionArgument)
    var session: SessionID

    @Option(help: "1 as recorded, 2 twice as fast, 0.5 half as fast, max without pauses.", transform: Self.speed)
    var speed = 1.0

    @Option(help: "The longest pause, in seconds.")
    var maxPause = 2.0

    @Option(help: "The first offset.")
    var from: Int64 = 1

    @Option(help: "The last offset.")
    var until: Int64?

    @Option(help: "Only this node. Repeatable.")
    var node: [String] = []

    @Option(name: .shortAndLong, help: "text or json.")
    var output = OutputForm.text

    func validate() throws {
        guard maxPause >= 0, maxPause <= 86_400 else { throw ValidationError("--max-pause is from 0 to 86400") }
        guard from >= 1, until ?? from >= from else {
            throw ValidationError("--from is an offset from 1, and --until one that is not before it")
        }
    }

    func run() async throws {
        try await reportingErrors {
            try await withDesk(options.data) { desk, log in
                guard let status = try await log.status(of: session) else { throw unknown }
                // What was erased has nothing to be played.
                _ = try await log.read(session, after: .beginning, limit: 1)
                for offset in [from, until ?? from] where offset > status.head.value {
                    throw EventLogError(
                        .offsetBeyondHead, "session \(session) has no offset \(offset)",
                        hint: "its head is \(status.head)")
                }
                try await desk.recordReplay(of: session, who: access.who, why: access.why)
            }
            try await play()
        }
    }

    private func play() async throws {
        let file = try LogFile(directory: options.data)
        let keyboard = Keyboard()
        defer { keyboard.restore() }
        var schedule = ReplaySchedule(speed: speed, longestPause: .seconds(maxPause))
        var printer = ReplayPrinter(form: output, nodes: Set(node))
        var cursor = Offset.beginning
        var position = Position.beginning
        while let page = try file.page(session, after: cursor, position: position), let last = page.events.last {
            for event in page.events {
                if let until, event.offset.value > until { return try printer.finish() }
                // What came before is looked at all the same: it says which node an event belongs to.
                let isShown = event.offset.value >= from && printer.isWanted(event)
                printer.note(event)
                guard isShown else { continue }
                await keyboard.wait(schedule.pause(before: event.at))
                try printer.show(event)
            }
            (cursor, position) = (last.offset, last.position)
        }
        try printer.finish()
    }

    private var unknown: AuditError {
        AuditError(.sessionNotFound, "there is no session named \(session)", hint: "check the name and --data")
    }

    private static func speed(_ text: String) throws -> Double {
        guard let speed = ReplaySchedule.speed(text) else {
            throw ValidationError("a speed is max or a number above 0")
        }
        return speed
    }
}
