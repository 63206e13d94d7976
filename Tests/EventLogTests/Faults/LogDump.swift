import Foundation
import SQLite

/// Every event of a log in the order of positions, each once, as one text: cheap to compare thousands of times.
struct LogDump {
    let count: Int
    private let text: [UInt8]

    init(_ connection: Connection) throws {
        let rows = try connection.prepare(
            """
            SELECT count(*), coalesce(group_concat(row, char(10)), '') FROM
                (SELECT position || '|' || s.name || '|' || "offset" || '|' || at || '|' || kind || '|' || v || '|'
                    || coalesce(cause, '') || '|' || coalesce(body, char(0)) AS row FROM
                    (SELECT * FROM recent_events AS r WHERE NOT EXISTS
                        (SELECT 1 FROM settled_events AS t WHERE t.session = r.session AND t."offset" = r."offset")
                    UNION ALL SELECT position, session, "offset", at, kind, v, cause, body FROM settled_events) AS e
                JOIN sessions AS s ON s.id = e.session ORDER BY position)
            """)
        defer { rows.reset() }
        count = try rows.step() ? Int(rows.integer(0)) : 0
        text = rows.bytes(1)
    }

    /// True where the other log goes on from this one: it has the same events, and maybe more.
    func isBeginning(of other: LogDump) -> Bool {
        guard count <= other.count, text.count <= other.text.count else { return false }
        let isSame = text.withUnsafeBytes { mine in
            other.text.withUnsafeBytes { theirs in
                guard let mine = mine.baseAddress, let theirs = theirs.baseAddress else { return true }
                return memcmp(mine, theirs, text.count) == 0
            }
        }
        let isWhole = text.count == other.text.count || text.isEmpty || other.text[text.count] == 0x0A
        return isSame && isWhole && (count < other.count || text.count == other.text.count)
    }
}
