import EventLog
import Events
import Foundation

/// Starts and ends logs again and again: `<session> <first> <last> <body of the first>` for each acknowledged append.
struct Restarter {
    let directory: String
    let incarnation = monotonicMicroseconds()

    func run() async throws {
        say("begins")
        for number in 0... {
            let log = try SQLiteEventLog(directory: directory, options: .busy)
            for part in 0..<4 { try await append(to: log, "\(incarnation).0.\(4 * number + part)") }
            log.shutDown()
        }
    }

    /// Says the number of each copy before it is opened.
    func migrate(_ source: String) async throws {
        for number in 1... {
            let copy = "\(directory)/\(number)"
            try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: false)
            for name in ["log.db", "log.mark"] {
                try FileManager.default.copyItem(atPath: "\(source)/\(name)", toPath: "\(copy)/\(name)")
            }
            say("\(number)")
            let log = try SQLiteEventLog(directory: copy, options: .busy)
            try await append(to: log, "\(incarnation).0.\(number)")
            log.shutDown()
        }
    }

    private func append(to log: SQLiteEventLog, _ body: String) async throws {
        let answer = try await log.append([token(body), token(body + "b")], to: named("restart"))
        say("restart \(answer.first) \(answer.last) \(body)")
    }
}
