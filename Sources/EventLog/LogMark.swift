package import SQLite

/// What log.mark says of the newest events, for whoever verifies a log: the only evidence of those not yet sealed.
///
/// Read it before the transaction that reads the log, since it is written after its commit.
package struct LogMark: Sendable {
    private let content: MarkFile.Content

    /// Reads the mark of a data directory.
    package init(directory: String) throws { content = try MarkFile.read(directory: directory) }

    /// What differs between the mark and the log, as a sentence; nil where nothing does, or no mark tells.
    package func difference(_ connection: Connection) throws -> String? {
        guard case .mark(let mark, let incarnation) = content else { return nil }
        let properties = try LogProperties(connection)
        guard incarnation == properties.incarnationNumber || mark.position == 0 else {
            return "log.mark was written for another log"
        }
        // What it names is settled, and so sealed.
        if mark.position < properties.trimmed.position { return nil }
        var newest = properties.trimmed
        let rows = try connection.prepare(
            "SELECT position, session, \"offset\", at, kind, v, cause, body FROM recent_events ORDER BY position")
        defer { rows.reset() }
        while newest.position < mark.position, try rows.step() {
            let event = StoredEvent(
                position: rows.integer(0), at: rows.integer(3), kind: Int32(truncatingIfNeeded: rows.integer(4)),
                version: Int32(truncatingIfNeeded: rows.integer(5)), cause: rows.integer(6), body: rows.optionalText(7))
            newest.position = event.position
            newest.chain.add(event, session: rows.integer(1), offset: rows.integer(2))
        }
        if newest == mark { return nil }
        if newest.position < mark.position {
            return "the log ends at position \(newest.position), and position \(mark.position) was recorded"
        }
        return "the events after position \(properties.trimmed.position), not all sealed yet, are not those recorded"
    }
}
