import EventLog
import Events

/// What a message carries, in the form it is recorded in: texts inline, bytes named by their SHA-256.
///
/// Nothing is stored here: the chat service stores the bytes once the chatbot has admitted the message.
struct RecordableContents {
    private(set) var parts: [ContentPart] = []
    /// The bytes by SHA-256.
    private(set) var attachments: [String: [UInt8]] = [:]

    init(_ received: [ReceivedPart]) {
        for part in received {
            switch part {
            case .text(let text): parts.append(ContentPart(contentType: "text", content: text))
            case .image(let bytes, let type):
                parts.append(
                    ContentPart(
                        contentType: "image", mediaType: type.rawValue, sha256: attach(bytes), size: bytes.count))
            case .file(let bytes, let name, let mediaType):
                parts.append(
                    ContentPart(
                        contentType: "file", name: name, mediaType: mediaType, sha256: attach(bytes),
                        size: bytes.count))
            }
        }
    }

    private mutating func attach(_ bytes: [UInt8]) -> String {
        let digest = AttachmentStore.digest(bytes)
        attachments[digest] = bytes
        return digest
    }
}
