import EventLog
import Events

extension LogVerifier {
    /// A message that names an attachment.
    struct Naming: Hashable {
        var session: Int64
        var offset: Int64
        var digest: String
    }

    /// Notes the attachments that an event names.
    func note(_ row: EvidenceRow, _ body: UnsafeRawBufferPointer?, of session: Int64) {
        guard row.kind == Int64(EventKind.messageReceived.rawValue), let body,
            let message = try? CanonicalJSON.decode(MessageReceived.self, from: String(decoding: body, as: UTF8.self))
        else { return }
        for digest in message.contents.compactMap(\.sha256) {
            namings.insert(Naming(session: session, offset: row.offset, digest: digest))
        }
    }

    /// Compares the bytes of attachments with the digests by which messages name them.
    ///
    /// It comes after the transaction: an erasure takes the bytes away, and the message has ceased to name them by then.
    func checkAttachments(of id: Int64?) throws {
        let store = AttachmentStore(of: log.directory)
        let digests = Set(namings.map(\.digest))
        result.attachments = digests.count
        var damaged: [String: AttachmentCondition] = [:]
        for digest in digests.sorted() {
            let condition = try store.condition(of: digest)
            if condition != .whole { damaged[digest] = condition }
        }
        guard !damaged.isEmpty else { return }
        let stillNamed = Set(
            try LogQueries(connection: log.connection).attachments(of: id)
                .map { Naming(session: $0.session, offset: $0.offset, digest: $0.digest) })
        for naming in namings.sorted(by: { ($0.session, $0.offset) < ($1.session, $1.offset) }) {
            guard let condition = damaged[naming.digest], stillNamed.contains(naming) else { continue }
            let isMissing = condition == .missing
            add(
                .init(
                    session: try log.name(of: naming.session), offset: naming.offset,
                    change: isMissing ? .removed : .edited,
                    message: "its attachment \(naming.digest) \(isMissing ? "is missing" : "has other bytes")"))
        }
    }
}
