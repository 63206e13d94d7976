import Events

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One part of a message to a chatbot.
public enum ChatContent: Sendable, Hashable {
    case text(String)
    /// A picture, for instance a screenshot of a portfolio.
    case image([UInt8], mediaType: String)
    /// A file, for instance a portfolio as CSV.
    case file(name: String, [UInt8], mediaType: String)

    /// The part as the chat route takes it.
    var json: JSONValue {
        switch self {
        case .text(let text): .object(["content_type": .string("text"), "content": .string(text)])
        case .image(let bytes, let mediaType):
            .object([
                "content_type": .string("image"), "content": .string(Data(bytes).base64EncodedString()),
                "media_type": .string(mediaType),
            ])
        case .file(let name, let bytes, let mediaType):
            .object([
                "content_type": .string("file"), "name": .string(name),
                "content": .string("data:\(mediaType);base64,\(Data(bytes).base64EncodedString())"),
            ])
        }
    }
}
