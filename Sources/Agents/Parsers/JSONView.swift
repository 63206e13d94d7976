/// JSON as the wire has it: checked once, then looked into without building a tree (RFC 8259).
///
/// Two things that model servers send and JSON does not have are let through: control characters inside strings, and
/// Python's NaN, Infinity and -Infinity.
struct JSONView: Sendable {
    private let bytes: [UInt8]
    /// The first byte of the value.
    private let start: Int

    /// Checks the whole text; nil where it is not one JSON value.
    init?(_ bytes: [UInt8]) {
        var checker = JSONChecker(bytes: bytes)
        guard let start = checker.checkWhole() else { return nil }
        self.init(bytes: bytes, start: start)
    }

    private init(bytes: [UInt8], start: Int) {
        self.bytes = bytes
        self.start = start
    }

    /// The member of that name, where this is an object that has it; the first of several.
    subscript(_ name: String) -> JSONView? {
        guard bytes[start] == UInt8(ascii: "{") else { return nil }
        var index = skipSpace(start + 1)
        while bytes[index] != UInt8(ascii: "}") {
            let keyEnd = end(of: index)
            let key = bytes[(index + 1)..<(keyEnd - 1)]
            index = skipSpace(skipSpace(keyEnd) + 1)
            if key.elementsEqual(name.utf8) || (key.contains(backslash) && unescape(key).elementsEqual(name.utf8)) {
                return JSONView(bytes: bytes, start: index)
            }
            index = afterComma(end(of: index))
        }
        return nil
    }

    /// The elements, where this is an array; else none.
    var elements: [JSONView] {
        guard bytes[start] == UInt8(ascii: "[") else { return [] }
        var elements: [JSONView] = []
        var index = skipSpace(start + 1)
        while bytes[index] != UInt8(ascii: "]") {
            elements.append(JSONView(bytes: bytes, start: index))
            index = afterComma(end(of: index))
        }
        return elements
    }

    var isObject: Bool { bytes[start] == UInt8(ascii: "{") }

    var isNull: Bool { bytes[start] == UInt8(ascii: "n") }

    /// True for `true` only.
    var isTrue: Bool { bytes[start] == UInt8(ascii: "t") }

    /// The whole number, where this is one; `3.0` is one too.
    var integer: Int? {
        guard bytes[start] == UInt8(ascii: "-") || (0x30...0x39).contains(bytes[start]) else { return nil }
        let text = String(decoding: bytes[start..<end(of: start)], as: UTF8.self)
        return Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
    }

    /// The string's bytes, where this is one.
    ///
    /// An escaped lone surrogate is kept as its three bytes of generalised UTF-8
    /// (`ED A0 80` to `ED BF BF`), so that a half may meet its other half in the next delta.
    var stringBytes: [UInt8]? {
        guard bytes[start] == UInt8(ascii: "\"") else { return nil }
        let content = bytes[(start + 1)..<(end(of: start) - 1)]
        return content.contains(backslash) ? unescape(content) : Array(content)
    }

    /// The string as text; what is not Unicode becomes U+FFFD.
    var string: String? {
        stringBytes.map { bytes in
            var joiner = TextJoiner()
            return joiner.take(bytes) + joiner.end()
        }
    }

    // What follows walks over bytes that were checked, so it looks for structure only.

    private func end(of index: Int) -> Int {
        switch bytes[index] {
        case UInt8(ascii: "\""): return stringEnd(index)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            var depth = 0
            var index = index
            repeat {
                switch bytes[index] {
                case UInt8(ascii: "\""):
                    index = stringEnd(index)
                    continue
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                default: break
                }
                index += 1
            } while depth > 0
            return index
        default:
            return bytes[index...].firstIndex(where: JSONChecker.endsScalar) ?? bytes.endIndex
        }
    }

    private func stringEnd(_ start: Int) -> Int {
        var index = start + 1
        while bytes[index] != UInt8(ascii: "\"") { index += bytes[index] == backslash ? 2 : 1 }
        return index + 1
    }

    private func skipSpace(_ index: Int) -> Int {
        var index = index
        while index < bytes.count, JSONChecker.isSpace(bytes[index]) { index += 1 }
        return index
    }

    private func afterComma(_ index: Int) -> Int {
        let index = skipSpace(index)
        return bytes[index] == UInt8(ascii: ",") ? skipSpace(index + 1) : index
    }

    private func unescape(_ content: ArraySlice<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(content.count)
        var index = content.startIndex
        while index < content.endIndex {
            guard content[index] == backslash else {
                output.append(content[index])
                index += 1
                continue
            }
            let escaped = content[index + 1]
            index += 2
            switch escaped {
            case UInt8(ascii: "n"): output.append(0x0A)
            case UInt8(ascii: "t"): output.append(0x09)
            case UInt8(ascii: "r"): output.append(0x0D)
            case UInt8(ascii: "b"): output.append(0x08)
            case UInt8(ascii: "f"): output.append(0x0C)
            case UInt8(ascii: "u"):
                TextJoiner.append(unit: hexadecimal(content[index..<(index + 4)]), to: &output)
                index += 4
            default: output.append(escaped)
            }
        }
        // Two escapes in one string that make a pair are joined here; a lone half is left for the joiner.
        return TextJoiner.joinPairs(output)
    }

    private func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt32 {
        digits.reduce(0) { value, digit in
            value << 4 | UInt32(digit <= 0x39 ? digit - 0x30 : (digit | 0x20) - 0x57)
        }
    }
}

private let backslash = UInt8(ascii: "\\")
