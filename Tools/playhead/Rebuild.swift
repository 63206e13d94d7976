import ArgumentParser
import EventLog
import Projections

struct Rebuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Throw the stored projections away and fold the log anew; no server may be running.")

    @OptionGroup var options: DataOptions

    func run() async throws {
        try await reportingErrors {
            _ = try LogPath.existing(in: options.data)
            let log = try SQLiteEventLog(directory: options.data)
            defer { log.shutDown() }
            let sessions = try await Projector(
                log: log, dataDirectory: options.data, incarnation: log.incarnation
            ).rebuild()
            try print("rebuilt \(sessions) sessions")
        }
    }
}
