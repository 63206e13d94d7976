import Events

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The address of a server, and the addresses of its routes.
struct ServerAddress: Sendable {
    /// The address without a slash at its end.
    let base: String

    /// - Throws: `invalidServer` where the text is no address of a server.
    init(_ text: String) throws(PlayheadClientError) {
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let host = url.host(), !host.isEmpty, url.query() == nil, url.fragment() == nil
        else {
            throw PlayheadClientError(
                .invalidServer, "“\(text)” is not the address of a server",
                hint: "an address looks like http://127.0.0.1:8080")
        }
        base = String(text.reversed().drop { $0 == "/" }.reversed())
    }

    /// The address of a path; each part is escaped.
    func route(_ parts: String...) -> String {
        base + parts.map { "/" + Self.escape($0) }.joined()
    }

    /// A query with its question mark; empty where there are no fields.
    static func query(_ fields: [(name: String, value: String)]) -> String {
        fields.isEmpty ? "" : "?" + fields.map { "\($0.name)=\(escape($0.value))" }.joined(separator: "&")
    }

    /// Percent-encodes all but the unreserved characters (RFC 3986, section 2.3) and the colon of session names.
    static func escape(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x3A, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                escaped += byte < 16 ? "%0" : "%"
                escaped += String(byte, radix: 16, uppercase: true)
            }
        }
        return escaped
    }
}
