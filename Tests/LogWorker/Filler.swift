import EventLog
import Events
import Foundation

/// Appends until the disk is full, says the error's code and hint, frees some room and goes on; then says how many events
/// were acknowledged, how many are there after a new start, and what the check finds.
struct Filler {
    let directory: String
    let ballast: String

    func run() async throws {
        try Data(repeating: 1, count: 512 << 10).write(to: URL(fileURLWithPath: ballast))
        let log = try SQLiteEventLog(directory: directory, options: .busy)
        let body = String(repeating: "x", count: 4_000)
        var acknowledged = 0
        do {
            while true {
                try await log.append([token(body)], to: named("full"))
                acknowledged += 1
            }
        } catch let error as EventLogError {
            say(error.code.rawValue)
            say(error.hint ?? "no hint")
        }
        let head = try await log.read(named("full"), after: .beginning, limit: 1).status.head
        say("\(acknowledged) \(head)")
        unlink(ballast)
        try await log.append([token("after")], to: named("full"))
        log.shutDown()
        let again = try SQLiteEventLog(directory: directory, options: .busy)
        say("\(try await again.read(named("full"), after: .beginning, limit: 1).status.head)")
        again.shutDown()
        say("\(try LogCheck(directory: directory).findings)")
    }
}
