import Events
import Evidence
import SQLite
import Synchronization

/// Where a session's chain stands: at its newest seal.
struct SealedPoint: Sendable {
    var offset: Int64
    var chain: Hash256
    var salts: SessionSalts
}

/// Makes the seals, on the writer's thread; the hashes of many events are made on another one meanwhile.
///
/// Appending hashes nothing. A session is sealed as far as its events are settled, and soon after a run or the session
/// itself ends. So a settled event is always a sealed one, and what is not sealed yet is what log.mark is for.
final class Sealer {
    /// The tree with every seal that is committed.
    private(set) var tree: TreeFrontier
    private let connection: Connection
    private let queries: LogQueries
    private let head: TreeHeadBox
    private let insert: Statement
    /// Sessions in which something ended, and since when the first of them waits.
    private var waiting: [Int64: SessionEntry] = [:]
    private var waitingSince: Int64 = 0

    init(_ connection: Connection, _ queries: LogQueries, tree: TreeFrontier, head: TreeHeadBox) throws {
        self.connection = connection
        self.queries = queries
        self.tree = tree
        self.head = head
        insert = try connection.prepare(
            "INSERT INTO seals (number, session, \"offset\", chain, fingerprints) VALUES (?1, ?2, ?3, ?4, ?5)")
    }

    /// True where a session waits for its seal, or a seal for the head of the tree.
    var isBehind: Bool { !waiting.isEmpty || head.size != tree.size }

    /// True where a session waits for its seal.
    var hasWaiting: Bool { !waiting.isEmpty }

    /// True where that has lasted long enough.
    var isOverdue: Bool {
        isBehind && Clock.microseconds() - waitingSince > Int64(Limits.sealIntervalMs) * 1000
    }

    /// Notes that a run or a session ended.
    func ended(_ entries: [SessionEntry]) {
        if entries.isEmpty { return }
        if !isBehind { waitingSince = Clock.microseconds() }
        for entry in entries { waiting[entry.id] = entry }
    }

    /// Takes the sessions whose turn it is: as many as fit into one transaction, at least one.
    func takeWaiting() -> [(entry: SessionEntry, upTo: Int64)] {
        var taken: [(entry: SessionEntry, upTo: Int64)] = []
        var room = Limits.eventsPerSealing
        while room > 0, let entry = waiting.popFirst()?.value {
            let (head, count, isEvicted) = entry.withState { ($0.head, $0.recent.count, $0.isEvicted) }
            // What was let go of is settled, and so sealed, or the catching up comes to it.
            if isEvicted { continue }
            taken.append((entry, head))
            room -= max(1, count)
        }
        return taken
    }

    /// Begins to seal sessions up to an offset; inside the transaction that `store` and the commit end.
    ///
    /// - Parameters:
    ///   - catchesUp: also takes sessions with settled events that no seal covers, which are left alone otherwise.
    ///   - most: events of a session that one seal covers; the rest comes with the next transaction.
    func begin(
        _ requests: [(entry: SessionEntry, upTo: Int64)], catchesUp: Bool = false, most: Int = Limits.eventsPerSealing
    ) throws -> Sealing {
        let jobs = try requests.compactMap { try job($0.entry, upTo: $0.upTo, catchesUp: catchesUp, most: most) }
        let sealing = Sealing(jobs, tree: tree)
        sealing.start()
        return sealing
    }

    /// Waits for the hashes and writes the seals.
    func store(_ sealing: Sealing) throws {
        let jobs = try sealing.finish()
        guard !jobs.isEmpty else { return }
        var number = Int64(tree.size)
        for job in jobs {
            insert.bind(number, at: 1)
            insert.bind(job.entry.id, at: 2)
            insert.bind(job.point.offset, at: 3)
            try insert.bind(job.point.chain.bytes, at: 4)
            try insert.bind(job.fingerprints, at: 5)
            try insert.run()
            number += 1
        }
        try LogProperties.save(tree: sealing.tree, connection)
    }

    /// Takes over what was committed.
    func committed(_ sealing: Sealing) {
        if head.size == tree.size, waiting.isEmpty { waitingSince = Clock.microseconds() }
        tree = sealing.tree
        for job in sealing.jobs {
            job.entry.withState { $0.sealed = job.point }
            if job.isCut { waiting[job.entry.id] = job.entry }
        }
    }

    /// Makes the tree known, once a commit that waited for the disk has come after its seals: a checkpoint that somebody
    /// keeps must not name seals that a power cut could still lose.
    func publish() throws {
        guard head.size != tree.size else { return }
        try connection.execute("PRAGMA synchronous=FULL")
        try connection.transaction { try LogProperties.save(tree: tree, connection) }
        head.set(tree)
    }

    /// The newest seal of a session, from memory or as the table has it; with new salts where it has none.
    func point(_ entry: SessionEntry) throws -> SealedPoint {
        if let point = entry.withState({ $0.sealed }) { return point }
        let stretches = try queries.salts(of: entry.id)
        let salts = SessionSalts(stretches.isEmpty ? [.random(from: 1)] : stretches)
        if stretches.isEmpty { try Self.save(salts.stretches, of: entry.id, connection) }
        if let (offset, chain) = try queries.newestSeal(of: entry.id) {
            return SealedPoint(offset: offset, chain: chain, salts: salts)
        }
        return SealedPoint(offset: 0, chain: SessionChain(session: entry.session.name).value, salts: salts)
    }

    /// Writes the salts of a session in the place of those it had.
    static func save(_ stretches: [SessionSalts.Stretch], of id: Int64, _ connection: Connection) throws {
        let delete = try connection.prepare("DELETE FROM session_salts WHERE session = ?1")
        delete.bind(id, at: 1)
        try delete.run()
        for stretch in stretches {
            let row = try connection.prepare("INSERT INTO session_salts VALUES (?1, ?2, ?3, ?4)")
            row.bind(id, at: 1)
            row.bind(stretch.first, at: 2)
            row.bind(stretch.isDerived ? 1 : 0, at: 3)
            try row.bind(stretch.secret, at: 4)
            try row.run()
        }
    }

    private func job(_ entry: SessionEntry, upTo wanted: Int64, catchesUp: Bool, most: Int) throws -> Sealing.Job? {
        let point = try point(entry)
        guard point.offset < wanted else { return nil }
        let settledHead = entry.withState { $0.settledHead }
        guard catchesUp || point.offset >= settledHead else { return nil }
        let end = min(wanted, point.offset + Int64(most))
        var events: [StoredEvent] = []
        // Settled but not sealed: what was recorded while the audit was off.
        while point.offset + Int64(events.count) < min(settledHead, end) {
            let page = try queries.settledEvents(
                entry.session, id: entry.id, after: point.offset + Int64(events.count), limit: Limits.eventsPerPage)
            guard !page.isEmpty else { throw EventLogError.damaged("session \(entry.session) lacks a settled event") }
            events += page.prefix(Int(end - point.offset) - events.count).map(StoredEvent.init)
        }
        events += entry.withState { state in
            let start = Int(max(0, point.offset - state.settledHead))
            return Array(state.recent.dropFirst(start).prefix(Int(end - point.offset) - events.count))
        }
        let hasErased = events.contains { $0.body == nil }
        return Sealing.Job(
            entry: entry, point: point, events: events, isCut: end < wanted,
            erased: hasErased ? try queries.erasedLeaves(of: entry.id) : [:])
    }
}

/// The tree of the seals that are durable.
final class TreeHeadBox: Sendable {
    private let state = Mutex<TreeFrontier?>(nil)

    /// Nil before the first is known.
    var tree: TreeFrontier? { state.withLock { $0 } }
    var size: Int? { state.withLock { $0?.size } }

    func set(_ tree: TreeFrontier) { state.withLock { $0 = tree } }
}
