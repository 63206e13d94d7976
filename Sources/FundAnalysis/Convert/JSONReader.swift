/// JSON (RFC 8259) with what a portfolio needs and Foundation's decoder hides: the digits of a number as they stood
/// (no `Double` between the file and `Decimal`), the order of an object's members, and members that occur twice.
struct JSONReader {
    /// One value.
    indirect enum Node: Hashable {
        case null
        case bool(Bool)
        /// The digits as they stood.
        case number(String)
        case string(String)
        case array([Node])
        case object([Member])

        /// The last member of that name.
        subscript(_ name: String) -> Node? {
            if case .object(let members) = self { members.last { $0.name == name }?.value } else { nil }
        }
    }

    /// One member of an object.
    struct Member: Hashable {
        var name: String
        var value: Node
    }

    /// Where the text stops being JSON.
    struct Malformed: Error {
        var line: Int
        var what: String
    }

    private var bytes: [UInt8]
    private var place = 0

    /// Parses a whole text.
    static func parse(_ text: String) throws(Malformed) -> Node {
        var reader = JSONReader(bytes: Array(text.utf8))
        let node = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.place == reader.bytes.count else { throw reader.malformed("text after the end") }
        return node
    }

    private func malformed(_ what: String) -> Malformed {
        Malformed(line: 1 + bytes.prefix(place).count { $0 == 0x0A }, what: what)
    }

    private mutating func skipSpace() {
        while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard place < bytes.count, bytes[place] == byte else { return false }
        place += 1
        return true
    }

    private mutating func value(depth: Int) throws(Malformed) -> Node {
        guard depth < Limits.jsonDepth else { throw malformed("nested too deeply") }
        skipSpace()
        guard place < bytes.count else { throw malformed("the text ends in the middle") }
        switch bytes[place] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default:
            for (word, node) in [("null", Node.null), ("true", .bool(true)), ("false", .bool(false))]
            where bytes[place...].starts(with: word.utf8) {
                place += word.utf8.count
                return node
            }
            throw malformed("no value begins so")
        }
    }

    private mutating func object(depth: Int) throws(Malformed) -> Node {
        place += 1
        var members: [Member] = []
        if take(UInt8(ascii: "}")) { return .object([]) }
        repeat {
            skipSpace()
            guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { throw malformed("a name is missing") }
            let name = try string()
            guard take(UInt8(ascii: ":")) else { throw malformed("a colon is missing") }
            members.append(Member(name: name, value: try value(depth: depth + 1)))
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw malformed("an object is not closed") }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(Malformed) -> Node {
        place += 1
        var items: [Node] = []
        if take(UInt8(ascii: "]")) { return .array([]) }
        repeat { items.append(try value(depth: depth + 1)) } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw malformed("an array is not closed") }
        return .array(items)
    }

    /// Section 6: `-`, no leading zeros, fraction, exponent.
    private mutating func number() throws(Malformed) -> String {
        let start = place
        if bytes[place] == UInt8(ascii: "-") { place += 1 }
        let whole = digits()
        guard whole > 0, whole == 1 || bytes[place - whole] != UInt8(ascii: "0") else {
            throw malformed("not a number")
        }
        if place < bytes.count, bytes[place] == UInt8(ascii: ".") {
            place += 1
            guard digits() > 0 else { throw malformed("not a number") }
        }
        if place < bytes.count, bytes[place] | 0x20 == UInt8(ascii: "e") {
            place += 1
            if place < bytes.count, bytes[place] == UInt8(ascii: "+") || bytes[place] == UInt8(ascii: "-") {
                place += 1
            }
            guard digits() > 0 else { throw malformed("not a number") }
        }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private mutating func digits() -> Int {
        let start = place
        while place < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place]) { place += 1 }
        return place - start
    }

    private mutating func string() throws(Malformed) -> String {
        place += 1
        var result: [UInt8] = []
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: result, as: UTF8.self)
            case UInt8(ascii: "\\"): result.append(contentsOf: try escape().utf8)
            case 0..<0x20: throw malformed("a control character in a string")
            default: result.append(byte)
            }
        }
        throw malformed("a string is not closed")
    }

    private mutating func escape() throws(Malformed) -> String {
        guard place < bytes.count else { throw malformed("a string is not closed") }
        let byte = bytes[place]
        place += 1
        switch byte {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "b"), UInt8(ascii: "f"): return " "
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return String(UnicodeScalar(byte))
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw malformed("no escape is written so")
        }
    }

    /// Section 7: characters beyond the basic plane are two escapes, a surrogate pair.
    private mutating func unicodeEscape() throws(Malformed) -> String {
        let high = try hexadecimal()
        if let scalar = Unicode.Scalar(high) { return String(scalar) }
        guard (0xD800..<0xDC00).contains(high), bytes[place...].starts(with: [0x5C, 0x75]) else {
            throw malformed("half of a surrogate pair")
        }
        place += 2
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { throw malformed("half of a surrogate pair") }
        return String(scalar)
    }

    private mutating func hexadecimal() throws(Malformed) -> UInt32 {
        guard place + 4 <= bytes.count,
            let value = UInt32(String(decoding: bytes[place..<place + 4], as: UTF8.self), radix: 16),
            bytes[place] != UInt8(ascii: "+")
        else { throw malformed("four hexadecimal digits are missing") }
        place += 4
        return value
    }
}
