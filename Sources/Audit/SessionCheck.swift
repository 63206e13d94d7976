import Evidence

/// Follows the chain of one session, event by event, to the first that does not fit.
struct SessionCheck {
    typealias Finding = Verification.Finding

    private let evidence: SessionEvidence
    private var salts: SessionSalts
    private var chain: SessionChain
    private var hasher = LeafHasher()
    private var sealIndex = 0
    /// The last offset that fits.
    private(set) var head: Int64 = 0
    private(set) var erased = 0
    private var lastPosition: Int64 = 0

    init(_ evidence: SessionEvidence) {
        self.evidence = evidence
        salts = evidence.salts
        chain = SessionChain(session: evidence.name)
    }

    /// Takes the next event.
    ///
    /// - Parameters:
    ///   - body: lent for the call, so that none is copied.
    ///   - row: gives the row that is now at an offset, to tell what happened to one that does not fit.
    /// - Returns: what does not fit; then nothing more is to be given.
    mutating func take(
        _ event: EvidenceRow, body: UnsafeRawBufferPointer?, row: (Int64) throws -> EvidenceRow?
    ) rethrows -> Finding? {
        let offset = head + 1
        guard event.offset == offset else {
            return event.offset > offset
                ? finding(.removed, offset, "the next event is at offset \(event.offset)")
                : finding(.inserted, event.offset, "the offset is there twice")
        }
        guard let leaf = leaf(event, body) else {
            if body == nil, evidence.erased[offset] != nil {
                return finding(.removed, offset, "it is erased, and no record says who did it and why")
            }
            return try mismatch(offset, row)
        }
        if let expected = fingerprint(offset), !leaf.withBytes({ $0.prefix(2).elementsEqual(expected) }) {
            return try mismatch(offset, row)
        }
        guard event.position > lastPosition else {
            return finding(.edited, offset, "its position \(event.position) does not follow \(lastPosition)")
        }
        chain.add(leaf)
        head = offset
        lastPosition = event.position
        return try checkSeal(row)
    }

    /// What does not fit at the end of the session.
    func end() -> Finding? {
        guard head < evidence.sealedHead else { return nil }
        if head == 0 {
            return finding(.sessionMissing, 1, "\(evidence.sealedHead) events are sealed, and none is there")
        }
        return finding(.truncated, head + 1, "events up to offset \(evidence.sealedHead) are sealed")
    }

    /// The leaf of an event: made anew, or the one that an erasure kept; nil where there can be none.
    private mutating func leaf(_ event: EvidenceRow, _ body: UnsafeRawBufferPointer?) -> Hash256? {
        if let kept = evidence.erased[event.offset] {
            guard body == nil, evidence.recordedErasures?.contains(event.offset) != false else { return nil }
            erased += 1
            return kept
        }
        // What is not sealed yet may have no salts yet.
        guard let fields = event.fields(at: event.offset) else { return nil }
        guard let salt = salts.salt(event.offset) else {
            return event.offset > evidence.sealedHead ? Hash256.of([]) : nil
        }
        return hasher.leaf(fields, body: body, salt: salt)
    }

    private func fingerprint(_ offset: Int64) -> ArraySlice<UInt8>? {
        guard sealIndex < evidence.seals.count else { return nil }
        let first = sealIndex == 0 ? 1 : evidence.seals[sealIndex - 1].offset + 1
        let start = Int(offset - first) * 2
        let bytes = evidence.seals[sealIndex].fingerprints
        return start >= 0 && start + 2 <= bytes.count ? bytes[start..<start + 2] : nil
    }

    private mutating func checkSeal(_ row: (Int64) throws -> EvidenceRow?) rethrows -> Finding? {
        guard sealIndex < evidence.seals.count, head == evidence.seals[sealIndex].offset else { return nil }
        let seal = evidence.seals[sealIndex]
        let first = sealIndex == 0 ? 1 : evidence.seals[sealIndex - 1].offset + 1
        sealIndex += 1
        if chain.seal() == seal.chain { return nil }
        return finding(.edited, first, "an event from here to offset \(head) is not what was sealed")
    }

    // MARK: What happened

    /// Tells what a change looks like, by the fingerprints of what was recorded around it.
    private mutating func mismatch(_ offset: Int64, _ row: (Int64) throws -> EvidenceRow?) rethrows -> Finding {
        var rows: [Int64: EvidenceRow] = [:]
        for near in offset...offset + Int64(Limits.eventsCompared) {
            guard let found = try row(near) else { break }
            rows[near] = found
        }
        if let other = rows.keys.sorted().first(where: {
            $0 > offset && fits(rows[$0], offset) && fits(rows[offset], $0)
        }) {
            return finding(.reordered, offset, "it has changed places with offset \(other)")
        }
        // Where rows behind it were numbered anew, they fit one place further or one place before.
        if let next = rows[offset + 1], fits(next, offset), rows[offset + 2].map({ fits($0, offset + 1) }) != false {
            return finding(.inserted, offset, "the event recorded here is now at offset \(offset + 1)")
        }
        if fits(rows[offset], offset + 1), rows[offset + 1].map({ fits($0, offset + 2) }) != false {
            return finding(.removed, offset, "the event now here was recorded at offset \(offset + 1)")
        }
        return finding(.edited, offset, "it is not what was recorded")
    }

    /// Whether an event fits what was recorded at an offset.
    private mutating func fits(_ event: EvidenceRow?, _ offset: Int64) -> Bool {
        guard let event, let fields = event.fields(at: offset), let salt = salts.salt(offset),
            let expected = fingerprintAnywhere(offset)
        else { return false }
        let leaf =
            event.body.map { body in body.withUnsafeBytes { hasher.leaf(fields, body: $0, salt: salt) } }
            ?? hasher.leaf(fields, body: nil, salt: salt)
        return leaf.withBytes { $0.prefix(2).elementsEqual(expected) }
    }

    private func fingerprintAnywhere(_ offset: Int64) -> ArraySlice<UInt8>? {
        guard let index = evidence.seals.firstIndex(where: { $0.offset >= offset }) else { return nil }
        let first = index == 0 ? 1 : evidence.seals[index - 1].offset + 1
        let start = Int(offset - first) * 2
        let bytes = evidence.seals[index].fingerprints
        return start >= 0 && start + 2 <= bytes.count ? bytes[start..<start + 2] : nil
    }

    private func finding(_ change: Verification.Change, _ offset: Int64, _ message: String) -> Finding {
        Finding(session: evidence.name, offset: offset, change: change, message: message)
    }
}
