import Events
import TestSupport
import Testing

@testable import Agents

@Suite struct ParserTests {
    @Test(
        "An answer means the same fed whole, line by line, byte by byte, in two and at random splits",
        arguments: ParserCase.openAI + ParserCase.responses + ParserCase.anthropic + ParserCase.ollama)
    func splits(_ example: ParserCase) {
        for pieces in example.cuts {
            let reading = Reading(pieces, example.format.parser)
            guard reading == example.expected else {
                Issue.record("cut at \(pieces.map(\.count)): \(reading)")
                return
            }
        }
    }

    @Test("What a parser replaced is counted")
    func repairs() throws {
        var parser = OllamaParser()
        var deltas: [AgentDelta] = []
        let bytes = Array(
            "{\"message\":{\"content\":\"a\\ud83e\"}}\n{\"message\":{\"content\":\"b\"},\"done\":true}\n".utf8)
        try parser.feed(bytes[...], into: &deltas)
        #expect(parser.answer.repairs == 1)
        #expect(deltas.count { $0 == .repaired } == 1)
    }

    @Test("A line without end is refused at its limit", arguments: [ParserCase.Format.openAI, .anthropic, .ollama])
    func lineLimit(_ format: ParserCase.Format) {
        var parser = format.parser
        var fed = 0
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 10)
        var deltas: [AgentDelta] = []
        do throws(AgentError) {
            while fed < 16 << 20 {
                try parser.feed(piece[...], into: &deltas)
                fed += piece.count
            }
            Issue.record("a line of 16 MiB was accepted")
        } catch {
            #expect(error.code == .limit)
            #expect(!error.isRetryable)
            #expect(fed <= AgentLimits.maximumLineBytes)
        }
    }

    @Test("An answer without end is refused at its limit")
    func answerLimit() {
        var parser: any AnswerParser = ParserCase.Format.ollama.parser
        let text = String(repeating: "x", count: 32 << 10)
        let line = Array("{\"message\":{\"content\":\"\(text)\"},\"done\":false}\n".utf8)
        var deltas: [AgentDelta] = []
        do throws(AgentError) {
            while true { try parser.feed(line[...], into: &deltas) }
        } catch {
            #expect(error.code == .limit)
        }
        #expect(deltas.count == AgentLimits.maximumAnswerBytes / text.utf8.count)
    }

    @Test("A server that sends no [DONE] can be declared")
    func withoutDone() {
        let bytes = Array("data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n".utf8)
        let model = ModelConfiguration(
            name: "m", provider: .openAICompatible, modelName: "m", parameters: ["done_marker": .string("optional")])
        #expect(Reading([bytes[...]], OpenAIFormat().parser(for: model)) == Reading(["a"], finish: "stop"))
    }

    @Test("Random bytes never trap a parser", arguments: [ParserCase.Format.openAI, .anthropic, .ollama, .openAIWhole])
    func junk(_ format: ParserCase.Format) {
        let seeds = (ParserCase.openAI + ParserCase.anthropic + ParserCase.ollama).filter { $0.bytes.count < 3000 }
        var random = SeededGenerator(seed: 4)
        for _ in 0..<200 {
            guard var bytes = seeds.randomElement(using: &random)?.bytes, !bytes.isEmpty else { continue }
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                bytes[place] = UInt8.random(in: 0...255, using: &random)
            }
            let whole = Reading([bytes[...]], format.parser)
            let single = Reading(bytes.indices.map { bytes[$0...$0] }, format.parser)
            #expect(whole == single)
        }
    }
}

@Suite struct JSONViewTests {
    @Test(
        "What is one JSON value is accepted",
        arguments: [
            "{}", "[]", " null ", "true", "-0", "0.5", "1e9", "-1.5E+10", "\"\"",
            "{\"a\":[1,{\"b\":[]},\"c\"],\"d\":{}}",
            "[[[[]]]]", "{\"a\" : 1 , \"b\" : [ 1 , 2 ] }", "NaN", "\"\\u00e9\\\"\"",
        ])
    func accepted(_ text: String) {
        #expect(JSONView(Array(text.utf8)) != nil)
    }

    @Test(
        "What is none is refused",
        arguments: [
            "", " ", "{", "}", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "01", "+1", "1.", ".5", "1e",
            "tru", "nulll",
            "\"", "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "[1 2]", "{} {}", "[}", "{]", "[1}", "{\"a\":1]", "--1",
            "[,1]",
        ])
    func refused(_ text: String) {
        #expect(JSONView(Array(text.utf8)) == nil)
    }

    @Test("Members and elements are found")
    func lookup() throws {
        let text = "{\"a\":{\"b\":[10,\"x,]}\\\"\",{\"c\":null}]},\"\\u0064\":3.0,\"t\":true,\"a\":1}"
        let view = try #require(JSONView(Array(text.utf8)))
        let elements = try #require(view["a"]?["b"]?.elements)
        #expect(elements.count == 3)
        #expect(elements[0].integer == 10)
        #expect(elements[1].string == "x,]}\"")
        #expect(elements[2]["c"]?.isNull == true)
        #expect(view["d"]?.integer == 3)
        #expect(view["t"]?.isTrue == true)
        #expect(view["b"] == nil)
        #expect(view["a"]?.string == nil)
        #expect(view["t"]?.elements.isEmpty == true)
    }

    @Test("Every scalar survives its escape, in one piece and in two")
    func scalars() throws {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<3000 {
            guard let scalar = Unicode.Scalar(UInt32.random(in: 0...0x10_FFFF, using: &random)) else { continue }
            let text = String(Character(scalar))
            let escaped = text.utf16.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
            let view = try #require(JSONView(Array("\"\(escaped.joined())\"".utf8)))
            #expect(view.string.map { Array($0.utf8) } == Array(text.utf8))
            var joiner = TextJoiner()
            var joined = ""
            for part in escaped {
                joined += joiner.take(try #require(JSONView(Array("\"\(part)\"".utf8))?.stringBytes))
            }
            joined += joiner.end()
            #expect(Array(joined.utf8) == Array(text.utf8))
            #expect(joiner.repairs == 0)
        }
    }

    @Test("Text cut at every byte is joined without a repair")
    func everyByte() {
        let text = "👩‍🚀🇫🇷👍🏽e\u{301} नमस्ते สวัสดี مرحبا 你好 naïve"
        for piece in [1, 2, 3, 5] {
            var joiner = TextJoiner()
            var joined = ""
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: piece) {
                joined += joiner.take(Array(bytes[start..<min(start + piece, bytes.count)]))
            }
            joined += joiner.end()
            #expect(Array(joined.utf8) == bytes)
            #expect(joiner.repairs == 0)
        }
    }
}
