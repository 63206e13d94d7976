/// One thing the user sent: a text, a file or an image.
public struct PortfolioInput: Sendable, Codable, Hashable {
    /// What the sender says it is; the bytes decide (an image sent as a file is read as an image).
    public enum Kind: String, Sendable, Codable {
        case text, file, image
    }

    /// What the sender says it is.
    public var kind: Kind
    /// The file's name, where it has one.
    public var name: String?
    /// For instance `text/csv` or `image/png`.
    public var mediaType: String?
    /// The content as it was sent.
    public var bytes: [UInt8]

    /// Makes an input.
    public init(kind: Kind, name: String? = nil, mediaType: String? = nil, bytes: [UInt8]) {
        self.kind = kind
        self.name = name
        self.mediaType = mediaType
        self.bytes = bytes
    }

    /// A text message.
    public static func text(_ text: String) -> PortfolioInput {
        PortfolioInput(kind: .text, bytes: Array(text.utf8))
    }

    /// What notes and holdings call this input.
    var label: String { name ?? kind.rawValue }
}
