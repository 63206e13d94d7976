// Characters arrive in pieces. A piece may end in half of one: bytes that begin a code point of UTF-8, or an escaped
// high surrogate whose low one comes in the next delta (kept as three bytes of generalised UTF-8, ED A0 80 to
// ED AF BF). A half is held back until the next piece; one that never becomes whole is U+FFFD, and counted. Grapheme
// clusters are another matter: a piece may end inside one, and is stored as it came.

/// Joins the pieces of one text and gives valid Unicode.
struct TextJoiner: Sendable {
    /// How often something that is not Unicode was replaced.
    private(set) var repairs = 0

    private var held: [UInt8] = []

    /// True where half a character waits for its other half.
    var holdsHalf: Bool { !held.isEmpty }

    /// The text that the piece completes; empty where it completes none.
    mutating func take(_ piece: [UInt8]) -> String {
        var bytes = piece
        if !held.isEmpty {
            bytes = held + piece
            held.removeAll()
        }
        let half = Self.halfAtEnd(of: bytes)
        if half > 0 {
            held = Array(bytes.suffix(half))
            bytes.removeLast(half)
        }
        return text(bytes)
    }

    /// The end of the text: a half that is left becomes U+FFFD.
    mutating func end() -> String {
        let rest = held
        held.removeAll()
        return rest.isEmpty ? "" : text(rest)
    }

    /// Appends a UTF-16 unit of a `\u` escape; a surrogate in its three bytes.
    static func append(unit: UInt32, to output: inout [UInt8]) {
        switch unit {
        case 0..<0x80: output.append(UInt8(unit))
        case 0x80..<0x800:
            output.append(UInt8(0xC0 | unit >> 6))
            output.append(UInt8(0x80 | unit & 0x3F))
        default:
            output.append(UInt8(0xE0 | unit >> 12))
            output.append(UInt8(0x80 | unit >> 6 & 0x3F))
            output.append(UInt8(0x80 | unit & 0x3F))
        }
    }

    /// Turns each high surrogate that a low one follows into its code point.
    static func joinPairs(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(0xED) else { return bytes }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if let high = surrogate(bytes, at: index), high < 0xDC00, let low = surrogate(bytes, at: index + 3),
                low >= 0xDC00, let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
            {
                output.append(contentsOf: String(Character(scalar)).utf8)
                index += 6
            } else {
                output.append(bytes[index])
                index += 1
            }
        }
        return output
    }

    private mutating func text(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        let joined = Self.joinPairs(bytes)
        if let text = String(validating: joined, as: UTF8.self) { return text }
        repairs += 1
        var output: [UInt8] = []
        var index = 0
        while index < joined.count {
            if Self.surrogate(joined, at: index) != nil {
                output.append(contentsOf: [0xEF, 0xBF, 0xBD])
                index += 3
            } else {
                output.append(joined[index])
                index += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func surrogate(_ bytes: [UInt8], at index: Int) -> UInt32? {
        guard index >= 0, index + 2 < bytes.count, bytes[index] == 0xED, (0xA0...0xBF).contains(bytes[index + 1]),
            (0x80...0xBF).contains(bytes[index + 2])
        else { return nil }
        return 0xD000 | UInt32(bytes[index + 1] & 0x3F) << 6 | UInt32(bytes[index + 2] & 0x3F)
    }

    /// How many bytes at the end are half of a character: 0 to 3.
    private static func halfAtEnd(of bytes: [UInt8]) -> Int {
        if let last = surrogate(bytes, at: bytes.count - 3), last < 0xDC00 { return 3 }
        for count in 1...3 where count <= bytes.count {
            let byte = bytes[bytes.count - count]
            if byte & 0xC0 == 0x80 { continue }
            return length(ofLead: byte) > count ? count : 0
        }
        return 0
    }

    private static func length(ofLead byte: UInt8) -> Int {
        switch byte {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 1
        }
    }
}
