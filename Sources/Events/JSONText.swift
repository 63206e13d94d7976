/// Writes JSON strings by hand, for the hot path: a token's text goes into a frame or an event's JSON form.
public enum JSONText {
    /// Appends `text` as a JSON string with its quotes (RFC 8259, section 7: only `"`, `\` and controls are escaped).
    public static func appendString(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): output.append(contentsOf: [0x5C, 0x22])
            case UInt8(ascii: "\\"): output.append(contentsOf: [0x5C, 0x5C])
            case 0x0A: output.append(contentsOf: [0x5C, 0x6E])
            case 0x0D: output.append(contentsOf: [0x5C, 0x72])
            case 0x09: output.append(contentsOf: [0x5C, 0x74])
            case 0x00..<0x20:
                output.append(contentsOf: [0x5C, 0x75, 0x30, 0x30])
                output.append(hexadecimal(byte >> 4))
                output.append(hexadecimal(byte & 15))
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    /// `text` as a JSON string with its quotes.
    public static func string(_ text: String) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count + 2)
        appendString(text, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// Where the value of a member of an object is, in bytes of well-formed JSON whose top is that object.
    ///
    /// It finds the text as it was written, which a decoder does not keep: 1e+16 and 10000000000000000 are one number.
    static func range(ofMember name: String, in json: [UInt8]) -> Range<Int>? {
        var depth = 0
        var index = 0
        var isKey = false
        while index < json.count {
            switch json[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                isKey = depth == 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ","): isKey = depth == 1
            case UInt8(ascii: "\""):
                let text = stringRange(at: index, in: json)
                index = text.upperBound
                if isKey, json[text].elementsEqual(name.utf8) { return valueRange(after: index + 1, in: json) }
                isKey = false
            default: break
            }
            index += 1
        }
        return nil
    }

    /// The inside of the string whose opening quote is at `index`.
    private static func stringRange(at index: Int, in json: [UInt8]) -> Range<Int> {
        var end = index + 1
        while end < json.count, json[end] != UInt8(ascii: "\"") {
            end += json[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        return index + 1..<min(end, json.count)
    }

    /// From behind the colon to the comma or brace that ends the member, without the space around the value.
    private static func valueRange(after index: Int, in json: [UInt8]) -> Range<Int>? {
        guard let colon = json[index...].firstIndex(of: UInt8(ascii: ":")) else { return nil }
        var start = colon + 1
        while start < json.count, isSpace(json[start]) { start += 1 }
        var depth = 0
        var end = start
        scan: while end < json.count {
            switch json[end] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { break scan }
                depth -= 1
            case UInt8(ascii: ",") where depth == 0: break scan
            case UInt8(ascii: "\""): end = stringRange(at: end, in: json).upperBound
            default: break
            }
            end += 1
        }
        while end > start, isSpace(json[end - 1]) { end -= 1 }
        return start..<end
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    private static func hexadecimal(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? 0x30 + nibble : 0x61 + nibble - 10
    }
}
