public import Events
import Foundation
import SQLite

/// A log read by another process: read-only, while the server writes or when none runs.
///
/// It belongs to one thread. Each page is one short read transaction over both tables.
public final class LogFile {
    /// How far the unsettled events were looked through for a session's head, so that a follower looks at each only once.
    private struct Seen {
        var position: Int64 = 0
        var head: Int64 = 0
    }

    private let path: String
    private var connection: Connection
    private var queries: LogQueries
    private let notices: DirectoryNotices?
    private let identity: FileIdentity?
    private var dataVersion: Int64 = -1
    private var seen: [Int64: Seen] = [:]

    /// Opens `log.db` of a data directory.
    ///
    /// - Throws: `EventLogError` with `storageFailed` where there is none or it cannot be read.
    public init(directory: String) throws {
        path = try LogPath.existing(in: directory)
        connection = try Self.opened(path)
        identity = FileIdentity(path)
        queries = LogQueries(connection: connection)
        notices = DirectoryNotices(directory: directory)
    }

    /// Events after an offset, settled and unsettled, and the session's status; nil where there is no such session.
    ///
    /// - Parameter position: the position of the event at `after`, which spares a scan of what was read before.
    public func page(
        _ session: SessionID, after: Offset, position: Position = .beginning, limit: Int = Limits.eventsPerPage
    ) throws -> EventPage? {
        try reading {
            guard let row = try queries.session(session) else { return nil }
            if row.isPruned { throw EventLogError.erased(session) }
            let head = try head(of: row)
            var events = try queries.settledEvents(session, id: row.id, after: after.value, limit: limit)
            let last = events.last?.offset.value ?? after.value
            if events.count < limit, last >= row.settledHead, last < head {
                events += try queries.recentEvents(
                    session, id: row.id, after: last,
                    position: max(position, events.last?.position ?? .beginning).value, limit: limit - events.count)
            }
            var status = SessionStatus(
                head: Offset(head), isClosed: row.isClosed, openRuns: try queries.openRuns(of: row.id))
            status.isErased = row.isClosed ? try queries.isErased(row.id) : false
            return EventPage(events: events, status: status)
        }
    }

    /// The offset of the last event before an instant.
    public func offset(before time: Timestamp, in session: SessionID) throws -> Offset {
        try reading {
            guard let row = try queries.session(session) else { return .beginning }
            let recent = try connection.prepare(
                "SELECT coalesce(max(\"offset\"), 0) FROM recent_events WHERE session = ?1 AND at < ?2")
            recent.bind(row.id, at: 1)
            recent.bind(time.microseconds, at: 2)
            defer { recent.reset() }
            if try recent.step(), recent.integer(0) >= row.settledHead { return Offset(recent.integer(0)) }
            // Times never run backwards in a session.
            var range = 0..<row.settledHead
            while !range.isEmpty {
                let middle = range.lowerBound + (range.upperBound - range.lowerBound) / 2
                if try at(row.id, offset: middle + 1) < time.microseconds {
                    range = middle + 1..<range.upperBound
                } else {
                    range = range.lowerBound..<middle
                }
            }
            return Offset(range.lowerBound)
        }
    }

    /// Sleeps until the database changed, at most a few seconds.
    ///
    /// - Throws: `EventLogError` with `storageFailed` where the file was deleted, moved or replaced.
    public func waitForChange() throws {
        let deadline = Date(timeIntervalSinceNow: Limits.followWaitSeconds)
        var pause: Int32 = 0
        repeat {
            let isNoticed = wait(milliseconds: pause == 0 ? Limits.followPollMs : pause)
            let version = try reading { try connection.integer("PRAGMA data_version") }
            if version != dataVersion {
                dataVersion = version ?? -1
                return
            }
            guard FileIdentity(path) == identity else { throw EventLogError.moved(path) }
            // The notice comes when the WAL is written, the change when that is synced, so look again very soon.
            pause = isNoticed ? 1 : pause >= Limits.followPollMs ? 0 : pause * 2
        } while Date() < deadline
    }

    private func wait(milliseconds: Int32) -> Bool {
        if let notices { return notices.wait(milliseconds: milliseconds) }
        usleep(UInt32(min(milliseconds, Limits.followBlindPollMs)) * 1000)
        return false
    }

    private func at(_ id: Int64, offset: Int64) throws -> Int64 {
        let row = try connection.prepare("SELECT at FROM settled_events WHERE session = ?1 AND \"offset\" = ?2")
        row.bind(id, at: 1)
        row.bind(offset, at: 2)
        defer { row.reset() }
        return try row.step() ? row.integer(0) : 0
    }

    /// The head of a session, looking only at those unsettled events that were not looked at before.
    private func head(of row: SessionRow) throws -> Int64 {
        if seen.count >= Limits.followedSessions { seen = [:] }
        var known = seen[row.id] ?? Seen()
        let newest = try connection.integer("SELECT max(position) FROM recent_events") ?? 0
        if newest > known.position {
            let head = try connection.prepare(
                "SELECT max(\"offset\") FROM recent_events WHERE position > ?1 AND session = ?2")
            head.bind(known.position, at: 1)
            head.bind(row.id, at: 2)
            defer { head.reset() }
            if try head.step() { known.head = max(known.head, head.integer(0)) }
            known.position = newest
        }
        known.head = max(known.head, row.settledHead)
        seen[row.id] = known
        return known.head
    }

    /// Runs `body` in one read transaction; again where what it read was a snapshot and a writer has come.
    private func reading<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            while true {
                if connection.isOutdated { try reopen() }
                let result = Swift.Result { try connection.transaction(immediate: false, body) }
                if !connection.isOutdated { return try result.get() }
            }
        } catch let error as SQLiteError {
            throw EventLogError.storage(error, doing: "read")
        }
    }

    private func reopen() throws {
        // The places of other log files are other places.
        guard FileIdentity(path) == identity else { throw EventLogError.moved(path) }
        connection = try Self.opened(path)
        queries = LogQueries(connection: connection)
        dataVersion = -1
        seen = [:]
    }

    private static func opened(_ path: String) throws -> Connection {
        do {
            return try Connection.reading(path, busyTimeoutMs: Limits.busyTimeoutMs)
        } catch let error as SQLiteError {
            throw EventLogError.storage(error, doing: "open \(path)")
        }
    }
}
