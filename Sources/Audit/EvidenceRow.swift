import Evidence

/// An event as a row or a line of an export has it, before anything is believed of it.
struct EvidenceRow: Sendable, Equatable {
    var offset: Int64
    var position: Int64
    var at: Int64
    var kind: Int64
    var version: Int64
    var cause: Int64?
    /// The bytes as stored; nil for NULL.
    var body: [UInt8]?

    /// The fields of its leaf as if it stood at another offset; nil where a number cannot be right.
    func fields(at offset: Int64) -> LeafFields? {
        LeafFields(offset: offset, at: at, kind: kind, version: version, cause: cause)
    }
}

/// What is known of a session beside its events.
struct SessionEvidence: Sendable {
    struct SealRow: Sendable, Equatable {
        var number: Int64
        var offset: Int64
        var chain: Hash256
        var fingerprints: [UInt8]
    }

    var name: String
    /// In the order of offsets.
    var seals: [SealRow] = []
    var salts = SessionSalts([])
    /// The leaves of erased events.
    var erased: [Int64: Hash256] = [:]
    /// Offsets whose erasure is recorded; nil where all of them are taken as recorded.
    var recordedErasures: Set<Int64>?
    /// How many events it had before they were deleted after their time; nil where they were not.
    var prunedHead: Int64?

    /// The last offset that a seal covers.
    var sealedHead: Int64 { seals.last?.offset ?? 0 }
}
