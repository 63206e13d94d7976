// An export of a session: one file, `session.playhead`, of JSON lines that prove themselves with nothing but a public key.
//
//   {"export":{"head":17,"session":"demo","version":1}}
//   {"key":"…"}                                      the verifier key; trust the one you have, not this one
//   {"checkpoint":"…"}                               the signed head of the tree
//   {"proof":{"hashes":["…"],"number":8,"size":9}}   that the last seal is in that tree (RFC 9162, section 2.1.3.1)
//   {"seal":{"chain":"…","fingerprints":"…","number":3,"offset":9}}    every seal, the last of them at the head
//   {"erased":{"leaf":"…","offset":5}}               where the body of an event was erased
//   {"salts":{"derived":false,"first":1,"secret":"…"}}                 16 bytes an event, as many lines as are needed
//   {"session":"demo","offset":1,…}                  the events in their JSON form, `position` as the log had it
//   {"attachment":{"data":"<base64>","sha256":"…"}}
//   {"end":{"lines":31}}                             the lines before this one
//
// Hashes and secrets are hexadecimal. Sources/Evidence says how leaves, chain and tree are made of it.

import Events
import Evidence

/// A line of an export that is not an event.
struct ExportRecord: Codable, Equatable {
    struct Header: Codable, Equatable {
        var session: String
        var head: Int64
        var version: Int
    }

    struct Proof: Codable, Equatable {
        var number: Int
        var size: Int
        var hashes: [String]
    }

    struct SealLine: Codable, Equatable {
        var number: Int64
        var offset: Int64
        var chain: String
        var fingerprints: String
    }

    struct Salts: Codable, Equatable {
        var first: Int64
        var derived: Bool
        var secret: String
    }

    struct Erased: Codable, Equatable {
        var offset: Int64
        var leaf: String
    }

    struct Attachment: Codable, Equatable {
        var sha256: String
        var data: String
    }

    struct End: Codable, Equatable {
        var lines: Int
    }

    var export: Header?
    var key: String?
    var checkpoint: String?
    var proof: Proof?
    var seal: SealLine?
    var salts: Salts?
    var erased: Erased?
    var attachment: Attachment?
    var end: End?
}

extension ExportRecord.SealLine {
    init(_ seal: SessionEvidence.SealRow) {
        number = seal.number
        offset = seal.offset
        chain = seal.chain.hexadecimal
        fingerprints = Hexadecimal.text(seal.fingerprints)
    }

    var row: SessionEvidence.SealRow? {
        guard let chain = Hash256(hexadecimal: chain), let fingerprints = Hexadecimal.bytes(fingerprints) else {
            return nil
        }
        return .init(number: number, offset: offset, chain: chain, fingerprints: fingerprints)
    }
}

extension ExportRecord.Salts {
    init(_ stretch: SessionSalts.Stretch) {
        first = stretch.first
        derived = stretch.isDerived
        secret = Hexadecimal.text(stretch.secret)
    }

    var stretch: SessionSalts.Stretch? {
        Hexadecimal.bytes(secret).map { .init(first: first, isDerived: derived, secret: $0) }
    }
}
