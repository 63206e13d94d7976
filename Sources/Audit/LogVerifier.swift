import EventLog
package import Events
package import Evidence
import Foundation
import SQLite

/// Verifies a log against its seals, its tree, its mark and checkpoints, and its attachments against their digests.
///
/// It reads in one transaction, so it may run while the server writes; what it finds is of one instant.
package final class LogVerifier {
    let log: LogEvidence
    var result = Verification()
    /// Which positions are taken, where all sessions are verified.
    private var positions = PositionSet()
    private var newestPosition: Int64 = 0
    /// The tree as the log that is open has it, where only one session is verified: its seals are then compared with it,
    /// and no other seal is read.
    var known: (nodes: SealTree, tree: TreeFrontier)?
    /// Whether the attachments are compared with their digests; false where somebody else has done so.
    package var comparesAttachments = true
    /// The attachments that the messages looked at name.
    var namings: Set<Naming> = []
    /// Events that pruned sessions had.
    private var prunedEvents: Int64 = 0

    /// Opens the log of a data directory.
    package init(directory: String) throws { log = try LogEvidence(directory: directory) }

    /// Verifies one session, or all and the log itself.
    ///
    /// - Parameter checkpoints: signed heads of the tree that must be a part of it, by what they are.
    /// - Throws: `AuditError` with `sessionNotFound`; `EventLogError` where the file cannot be read.
    package func verify(
        _ session: SessionID?, checkpoints: [(name: String, checkpoint: Checkpoint)] = []
    ) throws -> Verification {
        // Before the transaction: the mark is written after its commit, so what it names is then in what is read.
        let mark = try LogMark(directory: log.directory)
        var id: Int64?
        try log.connection.transaction(immediate: false) {
            newestPosition = max(
                try log.connection.integer("SELECT max(position) FROM recent_events") ?? 0,
                Int64(try log.property("trimmed_position") ?? "0") ?? 0)
            let erasures = try RecordedErasures(log)
            if let session {
                guard let found = try log.session(named: session.name) else {
                    throw AuditError(
                        .sessionNotFound, "there is no session named \(session)",
                        hint: "verify --all tells whether one is missing")
                }
                id = found
                try check(found, name: session.name, erasures, countsPositions: false)
                if let known { try checkSeals(of: session, known.nodes, known.tree, checkpoints) }
            } else {
                try checkSessions(erasures)
                try checkPositions()
            }
            try checkBothTables(session)
            // An open log has compared its mark, and sealed what it is asked for.
            if known == nil, let message = try mark.difference(log.connection) {
                add(.init(session: nil, offset: nil, change: .edited, message: message))
            }
            if known == nil { try checkTree(checkpoints) }
        }
        try checkAttachments(of: id)
        try log.connection.checkUnchanged()
        return result
    }

    func add(_ finding: Verification.Finding) {
        if result.findings.count < Limits.findings { result.findings.append(finding) }
    }

    // MARK: Sessions

    private func checkSessions(_ erasures: RecordedErasures) throws {
        var names: [Int64: String] = [:]
        let sessions = try log.connection.prepare("SELECT id, name FROM sessions")
        while try sessions.step() { names[sessions.integer(0)] = sessions.text(1) }
        var ids = Set(names.keys)
        // What names a session that is not in the table.
        for (table, column) in [("settled_events", "session"), ("seals", "session"), ("session_salts", "session")] {
            ids.formUnion(try distinct(column, table))
        }
        let recent = try log.connection.prepare("SELECT DISTINCT session FROM recent_events")
        while try recent.step() { ids.insert(recent.integer(0)) }
        for id in ids.sorted() {
            guard let name = names[id] else {
                add(
                    .init(
                        session: nil, offset: nil, change: .sessionMissing,
                        message: "events or seals name session number \(id), which is not in the table of sessions"))
                continue
            }
            try check(id, name: name, erasures, countsPositions: true)
        }
    }

    private func distinct(_ column: String, _ table: String) throws -> Set<Int64> {
        // One seek for each value, not a scan of the events.
        let next = try log.connection.prepare("SELECT min(\(column)) FROM \(table) WHERE \(column) > ?1")
        var found: Set<Int64> = []
        var last = Int64.min
        while true {
            next.bind(last, at: 1)
            defer { next.reset() }
            guard try next.step(), let value = next.optionalInteger(0) else { return found }
            found.insert(value)
            last = value
        }
    }

    private func check(
        _ id: Int64, name: String, _ erasures: RecordedErasures, countsPositions: Bool
    ) throws {
        var evidence = try log.evidence(id: id, name: name)
        if let head = evidence.prunedHead { return try checkPruned(id, head: head, evidence, erasures) }
        evidence.recordedErasures = erasures.whole.contains(name) ? nil : erasures.events[name] ?? []
        var check = SessionCheck(evidence)
        var finding: Verification.Finding?
        try log.forEachEvent(of: id) { row, body in
            result.events += 1
            finding = try check.take(row, body: body) { try log.row(of: id, at: $0) }
            if finding != nil { return false }
            if countsPositions, !positions.insert(row.position) || row.position > newestPosition {
                finding = .init(
                    session: name, offset: row.offset, change: .edited,
                    message: "its position \(row.position) is another event's, or was never given")
            }
            if finding == nil, comparesAttachments { note(row, body, of: id) }
            return finding == nil
        }
        finding = finding ?? check.end()
        result.sessions += 1
        result.erased += check.erased
        result.sealed += Int(min(check.head, evidence.sealedHead))
        if finding == nil { finding = try unsealed(id, evidence, head: check.head) }
        if let finding { add(finding) }
    }

    /// A session whose events were deleted after their time: nothing of them is left, and it is recorded.
    private func checkPruned(
        _ id: Int64, head: Int64, _ evidence: SessionEvidence, _ erasures: RecordedErasures
    ) throws {
        result.sessions += 1
        result.pruned += 1
        prunedEvents += head
        var finding: Verification.Finding?
        if !erasures.pruned.contains(evidence.name) {
            finding = .init(
                session: evidence.name, offset: nil, change: .sessionMissing,
                message: "its \(head) events were deleted, and no record says who did it and why")
        } else if evidence.sealedHead > head {
            finding = .init(
                session: evidence.name, offset: head + 1, change: .truncated,
                message: "events up to offset \(evidence.sealedHead) are sealed, and \(head) are said to be deleted")
        }
        try log.forEachEvent(of: id) { row, _ in
            finding = .init(
                session: evidence.name, offset: row.offset, change: .inserted,
                message: "the session's events were deleted, and this one is there")
            return false
        }
        if let finding { add(finding) }
    }

    /// A settled event that no seal covers: while the audit is on, the log makes none.
    private func unsealed(_ id: Int64, _ evidence: SessionEvidence, head: Int64) throws -> Verification.Finding? {
        guard head > evidence.sealedHead, try log.property("sealing") == "on" else { return nil }
        let settled = try log.connection.prepare("SELECT max(\"offset\") FROM settled_events WHERE session = ?1")
        settled.bind(id, at: 1)
        defer { settled.reset() }
        guard try settled.step(), settled.integer(0) > evidence.sealedHead else { return nil }
        return .init(
            session: evidence.name, offset: evidence.sealedHead + 1, change: .inserted,
            message: "it is settled, and no seal covers it")
    }

    // MARK: Places

    private func checkPositions() throws {
        guard result.findings.isEmpty, positions.count + prunedEvents != newestPosition else { return }
        // Which positions pruned sessions had is not known, only how many.
        let missing = prunedEvents == 0 ? "no event has position \(positions.firstMissing)" : "an event is missing"
        add(
            .init(
                session: nil, offset: nil, change: .removed,
                message: "\(missing): \(newestPosition) were recorded, \(positions.count) are there, and "
                    + "\(prunedEvents) were deleted after their time"))
    }

    /// An event that is in both tables is the same in both, and the append-ordered one has none that it let go of.
    private func checkBothTables(_ session: SessionID?) throws {
        let id = try session.flatMap { try log.session(named: $0.name) }
        let rows = try log.connection.prepare(
            """
            SELECT n.name, r."offset" FROM recent_events AS r
                JOIN settled_events AS s ON s.session = r.session AND s."offset" = r."offset"
                JOIN sessions AS n ON n.id = r.session
            WHERE (?1 IS NULL OR r.session = ?1) AND (r.position <> s.position OR r.at <> s.at OR r.kind <> s.kind
                OR r.v <> s.v OR r.cause IS NOT s.cause OR r.body IS NOT s.body)
            ORDER BY n.name, r."offset"
            """)
        rows.bind(id, at: 1)
        while try rows.step() {
            add(
                .init(
                    session: rows.text(0), offset: rows.integer(1), change: .inserted,
                    message: "recent_events has another event at this offset"))
        }
        let returned = try log.connection.integer(
            """
            SELECT min(position) FROM recent_events WHERE position <=
                (SELECT CAST(value AS INTEGER) FROM log_properties WHERE name = 'trimmed_position')
            """)
        if let position = returned {
            add(
                .init(
                    session: nil, offset: nil, change: .inserted,
                    message: "recent_events has position \(position), which was settled and deleted"))
        }
    }
}

/// The erasures that the system session records.
struct RecordedErasures {
    /// Single events, by session.
    private(set) var events: [String: Set<Int64>] = [:]
    /// Sessions that were erased as a whole.
    private(set) var whole: Set<String> = []
    /// Sessions whose events were deleted after their time.
    private(set) var pruned: Set<String> = []

    init(_ log: LogEvidence) throws {
        guard let id = try log.session(named: AccessRecord.session.name) else { return }
        try log.forEachEvent(of: id) { row, body in
            let kind = EventKind(rawValue: Int(truncatingIfNeeded: row.kind))
            guard kind == .eventErased || kind == .sessionErased, let body,
                let access = try? CanonicalJSON.decode(Access.self, from: String(decoding: body, as: UTF8.self))
            else { return true }
            if let offset = access.offset {
                events[access.session, default: []].insert(offset.value)
            } else if access.pruned == true {
                pruned.insert(access.session)
            } else {
                whole.insert(access.session)
            }
            return true
        }
    }
}
