import EventLog
import Events

/// Puts a message's text together from its tokens.
enum MessageText {
    /// Reads the tokens that the message caused, in order, up to an offset.
    static func read(
        _ log: any EventLog, _ session: SessionID, message: Offset, upTo end: Offset
    ) async throws -> String {
        var text = ""
        var cursor = message
        while cursor < end {
            let page = try await log.read(session, after: cursor)
            guard let last = page.events.last else { break }
            for event in page.events where event.kind == .token && event.cause == message && event.offset <= end {
                text += event.body ?? ""
            }
            cursor = last.offset
            // On an event loop, where many may read the same.
            await Task.yield()
        }
        return text
    }
}
