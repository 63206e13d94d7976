/// The members of a JSON object as they stand in its text, for splicing a body's part into a frame verbatim.
///
/// It reads what the log holds, canonical JSON; of any other text it gives nothing rather than something wrong.
struct JSONMembers: Sequence, IteratorProtocol {
    private let text: Substring.UTF8View
    private var index: Substring.UTF8View.Index
    private var isBroken = false

    /// Starts at the first member.
    init(_ object: String) {
        text = object[...].utf8
        index = text.startIndex
        if text.first == UInt8(ascii: "{") { index = text.index(after: index) } else { isBroken = true }
    }

    /// The text of the member of that name.
    static func value(_ name: String, of object: String) -> Substring? {
        JSONMembers(object).first { $0.name == name }?.value
    }

    /// The object without the member of that name.
    static func object(_ object: String, without name: String) -> String {
        let kept = JSONMembers(object).filter { $0.name != name }.map { "\"\($0.name)\":\($0.value)" }
        return "{" + kept.joined(separator: ",") + "}"
    }

    /// The next member: its name as it is written between the quotes, and the text of its value.
    mutating func next() -> (name: Substring, value: Substring)? {
        guard !isBroken, index < text.endIndex, text[index] == UInt8(ascii: "\"") else { return nil }
        let nameStart = text.index(after: index)
        skipString()
        guard !isBroken, index < text.endIndex, text[index] == UInt8(ascii: ":") else { return nil }
        let name = Substring(text[nameStart..<text.index(before: index)])
        index = text.index(after: index)
        let valueStart = index
        skipValue()
        guard !isBroken, index < text.endIndex else { return nil }
        let value = Substring(text[valueStart..<index])
        if text[index] == UInt8(ascii: ",") { index = text.index(after: index) }
        return (name, value)
    }

    /// Leaves the index after the closing quote.
    private mutating func skipString() {
        index = text.index(after: index)
        while index < text.endIndex {
            switch text[index] {
            case UInt8(ascii: "\""):
                index = text.index(after: index)
                return
            case UInt8(ascii: "\\"):
                index = text.index(after: index)
                if index < text.endIndex { index = text.index(after: index) }
            default: index = text.index(after: index)
            }
        }
        isBroken = true
    }

    /// Leaves the index at the comma or brace that ends the member.
    private mutating func skipValue() {
        var depth = 0
        while index < text.endIndex {
            switch text[index] {
            case UInt8(ascii: "\""):
                skipString()
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return }
                depth -= 1
            case UInt8(ascii: ",") where depth == 0: return
            default: break
            }
            index = text.index(after: index)
        }
        isBroken = true
    }
}
