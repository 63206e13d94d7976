/// Checks that bytes are one JSON value, without recursion and with a limit on its depth.
struct JSONChecker {
    let bytes: [UInt8]
    private var index = 0
    /// The open containers' closing bytes.
    private var open: [UInt8] = []

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// The place of the value's first byte; nil where the bytes are not one JSON value.
    mutating func checkWhole() -> Int? {
        skipSpace()
        let start = index
        guard checkValue() else { return nil }
        skipSpace()
        return index == bytes.count ? start : nil
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    static func endsScalar(_ byte: UInt8) -> Bool {
        isSpace(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
    }

    /// One value and everything in it.
    private mutating func checkValue() -> Bool {
        repeat {
            guard let byte = peek else { return false }
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard open.count < AgentLimits.maximumJSONDepth else { return false }
                index += 1
                skipSpace()
                let closing = byte + 2
                if peek == closing {
                    index += 1
                } else {
                    open.append(closing)
                    if closing == UInt8(ascii: "}"), !checkKey() { return false }
                    continue
                }
            case UInt8(ascii: "\""): if !checkString() { return false }
            default: if !checkScalar() { return false }
            }
            if !checkAfterValue() { return false }
        } while !open.isEmpty
        return true
    }

    /// Closes what ends here; afterwards either everything is closed or the next value begins.
    private mutating func checkAfterValue() -> Bool {
        while let closing = open.last {
            skipSpace()
            guard let byte = peek else { return false }
            index += 1
            if byte == closing {
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
        index += 1
        while let byte = peek {
            index += 1
            if byte == UInt8(ascii: "\"") { return true }
            guard byte == UInt8(ascii: "\\") else { continue }
            guard let escaped = peek else { return false }
            index += 1
            switch escaped {
            case UInt8(ascii: "u"):
                guard index + 4 <= bytes.count, bytes[index..<(index + 4)].allSatisfy(Self.isHexadecimal) else {
                    return false
                }
                index += 4
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
                UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
                break
            default: return false
            }
        }
        return false
    }

    private mutating func checkScalar() -> Bool {
        let end = bytes[index...].firstIndex(where: Self.endsScalar) ?? bytes.endIndex
        let scalar = bytes[index..<end]
        index = end
        for literal in Self.literals where scalar.elementsEqual(literal.utf8) { return true }
        return Self.isNumber(scalar)
    }

    private static let literals: [String] = ["null", "true", "false", "NaN", "Infinity", "-Infinity"]

    /// RFC 8259, section 6.
    private static func isNumber(_ scalar: ArraySlice<UInt8>) -> Bool {
        var rest = scalar
        if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        let whole = rest.prefix { (0x30...0x39).contains($0) }
        guard !whole.isEmpty, whole.count == 1 || whole.first != 0x30 else { return false }
        rest = rest[whole.endIndex...]
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            let fraction = rest.prefix { (0x30...0x39).contains($0) }
            guard !fraction.isEmpty else { return false }
            rest = rest[fraction.endIndex...]
        }
        if let byte = rest.first, byte | 0x20 == UInt8(ascii: "e") {
            rest.removeFirst()
            if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest.removeFirst() }
            guard !rest.isEmpty else { return false }
            rest = rest.drop { (0x30...0x39).contains($0) }
        }
        return rest.isEmpty
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while index < bytes.count, Self.isSpace(bytes[index]) { index += 1 }
    }
}
