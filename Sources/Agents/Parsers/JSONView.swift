/// JSON as the wire has it: checked once, then looked into without building a tree.
///
/// Two things that model servers send and JSON does not have are let through: control characters inside strings, and
/// Python's NaN, Infinity and -Infinity.
struct JSONView: Sendable {
    private let bytes: [UInt8]
    private let entries: [JSONTape.Entry]
    /// The value's entry.
    private let index: Int

    /// Checks the whole text; nil where it is not one JSON value.
    init?(_ bytes: [UInt8]) {
        guard let tape = JSONTape(bytes) else { return nil }
        self.init(bytes: bytes, entries: tape.entries, index: 0)
    }

    private init(bytes: [UInt8], entries: [JSONTape.Entry], index: Int) {
        self.bytes = bytes
        self.entries = entries
        self.index = index
    }

    /// The member of that name, where this is an object that has it; the first of several.
    subscript(_ name: String) -> JSONView? {
        guard isObject else { return nil }
        var key = index + 1
        let end = Int(entries[index].next)
        while key < end {
            if isKey(key, name) { return JSONView(bytes: bytes, entries: entries, index: key + 1) }
            key = Int(entries[key + 1].next)
        }
        return nil
    }

    /// The elements, where this is an array; else none.
    var elements: [JSONView] {
        guard first == UInt8(ascii: "[") else { return [] }
        var elements: [JSONView] = []
        var element = index + 1
        let end = Int(entries[index].next)
        while element < end {
            elements.append(JSONView(bytes: bytes, entries: entries, index: element))
            element = Int(entries[element].next)
        }
        return elements
    }

    var isObject: Bool { first == UInt8(ascii: "{") }

    var isNull: Bool { first == UInt8(ascii: "n") }

    /// True for `true` only.
    var isTrue: Bool { first == UInt8(ascii: "t") }

    /// The whole number, where this is one; `3.0` is one too.
    var integer: Int? {
        guard first == UInt8(ascii: "-") || (0x30...0x39).contains(first) else { return nil }
        let text = String(decoding: bytes[range(index)], as: UTF8.self)
        return Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
    }

    /// The string's bytes, where this is one.
    ///
    /// An escaped lone surrogate is kept as its three bytes of generalised UTF-8 (`ED A0 80` to `ED BF BF`), so that a
    /// half may meet its other half in the next delta.
    var stringBytes: [UInt8]? {
        guard first == UInt8(ascii: "\"") else { return nil }
        let content = content(index)
        return content.contains(backslash) ? Self.unescape(content) : Array(content)
    }

    /// The string as text; what is not Unicode becomes U+FFFD.
    var string: String? {
        stringBytes.map { bytes in
            var joiner = TextJoiner()
            return joiner.take(bytes) + joiner.end()
        }
    }

    private var first: UInt8 { bytes[Int(entries[index].start)] }

    private func range(_ entry: Int) -> Range<Int> { Int(entries[entry].start)..<Int(entries[entry].end) }

    /// What stands between a string's quotes.
    private func content(_ entry: Int) -> ArraySlice<UInt8> {
        let range = range(entry)
        return bytes[(range.lowerBound + 1)..<(range.upperBound - 1)]
    }

    private func isKey(_ entry: Int, _ name: String) -> Bool {
        let key = content(entry)
        if key.count == name.utf8.count { return key.elementsEqual(name.utf8) }
        // An escape makes a key longer than what it says.
        return key.count > name.utf8.count && key.contains(backslash)
            && Self.unescape(key).elementsEqual(name.utf8)
    }

    private static func unescape(_ content: ArraySlice<UInt8>) -> [UInt8] {
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

    private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt32 {
        digits.reduce(0) { value, digit in
            value << 4 | UInt32(digit <= 0x39 ? digit - 0x30 : (digit | 0x20) - 0x57)
        }
    }
}

private let backslash = UInt8(ascii: "\\")
