/// The values of a JSON text in the order in which they begin, keys among them: what the check leaves behind.
///
/// With it a value is skipped in one step, however much it holds.
struct JSONTape: Sendable {
    /// One value or key.
    struct Entry: Sendable {
        /// Its first byte, and the byte after its last.
        var start: Int32
        var end: Int32
        /// The entry after it and all it holds.
        var next: Int32
    }

    private(set) var entries: [Entry] = []

    private let bytes: [UInt8]
    private var index = 0
    /// The entries of the open containers.
    private var open: [Int] = []

    /// Checks that the bytes are one JSON value (RFC 8259), without recursion and with a limit on its depth; nil where
    /// they are not.
    init?(_ bytes: [UInt8]) {
        guard bytes.count < Int32.max else { return nil }
        self.bytes = bytes
        entries.reserveCapacity(bytes.count / 8 + 4)
        skipSpace()
        guard checkValue() else { return nil }
        skipSpace()
        guard index == bytes.count else { return nil }
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    /// One value and everything in it.
    private mutating func checkValue() -> Bool {
        repeat {
            guard index < bytes.count else { return false }
            switch bytes[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard open.count < AgentLimits.maximumJSONDepth else { return false }
                let closing = bytes[index] + 2
                begin()
                open.append(entries.count - 1)
                index += 1
                skipSpace()
                guard peek != closing else { break }
                if closing == UInt8(ascii: "}"), !checkKey() { return false }
                continue
            case UInt8(ascii: "\""): if !checkString() { return false }
            default: if !checkScalar() { return false }
            }
            if !checkAfterValue() { return false }
        } while !open.isEmpty
        return true
    }

    /// Closes what ends here; afterwards either everything is closed or the next value begins.
    private mutating func checkAfterValue() -> Bool {
        while let container = open.last {
            let closing = bytes[Int(entries[container].start)] + 2
            skipSpace()
            guard let byte = peek else { return false }
            index += 1
            if byte == closing {
                end(container)
                open.removeLast()
            } else if byte == UInt8(ascii: ",") {
                skipSpace()
                return closing == UInt8(ascii: "}") ? checkKey() : true
            } else {
                return false
            }
        }
        return true
    }

    private mutating func checkKey() -> Bool {
        guard peek == UInt8(ascii: "\""), checkString() else { return false }
        skipSpace()
        guard peek == UInt8(ascii: ":") else { return false }
        index += 1
        skipSpace()
        return true
    }

    private mutating func checkString() -> Bool {
        begin()
        index += 1
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\"") {
                end(entries.count - 1)
                return true
            }
            if byte == UInt8(ascii: "\\"), !checkEscape() { return false }
        }
        return false
    }

    private mutating func checkEscape() -> Bool {
        guard let escaped = peek else { return false }
        index += 1
        switch escaped {
        case UInt8(ascii: "u"):
            guard index + 4 <= bytes.count, bytes[index..<(index + 4)].allSatisfy(Self.isHexadecimal) else {
                return false
            }
            index += 4
            return true
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return true
        default: return false
        }
    }

    private mutating func checkScalar() -> Bool {
        begin()
        let start = index
        // Where a value is missing its place is taken by what ends one, and the scalar is empty.
        while index < bytes.count, !Self.endsScalar(bytes[index]) { index += 1 }
        end(entries.count - 1)
        let scalar = bytes[start..<index]
        switch bytes[start] {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return Self.isNumber(scalar)
        case UInt8(ascii: "-"): return Self.isNumber(scalar) || scalar.elementsEqual("-Infinity".utf8)
        case UInt8(ascii: "n"): return scalar.elementsEqual("null".utf8)
        case UInt8(ascii: "t"): return scalar.elementsEqual("true".utf8)
        case UInt8(ascii: "f"): return scalar.elementsEqual("false".utf8)
        case UInt8(ascii: "N"): return scalar.elementsEqual("NaN".utf8)
        case UInt8(ascii: "I"): return scalar.elementsEqual("Infinity".utf8)
        default: return false
        }
    }

    /// RFC 8259, section 6.
    private static func isNumber(_ scalar: ArraySlice<UInt8>) -> Bool {
        var rest = scalar
        if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        let whole = rest.prefix(while: isDigit)
        guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0") else { return false }
        rest = rest[whole.endIndex...]
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            let fraction = rest.prefix(while: isDigit)
            guard !fraction.isEmpty else { return false }
            rest = rest[fraction.endIndex...]
        }
        if let byte = rest.first, byte | 0x20 == UInt8(ascii: "e") {
            rest.removeFirst()
            if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest.removeFirst() }
            guard !rest.isEmpty else { return false }
            rest = rest.drop(while: isDigit)
        }
        return rest.isEmpty
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    private static func isHexadecimal(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 0x61 < 6 }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        isSpace(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while index < bytes.count, Self.isSpace(bytes[index]) { index += 1 }
    }

    private mutating func begin() {
        entries.append(Entry(start: Int32(index), end: 0, next: 0))
    }

    private mutating func end(_ entry: Int) {
        entries[entry].end = Int32(index)
        entries[entry].next = Int32(entries.count)
    }
}
