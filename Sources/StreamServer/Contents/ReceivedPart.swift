import Events

/// One part of a message as it came, its bytes still in memory.
enum ReceivedPart: Equatable {
    case text(String)
    case image([UInt8], ImageType)
    case file([UInt8], name: String, mediaType: String)
}

/// The parts of one message, checked as they are added, so that nothing of a refused message is recorded.
struct ReceivedContents {
    private(set) var parts: [ReceivedPart] = []
    private var textBytes = 0

    /// Adds a text.
    mutating func add(text: String, at place: String) throws {
        guard !text.allSatisfy(\.isWhitespace) else {
            throw StreamServerError(
                .invalidContent, "\(place) has no text", hint: "leave the part out or write something")
        }
        textBytes += text.utf8.count
        guard textBytes <= Limits.textBytesPerMessage else {
            throw StreamServerError(
                .messageTooLarge, "the message has more than \(Limits.textBytesPerMessage) bytes of text",
                hint: "send long text as a file")
        }
        try append(.text(text))
    }

    /// Adds an image of a kind that its first bytes show.
    mutating func add(image bytes: [UInt8], at place: String) throws {
        guard let type = ImageType(bytes) else {
            throw StreamServerError(
                .invalidImage, "\(place) is no image that can be read", hint: "send a PNG, JPEG, WebP or GIF file")
        }
        try append(.image(bytes, type))
    }

    /// Adds a file.
    mutating func add(file bytes: [UInt8], name: String, mediaType: String?, at place: String) throws {
        guard !bytes.isEmpty else {
            throw StreamServerError(.invalidContent, "\(place) is empty", hint: "send a file with something in it")
        }
        guard name.utf8.count <= Limits.fileNameBytes, !name.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
            throw StreamServerError(
                .invalidContent, "\(place) has a name that is too long or holds control characters",
                hint: "a name has at most \(Limits.fileNameBytes) bytes")
        }
        try append(.file(bytes, name: name, mediaType: mediaType ?? Self.mediaType(of: name)))
    }

    /// Refuses a message without parts.
    func finish() throws -> [ReceivedPart] {
        guard !parts.isEmpty else {
            throw StreamServerError(
                .emptyMessage, "the message has no parts", hint: "send at least one text, image or file")
        }
        return parts
    }

    private mutating func append(_ part: ReceivedPart) throws {
        guard parts.count < Limits.partsPerMessage else {
            throw StreamServerError(
                .messageTooLarge, "the message has more than \(Limits.partsPerMessage) parts",
                hint: "send it in several messages")
        }
        parts.append(part)
    }

    /// By the name's ending, for clients that say nothing.
    static func mediaType(of name: String) -> String {
        switch name.split(separator: ".").last?.lowercased() {
        case "csv"?: "text/csv"
        case "tsv"?: "text/tab-separated-values"
        case "json"?: "application/json"
        case "txt"?, "md"?: "text/plain"
        default: "application/octet-stream"
        }
    }
}
