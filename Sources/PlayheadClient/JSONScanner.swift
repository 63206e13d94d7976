/// Reads JSON (RFC 8259) from bytes, member by member, for the hot path: one token's frame or event.
///
/// Members may come in any order and unknown ones are skipped. A value that is kept is sliced out verbatim, so that what
/// the server recorded is passed on byte for byte.
struct JSONScanner {
    /// Where and why the text is not the JSON that was expected.
    struct Failure: Error, CustomStringConvertible {
        var expected: String
        var index: Int

        var description: String { "\(expected) expected at byte \(index)" }
    }

    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Reads an object; `member` reads or skips the value of each key.
    mutating func object(_ member: (inout JSONScanner, String) throws -> Void) throws {
        try enter("{")
        if skip("}") { return leave() }
        repeat {
            skipSpace()
            let key = try string()
            try expect(":")
            try member(&self, key)
        } while skip(",")
        try expect("}")
        leave()
    }

    /// Reads an array; `element` reads or skips each value.
    mutating func array(_ element: (inout JSONScanner) throws -> Void) throws {
        try enter("[")
        if skip("]") { return leave() }
        repeat { try element(&self) } while skip(",")
        try expect("]")
        leave()
    }

    /// Reads a string.
    mutating func string() throws -> String {
        try expect("\"")
        let start = index
        while index < bytes.count, bytes[index] != 0x22, bytes[index] != 0x5C, bytes[index] >= 0x20 { index += 1 }
        if index < bytes.count, bytes[index] == 0x22 {
            defer { index += 1 }
            return try text(bytes[start..<index])
        }
        var unescaped = Array(bytes[start..<index])
        while index < bytes.count, bytes[index] != 0x22 {
            if bytes[index] == 0x5C {
                try appendEscape(to: &unescaped)
            } else {
                guard bytes[index] >= 0x20 else { throw failure("no control character") }
                unescaped.append(bytes[index])
                index += 1
            }
        }
        guard index < bytes.count else { throw failure("the string's end") }
        index += 1
        return try text(unescaped[...])
    }

    /// Reads a string or null.
    mutating func optionalString() throws -> String? { try null() ? nil : string() }

    /// Reads a whole number.
    mutating func integer() throws -> Int64 {
        skipSpace()
        let start = index
        try skipNumber()
        guard let value = Int64(String(decoding: bytes[start..<index], as: UTF8.self)) else {
            index = start
            throw failure("a whole number")
        }
        return value
    }

    /// Reads a whole number or null.
    mutating func optionalInteger() throws -> Int64? { try null() ? nil : integer() }

    /// Reads true or false.
    mutating func bool() throws -> Bool {
        skipSpace()
        if literal("true") { return true }
        if literal("false") { return false }
        throw failure("true or false")
    }

    /// The next value as it is written.
    mutating func verbatim() throws -> ArraySlice<UInt8> {
        skipSpace()
        let start = index
        try skipValue()
        return bytes[start..<index]
    }

    /// True where the next value is a string.
    mutating func isAtString() -> Bool {
        skipSpace()
        return index < bytes.count && bytes[index] == 0x22
    }

    /// Passes over null, where that is the next value.
    mutating func null() throws -> Bool {
        skipSpace()
        return literal("null")
    }

    /// Passes over one value of any kind.
    mutating func skipValue() throws {
        skipSpace()
        guard index < bytes.count else { throw failure("a value") }
        switch bytes[index] {
        case 0x22: try skipString()
        case 0x7B: try object { scanner, _ in try scanner.skipValue() }
        case 0x5B: try array { scanner in try scanner.skipValue() }
        case 0x2D, 0x30...0x39: try skipNumber()
        default:
            guard literal("true") || literal("false") || literal("null") else { throw failure("a value") }
        }
    }

    /// Demands that nothing but space follows.
    mutating func end() throws {
        skipSpace()
        guard index == bytes.count else { throw failure("the end") }
    }

    /// UTF-8 as text; it is never repaired.
    func text(_ slice: ArraySlice<UInt8>) throws -> String {
        guard let text = String(validating: slice, as: UTF8.self) else { throw failure("UTF-8") }
        return text
    }

    private mutating func enter(_ bracket: Unicode.Scalar) throws {
        try expect(bracket)
        depth += 1
        guard depth <= Limits.jsonDepth else { throw failure("less depth") }
    }

    private mutating func leave() { depth -= 1 }

    private mutating func skipString() throws {
        index += 1
        while index < bytes.count, bytes[index] != 0x22 { index += bytes[index] == 0x5C ? 2 : 1 }
        guard index < bytes.count else {
            index = bytes.count
            throw failure("the string's end")
        }
        index += 1
    }

    private mutating func skipNumber() throws {
        let start = index
        while index < bytes.count, Self.isInNumber(bytes[index]) { index += 1 }
        guard index > start else { throw failure("a number") }
    }

    /// Reads an escape by RFC 8259, section 7; half of a surrogate pair without its other half becomes U+FFFD.
    private mutating func appendEscape(to text: inout [UInt8]) throws {
        index += 1
        guard index < bytes.count else { throw failure("an escape") }
        let letter = bytes[index]
        index += 1
        switch letter {
        case 0x22, 0x5C, 0x2F: text.append(letter)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var unit = try codeUnit()
            if (0xD800..<0xDC00).contains(unit), bytes[index...].starts(with: [0x5C, 0x75]) {
                let before = index
                index += 2
                let low = try codeUnit()
                if (0xDC00..<0xE000).contains(low) {
                    unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
                } else {
                    index = before
                }
            }
            let scalar = Unicode.Scalar(unit) ?? "\u{FFFD}"
            text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default: throw failure("an escape")
        }
    }

    private mutating func codeUnit() throws -> UInt32 {
        guard index + 4 <= bytes.count else { throw failure("four hexadecimal digits") }
        var unit: UInt32 = 0
        for byte in bytes[index..<index + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw failure("four hexadecimal digits")
            }
            unit = unit << 4 | UInt32(digit)
        }
        index += 4
        return unit
    }

    private mutating func expect(_ character: Unicode.Scalar) throws {
        guard skip(character) else { throw failure("“\(character)”") }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func literal(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard index + count <= bytes.count else { return false }
        for position in 0..<count where bytes[index + position] != word.utf8Start[position] { return false }
        index += count
        return true
    }

    private mutating func skipSpace() {
        while index < bytes.count, Self.isSpace(bytes[index]) { index += 1 }
    }

    private func failure(_ expected: String) -> Failure { Failure(expected: expected, index: index) }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private static func isInNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x2B, 0x2D, 0x2E, 0x45, 0x65: true
        default: false
        }
    }
}
