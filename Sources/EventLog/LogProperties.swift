import Evidence
import SQLite

/// The rows of `log_properties`.
struct LogProperties {
    /// Names the log.
    var incarnation: String
    /// Up to here the rows of `recent_events` were settled and deleted.
    var trimmed: CommitMark
    /// The tree of the seals.
    var tree: TreeFrontier
    /// True while every settled event is sealed.
    var isSealing: Bool

    init(_ connection: Connection) throws {
        var values: [String: String] = [:]
        let rows = try connection.prepare("SELECT name, value FROM log_properties")
        while try rows.step() { values[rows.text(0)] = rows.text(1) }
        guard let incarnation = values["incarnation"], UInt64(incarnation, radix: 16) != nil,
            let position = values["trimmed_position"].flatMap(Int64.init),
            let chain = values["trimmed_chain"].flatMap({ UInt64($0, radix: 16) }),
            // A log of an older schema has no tree yet.
            let tree = TreeFrontier(stored: values["tree"] ?? "0")
        else { throw EventLogError.damaged("the table log_properties lacks a row") }
        self.incarnation = incarnation
        self.tree = tree
        isSealing = values["sealing"] == "on"
        trimmed = CommitMark(position: position, chain: Chain(value: chain))
    }

    /// The incarnation as the mark file holds it.
    var incarnationNumber: UInt64 { UInt64(incarnation, radix: 16) ?? 0 }

    /// Records that the rows up to a mark are deleted; part of the transaction that deletes them.
    static func save(trimmed: CommitMark, _ connection: Connection) throws {
        try save("trimmed_position", String(trimmed.position), connection)
        try save("trimmed_chain", String(trimmed.chain.value, radix: 16), connection)
    }

    /// Records the tree; part of the transaction that adds seals to it.
    static func save(tree: TreeFrontier, _ connection: Connection) throws {
        try save("tree", tree.stored, connection)
    }

    /// Records whether every settled event is sealed.
    static func save(sealing: Bool, _ connection: Connection) throws {
        try save("sealing", sealing ? "on" : "off", connection)
    }

    /// Counts a commit that failed: what is written must differ from what is there, or SQLite would write nothing.
    static func countFailedCommit(_ connection: Connection) throws {
        try connection.execute(
            """
            INSERT INTO log_properties (name, value) VALUES ('failed_commits', '1')
            ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)
            """)
    }

    /// Gives the log another name: its clients must not take what they read before for a part of it.
    static func renew(_ connection: Connection) throws {
        try connection.execute(
            "UPDATE log_properties SET value = lower(hex(randomblob(8))) WHERE name = 'incarnation'")
    }

    private static func save(_ name: String, _ value: String, _ connection: Connection) throws {
        let row = try connection.prepare("UPDATE log_properties SET value = ?2 WHERE name = ?1")
        try row.bind(name, at: 1)
        try row.bind(value, at: 2)
        try row.run()
    }
}

extension TreeFrontier {
    /// `<size> <root of a whole subtree> …`, as `log_properties` has it.
    fileprivate var stored: String { ([String(size)] + peaks.map(\.hexadecimal)).joined(separator: " ") }

    fileprivate init?(stored: String) {
        let words = stored.split(separator: " ")
        guard let size = words.first.flatMap({ Int($0) }) else { return nil }
        let peaks = words.dropFirst().compactMap { Hash256(hexadecimal: $0) }
        self.init(size: size, peaks: peaks)
    }
}
