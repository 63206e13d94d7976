// The text format, for people. The gutter holds the offset, and with -t the time:
//
//      16  started      character_advisor message, agent xiaomei, model local
//          character_advisor
//      17  你好呀，我是小美。…
//     401  completed    character_advisor message, stop, 486 characters, first token after 3 ms
//
// A run of tokens of one message is one growing line under its node's name; its offset is the first token's. Any other
// event is one line with a state word. Lines of the text itself are indented to stay clear of the gutter.

import Events

/// Events for people: growing lines of text, and one line for anything else.
struct TextRenderer: Renderer {
    private let showsTime: Bool
    private let style: Style
    private let columns: Int
    /// The message whose tokens are being written; nil at the beginning of a line.
    private var openMessage: Offset?
    /// True where the text's own line feed was the last thing written, so that the indent is still owed.
    private var owesIndent = false

    /// - Parameters:
    ///   - columns: where a line that is no token is cut.
    init(showsTime: Bool = false, usesColor: Bool = false, columns: Int = Limits.columns) {
        self.showsTime = showsTime
        self.columns = columns
        style = Style(isOn: usesColor)
    }

    mutating func render(_ event: Event, _ attribution: Attribution, into rendering: inout Rendering) {
        if event.kind == .token {
            token(event, attribution, &rendering.bytes)
        } else {
            line(event, attribution, &rendering.bytes)
        }
    }

    mutating func finish(into rendering: inout Rendering) { endLine(&rendering.bytes) }

    private mutating func token(_ event: Event, _ attribution: Attribution, _ output: inout [UInt8]) {
        // A token without a cause is a message of its own.
        let message = attribution.message ?? event.cause ?? event.offset
        if openMessage != message {
            endLine(&output)
            openMessage = message
            let name = TerminalText.line(attribution.node ?? attribution.role ?? "message")
            output.append(contentsOf: "\(indent)\(style.name(name))\n".utf8)
            gutter(event, &output)
        }
        guard let text = event.body else {
            output.append(contentsOf: style.dim("[erased]").utf8)
            return
        }
        for scalar in text.unicodeScalars {
            if owesIndent {
                output.append(contentsOf: indent.utf8)
                owesIndent = false
            }
            TerminalText.append(scalar, to: &output)
            owesIndent = scalar == "\n"
        }
    }

    private mutating func line(_ event: Event, _ attribution: Attribution, _ output: inout [UInt8]) {
        endLine(&output)
        gutter(event, &output)
        let description = EventDescription(event, attribution)
        let word = description.word
        let padding = String(repeating: " ", count: max(1, 13 - word.count))
        let room = max(Limits.detailColumns, columns - indent.count - word.count - padding.count)
        let details = TerminalText.cut(TerminalText.line(description.details), columns: room)
        output.append(contentsOf: "\(style.state(word, description.outcome))\(padding)\(details)\n".utf8)
    }

    private mutating func endLine(_ output: inout [UInt8]) {
        if openMessage != nil, !owesIndent { output.append(UInt8(ascii: "\n")) }
        openMessage = nil
        owesIndent = false
    }

    private func gutter(_ event: Event, _ output: inout [UInt8]) {
        let offset = "\(event.offset)"
        var text = String(repeating: " ", count: max(0, Limits.gutterColumns - offset.count)) + offset
        // Milliseconds are enough for people; the JSON form has all six digits.
        if showsTime { text += "  " + event.at.description.dropLast(4) + "Z" }
        output.append(contentsOf: "\(style.dim(text))  ".utf8)
    }

    /// As wide as the gutter with the space after it.
    private var indent: String {
        String(repeating: " ", count: Limits.gutterColumns + 2 + (showsTime ? 26 : 0))
    }
}

/// The escapes of the text format (ECMA-48, section 8.3.117), or none.
struct Style {
    var isOn: Bool

    func dim(_ text: String) -> String { paint(text, "2") }

    func name(_ text: String) -> String { paint(text, "1;36") }

    func state(_ word: String, _ outcome: EventDescription.Outcome) -> String {
        switch outcome {
        case .neutral: word
        case .good: paint(word, "32")
        case .doubtful: paint(word, "33")
        case .bad: paint(word, "31")
        }
    }

    private func paint(_ text: String, _ code: String) -> String {
        isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
