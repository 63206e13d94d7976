/// Chooses a media type by the `Accept` header (RFC 9110, section 12.5.1).
enum Accept {
    /// The offered type that the client likes best; nil where none will do.
    ///
    /// Equally liked ones come in the order of the header, and in that of the offer for a wildcard.
    static func choose(_ header: String?, from offered: [String]) -> String? {
        guard let header, !header.allSatisfy(\.isWhitespace) else { return offered.first }
        var best: (type: String, quality: Double)?
        for range in header.split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.trimmed.lowercased() }
            guard let pattern = parts.first else { continue }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            guard quality > 0, let match = offered.first(where: { matches(pattern, $0) }) else { continue }
            if quality > best?.quality ?? 0 { best = (match, quality) }
        }
        return best?.type
    }

    private static func matches(_ pattern: String, _ type: String) -> Bool {
        if pattern == "*/*" || pattern == type { return true }
        return pattern.hasSuffix("/*") && type.hasPrefix(pattern.dropLast())
    }
}

extension StringProtocol {
    /// Without the white space around it.
    var trimmed: String {
        let start = firstIndex { !$0.isWhitespace } ?? endIndex
        let end = lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? start
        return String(self[start..<end])
    }
}
