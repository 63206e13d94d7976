import EventLog
import Events
import Synchronization

/// Puts the texts of messages together from their tokens.
///
/// The subscribers of a session need a text at the same time, when its message is completed: they share one reading.
final class MessageTexts: Sendable {
    private struct Key: Hashable {
        var session: SessionID
        var message: Offset
        var end: Offset
    }

    private let log: any EventLog
    private let readings = Mutex<[Key: Task<String, any Error>]>([:])

    init(_ log: any EventLog) {
        self.log = log
    }

    /// The tokens that the message caused, in order, up to an offset.
    func text(of message: Offset, in session: SessionID, upTo end: Offset) async throws -> String {
        let key = Key(session: session, message: message, end: end)
        let reading = readings.withLock { readings in
            if let begun = readings[key] { return begun }
            let reading = Task {
                defer { self.readings.withLock { $0[key] = nil } }
                return try await self.read(key)
            }
            readings[key] = reading
            return reading
        }
        return try await reading.value
    }

    private func read(_ key: Key) async throws -> String {
        var text = ""
        try await log.read(key.session, after: key.message, upTo: key.end) { events in
            for event in events where event.kind == .token && event.cause == key.message { text += event.body ?? "" }
        }
        return text
    }
}
