/// Makes text that others wrote fit for a terminal.
package enum TerminalText {
    /// Appends `scalar`, or its escape where it would act on the terminal or hide what the text says.
    package static func append(_ scalar: Unicode.Scalar, to output: inout [UInt8]) {
        if isUnsafe(scalar) {
            output.append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".utf8)
        } else {
            output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }

    /// Several lines: line breaks and tabs stay.
    package static func lines(_ text: some StringProtocol) -> String {
        var output: [UInt8] = []
        for scalar in text.unicodeScalars { append(scalar, to: &output) }
        return String(decoding: output, as: UTF8.self)
    }

    /// One line: line breaks and tabs are escaped too.
    package static func line(_ text: some StringProtocol) -> String {
        var output: [UInt8] = []
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": output.append(contentsOf: "\\n".utf8)
            case "\t": output.append(contentsOf: "\\t".utf8)
            default: append(scalar, to: &output)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Cuts a line to a number of columns; what was cut is marked with an ellipsis.
    package static func cut(_ line: String, columns: Int) -> String {
        var width = 0
        var end = line.startIndex
        for index in line.indices {
            width += Self.width(line[index])
            if width > columns { return line[..<end] + "…" }
            // Keeps a column for the ellipsis.
            if width < columns { end = line.index(after: index) }
        }
        return line
    }

    /// Control characters but line feed and tab (C0, DEL, C1), line and paragraph separators, the controls of the
    /// bidirectional algorithm (UAX #9), which can show text in another order than it has, and invisible format
    /// characters that carry hidden text.
    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0x00..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: true
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        case 0x00AD, 0x180E, 0x200B, 0x2060...0x2065, 0x206A...0x206F, 0xFEFF, 0xFFF9...0xFFFB: true
        case 0xE0000...0xE007F: true
        default: false
        }
    }

    /// The columns of a grapheme cluster: 2 for East Asian wide characters and emoji (UAX #11), 0 for a lone mark.
    package static func width(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        if first.properties.generalCategory == .nonspacingMark || first.properties.generalCategory == .enclosingMark {
            return 0
        }
        if first.properties.isEmojiPresentation || character.unicodeScalars.contains("\u{FE0F}") { return 2 }
        switch first.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF,
            0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
