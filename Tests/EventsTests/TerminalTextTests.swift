import Events
import Testing

@Suite("Text for a terminal")
struct TerminalTextTests {
    @Test("Every control character, separator and bidirectional control is escaped")
    func unsafe() {
        let all: [ClosedRange<UInt32>] = [
            0...8, 0x0B...0x1F, 0x7F...0x9F, 0x61C...0x61C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069,
            0xFEFF...0xFEFF, 0xE0020...0xE007F,
        ]
        for value in all.joined() {
            guard let scalar = Unicode.Scalar(value) else { continue }
            var output: [UInt8] = []
            TerminalText.append(scalar, to: &output)
            #expect(String(decoding: output, as: UTF8.self) == "\\u{\(String(value, radix: 16, uppercase: true))}")
        }
    }

    @Test("A line is cut by columns, never inside a character, and not at all where it fits")
    func cut() {
        #expect(TerminalText.cut("abcdef", columns: 6) == "abcdef")
        #expect(TerminalText.cut("abcdefg", columns: 6) == "abcde…")
        #expect(TerminalText.cut("宽宽宽", columns: 6) == "宽宽宽")
        #expect(TerminalText.cut("宽宽宽宽", columns: 6) == "宽宽…")
        #expect(TerminalText.cut("a👩‍🚀👩‍🚀", columns: 4) == "a👩‍🚀…")
        #expect(TerminalText.cut("e\u{301}e\u{301}e\u{301}", columns: 2) == "e\u{301}…")
        #expect(TerminalText.cut("", columns: 1) == "")
    }

    @Test(
        "Characters have the columns that terminals give them",
        arguments: [("a", 1), ("é", 1), ("你", 2), ("ア", 2), ("한", 2), ("，", 2), ("😀", 2), ("🇫🇷", 2), ("❤️", 2), ("…", 1)])
    func width(character: Character, columns: Int) {
        #expect(TerminalText.width(character) == columns)
    }
}
