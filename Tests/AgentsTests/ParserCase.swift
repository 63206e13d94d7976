import Events
import TestSupport
import Testing

@testable import Agents

/// An answer's bytes and what they mean.
struct ParserCase: Sendable, CustomTestStringConvertible {
    enum Format: Sendable {
        case openAI, openAIWhole, responses, anthropic, anthropicWhole, ollama

        var parser: any AnswerParser {
            switch self {
            case .openAI: EventStreamParser(OpenAIInterpreter())
            case .openAIWhole: WholeAnswerParser.openAI
            case .responses: EventStreamParser(ResponsesInterpreter())
            case .anthropic: EventStreamParser(AnthropicInterpreter())
            case .anthropicWhole: WholeAnswerParser.anthropic
            case .ollama: OllamaParser()
            }
        }
    }

    var title: String
    var format: Format
    var bytes: [UInt8]
    var expected: Reading

    init(_ title: String, _ format: Format, bytes: [UInt8], _ expected: Reading) {
        self.title = title
        self.format = format
        self.bytes = bytes
        self.expected = expected
    }

    init(_ title: String, _ format: Format, _ text: String, _ expected: Reading) {
        self.init(title, format, bytes: Array(text.utf8), expected)
    }

    var testDescription: String { "\(format): \(title)" }
}

/// What a parser made of some bytes.
struct Reading: Sendable, Equatable {
    /// Byte for byte: `==` on String would take composed and decomposed characters for the same.
    var text: [[UInt8]] = []
    var reasoning: [[UInt8]] = []
    var usage: Usage?
    var finish: String?
    var error: AgentError.Code?
    /// Deltas that were not Unicode.
    var repairs = 0

    init(
        _ text: [String] = [], reasoning: [String] = [], usage: Usage? = nil, finish: String? = nil,
        error: AgentError.Code? = nil, repairs: Int = 0
    ) {
        self.text = text.map { Array($0.utf8) }
        self.reasoning = reasoning.map { Array($0.utf8) }
        self.usage = usage
        self.finish = finish
        self.error = error
        self.repairs = repairs
    }

    /// Feeds the pieces, and then the clean end.
    init(_ pieces: [ArraySlice<UInt8>], _ parser: any AnswerParser) {
        self.init()
        var parser = parser
        var deltas: [AgentDelta] = []
        do throws(AgentError) {
            for piece in pieces { try parser.feed(piece, into: &deltas) }
            try parser.end(into: &deltas)
        } catch {
            self.error = error.code
        }
        for delta in deltas { take(delta) }
    }

    mutating func take(_ delta: AgentDelta) {
        switch delta {
        case .text(let piece): text.append(Array(piece.utf8))
        case .reasoning(let piece): reasoning.append(Array(piece.utf8))
        case .usage(let reported): usage = reported
        case .repaired: repairs += 1
        case .finished(let reason): finish = reason
        }
    }
}

extension ParserCase {
    /// The ways to cut the bytes: whole, line by line, byte by byte, in two, and at random places.
    var cuts: [[ArraySlice<UInt8>]] {
        let signs = Array("\n\r\\ud".utf8)
        var cuts: [[ArraySlice<UInt8>]] = [[bytes[...]], bytes.indices.map { bytes[$0...$0] }]
        var lines: [ArraySlice<UInt8>] = []
        var start = bytes.startIndex
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") {
            lines.append(bytes[start...index])
            start = index + 1
        }
        cuts.append(lines + [bytes[start...]])
        // Everywhere near what may be cut wrongly, and every few bytes of the rest.
        for place in bytes.indices where place % 7 == 0 || bytes[place] >= 0x80 || signs.contains(bytes[place]) {
            cuts.append([bytes[..<place], bytes[place...]])
        }
        var random = SeededGenerator(seed: UInt64(bytes.count) &* 0x9E37_79B9)
        for _ in 0..<12 {
            var rest = bytes[...]
            var pieces: [ArraySlice<UInt8>] = []
            while !rest.isEmpty {
                let count = Int.random(in: 1...40, using: &random)
                pieces.append(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            cuts.append(pieces)
        }
        return cuts
    }
}
