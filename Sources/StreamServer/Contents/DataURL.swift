import Foundation

/// `data:[media type][;base64],content` (RFC 2397).
struct DataURL {
    var mediaType: String?
    var bytes: [UInt8]

    /// Nil where the text does not begin as a data URL.
    ///
    /// - Throws: where it does and its content cannot be decoded.
    init?(_ text: String, at place: String) throws {
        guard text.utf8.count > 5, text.prefix(5).lowercased() == "data:" else { return nil }
        let rest = text.dropFirst(5)
        guard let comma = rest.firstIndex(of: ",") else {
            throw StreamServerError(
                .invalidContent, "\(place) is a data URL without a comma", hint: "data:<media type>;base64,<content>")
        }
        let parameters = rest[..<comma].split(separator: ";", omittingEmptySubsequences: false)
        mediaType = parameters.first.flatMap { $0.isEmpty ? nil : $0.lowercased() }
        let content = String(rest[rest.index(after: comma)...])
        if parameters.last?.lowercased() == "base64" {
            bytes = try Self.base64(content, at: place)
        } else if let decoded = content.removingPercentEncoding {
            bytes = Array(decoded.utf8)
        } else {
            throw StreamServerError(
                .invalidContent, "\(place) has percent escapes that are no UTF-8", hint: "send the content as base64")
        }
    }

    /// Decodes base64 (RFC 4648, section 4); line ends in it are taken.
    static func base64(_ text: String, at place: String) throws -> [UInt8] {
        let compact = text.utf8.contains { $0 <= 0x20 } ? text.filter { !$0.isWhitespace } : text
        guard !compact.isEmpty, let data = Data(base64Encoded: compact) else {
            throw StreamServerError(
                .invalidContent, "\(place) is not base64", hint: "encode the bytes as base64, or send a data URL")
        }
        return Array(data)
    }
}
