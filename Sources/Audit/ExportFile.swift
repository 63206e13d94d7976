import EventLog
import Events
package import Evidence
import Foundation

/// An export that was read back, nothing of it believed yet.
package struct ExportFile: Sendable {
    private let header: ExportRecord.Header
    private let session: SessionID
    private let note: String
    private let proof: ExportRecord.Proof
    private var evidence: SessionEvidence
    private var events: [Event] = []
    private var attachments: [(digest: String, bytes: [UInt8])] = []
    /// The key that the file itself names.
    package let ownKey: String

    /// Reads a file.
    ///
    /// - Throws: `AuditError` with `fileFailed` or `invalidExport`.
    package init(path: String) throws {
        var information = stat()
        if stat(path, &information) == 0, Int(information.st_size) > Limits.bytesPerExport {
            throw Self.invalid("it has \(information.st_size) bytes, and \(Limits.bytesPerExport) are read at most")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw AuditError(.fileFailed, "cannot read \(path)", hint: "check the path and its permissions")
        }
        let lines = data.split(separator: 0x0A, omittingEmptySubsequences: true)
        var records: [ExportRecord] = []
        var events: [Event] = []
        for (index, line) in lines.enumerated() {
            do {
                let text = String(decoding: line, as: UTF8.self)
                if text.hasPrefix("{\"session\":") {
                    events.append(try Event(json: text))
                } else {
                    records.append(try CanonicalJSON.decode(ExportRecord.self, from: text))
                }
            } catch {
                throw Self.invalid("line \(index + 1) is neither an event nor a record of an export")
            }
        }
        guard let header = records.first?.export, header.version == 1, let session = SessionID(header.session),
            let key = records.compactMap(\.key).first, let note = records.compactMap(\.checkpoint).first,
            let proof = records.compactMap(\.proof).first
        else { throw Self.invalid("it has no header, key, checkpoint or proof") }
        guard records.last?.end?.lines == lines.count - 1 else { throw Self.invalid("its end is missing") }
        self.header = header
        self.session = session
        self.note = note
        self.proof = proof
        ownKey = key
        evidence = SessionEvidence(name: session.name)
        evidence.seals = try records.compactMap(\.seal).map { try Self.known($0.row) }
        evidence.salts = SessionSalts(try records.compactMap(\.salts).map { try Self.known($0.stretch) })
        for erased in records.compactMap(\.erased) {
            evidence.erased[erased.offset] = try Self.known(Hash256(hexadecimal: erased.leaf))
        }
        // JSON has one null: where nothing was erased it is the text `null`, which a token cannot have.
        self.events = events.map { event in
            var event = event
            let isText = event.kind != .token && evidence.erased[event.offset.value] == nil
            if event.body == nil, isText { event.body = "null" }
            return event
        }
        try check()
        attachments = try records.compactMap(\.attachment).map {
            ($0.sha256, try Self.known(Data(base64Encoded: $0.data).map { Array($0) }))
        }
    }

    /// Refuses numbers that no log has, before anything is computed with them.
    private func check() throws {
        let head = header.head
        guard (1...Limits.eventsPerExport).contains(head) else { throw Self.invalid("its head is \(head)") }
        let offsets = evidence.seals.map(\.offset)
        guard zip([0] + offsets, offsets + [head + 1]).allSatisfy({ $0 < $1 }) else {
            throw Self.invalid("its seals are not in the order of offsets up to \(head)")
        }
        guard evidence.erased.keys.allSatisfy({ (1...head).contains($0) }) else {
            throw Self.invalid("an event is erased beyond its head")
        }
        for salts in evidence.salts.stretches {
            let length = salts.secret.count
            guard (1...head).contains(salts.first), salts.isDerived ? length == 32 : length % 16 == 0 else {
                throw Self.invalid("its salts do not belong to offsets up to \(head)")
            }
        }
        for event in events {
            guard (1...head).contains(event.offset.value), (1...Int(Int32.max)).contains(event.kind.rawValue),
                (1...Int(Int32.max)).contains(event.version), event.position.value > 0,
                event.cause.map({ (1...head).contains($0.value) }) != false
            else { throw Self.invalid("an event has a number that no log has") }
        }
    }

    /// Verifies everything in the file with a public key, and nothing else.
    package func verify(with verifier: NoteVerifier) throws -> Verification {
        var result = Verification()
        result.sessions = 1
        result.seals = evidence.seals.count
        func add(_ offset: Int64?, _ change: Verification.Change, _ message: String) {
            result.findings.append(.init(session: session.name, offset: offset, change: change, message: message))
        }
        var check = SessionCheck(evidence)
        let rows = events.map(\.evidence)
        // Called for the first event that does not fit, and no other.
        let find = { (offset: Int64) in rows.first { $0.offset == offset } }
        for row in rows {
            result.events += 1
            let finding: Verification.Finding?
            if let body = row.body {
                finding = body.withUnsafeBytes { check.take(row, body: $0, row: find) }
            } else {
                finding = check.take(row, body: nil, row: find)
            }
            if let finding {
                result.findings.append(finding)
                break
            }
        }
        if result.isSound, let finding = check.end() { result.findings.append(finding) }
        (result.sealed, result.erased) = (Int(check.head), check.erased)
        guard let seal = evidence.seals.last, seal.offset == header.head, events.count == Int(header.head),
            events.allSatisfy({ $0.session == session })
        else {
            add(nil, .truncated, "the last seal, the events and the head do not agree")
            return result
        }
        do {
            let checkpoint = try Checkpoint(note: note, verifier: verifier)
            let leaf = Seal(session: session.name, offset: seal.offset, chain: seal.chain).treeLeaf
            let hashes = proof.hashes.compactMap { Hash256(hexadecimal: $0) }
            if checkpoint.size == proof.size, hashes.count == proof.hashes.count,
                MerkleTree.isIncluded(
                    leaf, at: proof.number, size: proof.size, root: checkpoint.root, proof: hashes)
            {
                result.checkpoints.append("checkpoint of \(checkpoint.origin)")
            } else {
                add(nil, .rewritten, "the last seal is not in the tree of the checkpoint")
            }
        } catch let error as EvidenceError {
            add(nil, .rewritten, error.message)
        }
        for (digest, bytes) in attachments where AttachmentStore.digest(bytes) != digest {
            add(nil, .edited, "the attachment \(digest) has other bytes")
        }
        let digests = Set(attachments.map(\.digest))
        for event in events {
            for digest in event.attachments where !digests.contains(digest) {
                add(event.offset.value, .removed, "the attachment \(digest) is not in the file")
            }
        }
        for digest in digests.subtracting(events.flatMap(\.attachments)).sorted() {
            add(nil, .inserted, "the attachment \(digest) is named by no message")
        }
        result.attachments = digests.count
        return result
    }

    /// Records the session in another log as this one had it, with its attachments.
    ///
    /// - Throws: `EventLogError` with `headConflict` where the session exists there, also an erased one; then nothing of
    ///   it is stored.
    package func restore(to desk: AuditDesk, who: String) async throws {
        try await refuseExisting(desk)
        // In one commit with the session: an erasure without its record would look like a change of the log.
        var records = [try AccessRecord.event(.imported, Access(session: session, who: who))]
        for offset in evidence.erased.keys.sorted() {
            let access = Access(session: session, offset: Offset(offset), who: who, why: "erased before the import")
            records.append(try AccessRecord.event(.eventErased, access))
        }
        let restored = RestoredSession(
            session: session, events: events, salts: evidence.salts.stretches + [.random(from: header.head + 1)],
            sealedOffsets: evidence.seals.map { Offset($0.offset) }, erasedLeaves: evidence.erased)
        let bytes = Dictionary(attachments.map { ($0.digest, $0.bytes) }) { first, _ in first }
        let store = desk.attachments
        let missing = try bytes.keys.filter { try store.condition(of: $0) != .whole }
        do {
            try await store.storing(bytes) {
                try await desk.log.restore(restored, with: Append(to: AccessRecord.session, records))
            }
        } catch {
            // Nobody else writes here, so no message names what was stored just now.
            for digest in missing { try store.erase(digest) }
            throw error
        }
    }

    private func refuseExisting(_ desk: AuditDesk) async throws {
        guard let status = try await desk.log.status(of: session) else { return }
        let isErased = desk.log.isErased(session)
        throw EventLogError(
            .headConflict, "session \(session) \(isErased ? "was erased or pruned here" : "exists already")",
            hint: isErased ? "it is not brought back; use another log" : "use another log; erasing does not help",
            head: status.head)
    }

    /// The session's name.
    package var name: String { session.name }

    private static func known<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw invalid("a hash, secret or attachment is malformed") }
        return value
    }

    private static func invalid(_ what: String) -> AuditError {
        AuditError(.invalidExport, "this is no export of a session: \(what)", hint: "export it anew")
    }
}

extension Event {
    /// As the verifier looks at it.
    var evidence: EvidenceRow {
        EvidenceRow(
            offset: offset.value, position: position.value, at: at.microseconds, kind: Int64(kind.rawValue),
            version: Int64(version), cause: cause?.value, body: body.map { Array($0.utf8) })
    }
}
