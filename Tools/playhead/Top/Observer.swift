import Foundation
import PlayheadClient

/// One look at a server: its metrics and its newest sessions.
struct Look: Sendable {
    var samples: Samples
    var sessions: [ListedSession]
    var at: ContinuousClock.Instant
    /// The metrics of the look before, and how many seconds ago; nil at first, and where the server was started anew.
    var earlier: Samples?
    var seconds: Double?
}

/// Looks at a server.
struct Observer: Sendable {
    private static let sessions = 12

    let client: PlayheadClient
    let server: String

    /// Looks once.
    ///
    /// - Throws: `PlayheadClientError` where no Playhead server answers.
    func look(after last: Look?) async throws -> Look {
        let samples = Samples(try await client.metrics())
        guard samples.has("playhead_streams_open") else {
            throw PlayheadClientError(
                .unexpectedAnswer, "what answers at \(server) is no Playhead server",
                hint: "name its address with --server")
        }
        let now = ContinuousClock.now
        var look = Look(
            samples: samples, sessions: try await client.sessions(limit: Self.sessions).sessions, at: now)
        // A server that was started anew counts from zero.
        let began = "process_start_time_seconds"
        if let last, last.samples.sum(began) == samples.sum(began) {
            look.earlier = last.samples
            look.seconds = (now - last.at) / .seconds(1)
        }
        return look
    }

    /// What is shown of a look.
    ///
    /// - Parameters:
    ///   - problem: why there is no newer one.
    ///   - since: when the server stopped to answer.
    func lines(_ look: Look, problem: String? = nil, since: Date? = nil) -> [String] {
        var screen = TopScreen(server: server, look: look)
        if let problem {
            let seconds = since.map { Int(max(0, Date().timeIntervalSince($0))) } ?? 0
            screen.notice = "NO ANSWER for \(seconds) s, trying again: \(problem)"
        }
        return screen.lines()
    }
}
