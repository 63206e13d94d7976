import TestSupport
import Testing

@testable import Agents

/// Text of every script through every provider, cut where it must survive.
@Suite struct UnicodeTests {
    static let texts = [
        "👩‍🚀👨‍👩‍👧‍👦", "🇫🇷🇨🇳", "👍🏽👩🏿‍🔬", "e\u{301}a\u{308}\u{323}o\u{302}", "你好，世界", "مرحبا بالعالم", "नमस्ते दुनिया", "สวัสดีชาวโลก",
        "한국어", "a\u{2028}b\u{0}c",
    ]

    @Test(
        "A delta for each scalar, and bytes that come one by one, give the text byte for byte", arguments: Dialect.all)
    func scalars(_ dialect: Dialect) async throws {
        let text = Self.texts.joined()
        let deltas = text.unicodeScalars.map(String.init)
        let body =
            Array(dialect.start(1).utf8)
            + deltas.flatMap { dialect.token($0 == "\u{0}" ? "\\u0000" : $0) } + Array(dialect.end.utf8)
        var parser = try agent(dialect.model(url: "http://x")).format.parser(for: dialect.model(url: "http://x"))
        var parsed: [AgentDelta] = []
        for byte in body { try parser.feed([byte], into: &parsed) }
        var reading = Reading()
        for delta in parsed { reading.take(delta) }
        #expect(reading.text == deltas.map { Array($0.utf8) })
        #expect(reading.repairs == 0)
        let heard = try await dialect.hear(
            [dialect.head]
                + stride(from: 0, to: body.count, by: 5).map {
                    .chunk(Array(body[$0..<min($0 + 5, body.count)]))
                } + [.end])
        #expect(heard.reading == reading)
        #expect(heard.reading.finish != nil)
    }

    @Test("A delta for each byte of the text gives it byte for byte", arguments: Dialect.all)
    func bytes(_ dialect: Dialect) async throws {
        for text in Self.texts.dropLast() {
            let heard = try await dialect.hear(
                [dialect.head, .chunk(dialect.start(1))] + Array(text.utf8).map { .chunk(dialect.token([$0])) }
                    + [.chunk(dialect.end), .end])
            #expect(heard.failure == nil)
            #expect(heard.text.utf8.elementsEqual(text.utf8))
            #expect(heard.reading.repairs == 0)
        }
    }
}
