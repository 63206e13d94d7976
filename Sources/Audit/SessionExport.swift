import EventLog
package import Events
import Evidence
import Foundation

/// An export that is ready to be written.
package struct SessionExport: Sendable {
    private let session: SessionID
    private let head: Offset
    private let preamble: [ExportRecord]
    private let salts: SessionSalts
    private let desk: AuditDesk

    fileprivate init(
        _ session: SessionID, head: Offset, preamble: [ExportRecord], salts: SessionSalts, desk: AuditDesk
    ) {
        self.session = session
        self.head = head
        self.preamble = preamble
        self.salts = salts
        self.desk = desk
    }

    /// Gives the file piece by piece: never more than a page of events or an attachment at once.
    package func write(_ write: (_ bytes: [UInt8]) async throws -> Void) async throws {
        var lines = preamble.count
        try await write(try Self.lines(preamble))
        // Written out: a secret would also give away the salts of events that are still to come.
        for first in stride(from: 1, through: head.value, by: Limits.saltsPerLine) {
            let stretch = salts.written(first...min(head.value, first + Int64(Limits.saltsPerLine) - 1))
            try await write(try Self.lines([ExportRecord(salts: .init(stretch))]))
            lines += 1
        }
        var digests: [String] = []
        var known: Set<String> = []
        try await desk.log.read(session, after: .beginning, upTo: head) { events in
            var output: [UInt8] = []
            for event in events {
                event.appendJSON(to: &output)
                output.append(0x0A)
                lines += 1
                digests += event.attachments.filter { known.insert($0).inserted }
            }
            try await write(output)
        }
        for digest in digests {
            let attachments = desk.attachments
            let bytes = try await onQueue { try attachments.bytes(digest) }
            // It was whole when the export began: an erasure took it away since.
            guard let bytes, AttachmentStore.digest(bytes) == digest else { throw Self.damaged(digest) }
            let data = Data(bytes).base64EncodedString()
            try await write(try Self.lines([ExportRecord(attachment: .init(sha256: digest, data: data))]))
            lines += 1
        }
        try await write(try Self.lines([ExportRecord(end: .init(lines: lines))]))
    }

    fileprivate static func damaged(_ digest: String) -> AuditError {
        AuditError(
            .attachmentDamaged,
            "the attachment \(digest) is missing or was changed, and without it nothing is exported",
            hint: "playhead verify names the messages; restore attachments/\(digest) from a backup")
    }

    private static func lines(_ records: [ExportRecord]) throws -> [UInt8] {
        try records.flatMap { Array((try CanonicalJSON.encode($0) + "\n").utf8) }
    }
}

extension AuditDesk {
    /// Seals a session and makes its export ready, up to its newest seal; the access is recorded.
    ///
    /// - Throws: `AuditError` with `sessionNotFound`, `auditOff`, `noKey` or `attachmentDamaged`, `EventLogError` with
    ///   `sessionErased`; then no access is recorded.
    package func export(_ session: SessionID, who: String, why: String?) async throws -> SessionExport {
        _ = try signing()
        // What was erased has nothing to be exported.
        _ = try await log.read(session, after: .beginning, limit: 1)
        try await log.seal(session)
        let note = try checkpoint()
        let size = try Checkpoint(text: note).size
        let key = try verifierKey()
        let (head, preamble, salts) = try await reading { evidence -> (Int64, [ExportRecord], SessionSalts) in
            guard let id = try evidence.session(named: session.name) else { throw Self.noSuchSession(session) }
            let known = try evidence.evidence(id: id, name: session.name)
            guard let seal = known.seals.last(where: { $0.number < size }) else { throw Self.noSuchSession(session) }
            let proof = try proof(of: Int(seal.number), size: size, evidence)
            var records = [
                ExportRecord(export: .init(session: session.name, head: seal.offset, version: 1)),
                ExportRecord(key: key), ExportRecord(checkpoint: note),
                ExportRecord(proof: .init(number: Int(seal.number), size: size, hashes: proof.map(\.hexadecimal))),
            ]
            records += known.seals.filter { $0.offset <= seal.offset }.map { ExportRecord(seal: .init($0)) }
            records += known.erased.sorted { $0.key < $1.key }
                .map { ExportRecord(erased: .init(offset: $0.key, leaf: $0.value.hexadecimal)) }
            for named in try LogQueries(connection: evidence.connection).attachments(of: id)
            where try named.offset <= seal.offset && attachments.condition(of: named.digest) != .whole {
                throw SessionExport.damaged(named.digest)
            }
            return (seal.offset, records, known.salts)
        }
        try await AccessRecord.add(.exported, Access(session: session, who: who, why: why), to: log)
        return SessionExport(session, head: Offset(head), preamble: preamble, salts: salts, desk: self)
    }

    static func noSuchSession(_ session: SessionID) -> AuditError {
        AuditError(
            .sessionNotFound, "there is no session named \(session)", hint: "check its name; GET /sessions lists them")
    }
}

extension Event {
    /// The digests of the attachments that a message carries.
    var attachments: [String] {
        guard kind == .messageReceived, body != nil, let message = try? decode(MessageReceived.self) else { return [] }
        return message.contents.compactMap(\.sha256)
    }
}
