import TestSupport
import Testing

@testable import Agents

@Suite("A composed text in pieces")
struct TextPiecesTests {
    @Test("Numbers with their sign, currency and unit, and Latin words, stay whole")
    func whole() {
        let text = "你一共有24.9万元，浮盈+26.2%，约¥1,234.50。Don't sell 易方达300ETF！C3 to-day ２０％"
        let pieces = TextPieces.split(text)
        for part in ["24.9万", "+26.2%", "¥1,234.50", "Don't", "300ETF", "C3", "to-day", "２０％"] {
            #expect(pieces.contains { $0.contains(part) }, "\(part) in \(pieces)")
        }
        #expect(pieces.joined() == text)
    }

    @Test("No mark begins a piece that could have ended the one before")
    func marks() {
        let pieces = TextPieces.split("好的，我们慢慢来。先看看，再说！不着急；真的。")
        for (before, piece) in zip(pieces, pieces.dropFirst()) where before.count < TextPieces.maximumCharacters {
            #expect(piece.first.map { !"，。！；".contains($0) } == true, "\(before)|\(piece)")
        }
    }

    @Test("Emoji and combining marks are never cut")
    func clusters() {
        let text = "👨‍👩‍👧‍👦🇨🇳e\u{301}\u{301}👍🏽한국어नमस्ते"
        let pieces = TextPieces.split(text)
        #expect(pieces.joined() == text)
        #expect(pieces.flatMap { Array($0) } == Array(text))
    }

    @Test("Any text comes back byte for byte, in small pieces, the same each time")
    func random() {
        let alphabet = Array("a1.,，。 %¥￥元万易e\u{301}🙂\n-'９\u{200D}\u{FE0F}é")
        var generator = SeededGenerator(seed: TestLength.seed)
        for _ in 0..<TestLength.count(300, long: 30_000) {
            let text = String(
                (0..<Int.random(in: 0...80, using: &generator)).map { _ in
                    alphabet[Int.random(in: alphabet.indices, using: &generator)]
                })
            let pieces = TextPieces.split(text)
            #expect(Array(pieces.joined().utf8) == Array(text.utf8))
            #expect(pieces.allSatisfy { !$0.isEmpty && $0.count <= TextPieces.maximumWordCharacters + 8 })
            #expect(TextPieces.split(text) == pieces)
        }
        let long = TextPieces.split(String(repeating: "a", count: 100_000))
        #expect(long.allSatisfy { $0.count <= TextPieces.maximumWordCharacters })
    }
}
