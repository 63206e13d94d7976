/// Cuts a finished text into the small pieces that a model would have streamed.
///
/// A piece is one to four characters (grapheme clusters). A number with its sign, currency, separators and unit, and a
/// Latin word, are never cut, so a piece that holds one may be longer. A space goes with what follows it. The pieces
/// put together are the text, byte for byte.
public enum TextPieces {
    /// The most characters of a piece that holds no word and no number.
    public static let maximumCharacters = 4
    /// A run of letters or digits that nobody could call a word is cut here, so that no piece is unbounded.
    public static let maximumWordCharacters = 64

    /// Cuts the text; equal texts give equal pieces.
    public static func split(_ text: String) -> [String] {
        let characters = Array(text)
        var pieces: [String] = []
        var index = 0
        while index < characters.count {
            let end = pieceEnd(characters, from: index, ordinal: pieces.count)
            pieces.append(String(characters[index..<end]))
            index = end
        }
        return pieces
    }

    /// The sizes of neighbouring pieces differ, as a tokenizer's do.
    private static let sizes = [2, 1, 3, 2, 2, 4, 1, 2]

    private static func pieceEnd(_ characters: [Character], from start: Int, ordinal: Int) -> Int {
        let afterSpace = characters[start] == " " ? start + 1 : start
        if let end = wordEnd(characters, from: afterSpace) { return end }
        let limit = min(start + sizes[ordinal % sizes.count], characters.count)
        var end = start + 1
        while end < limit, characters[end] != " ", wordEnd(characters, from: end) == nil { end += 1 }
        // A sentence's mark is never the first character of a piece where it still fits into the one before.
        if end < characters.count, end - start < maximumCharacters, isClosingMark(characters[end]) { end += 1 }
        return end
    }

    /// The end of the number or Latin word that begins at `start`, or nil where none begins there.
    private static func wordEnd(_ characters: [Character], from start: Int) -> Int? {
        guard start < characters.count else { return nil }
        var digitsFrom = start
        while digitsFrom < characters.count, digitsFrom - start < 4, isPrefix(characters[digitsFrom]) {
            digitsFrom += 1
        }
        if digitsFrom < characters.count, isDigit(characters[digitsFrom]) {
            return numberEnd(characters, from: digitsFrom)
        }
        return isLatin(characters[start]) ? run(characters, from: start) : nil
    }

    private static func numberEnd(_ characters: [Character], from start: Int) -> Int {
        var end = run(characters, from: start)
        while end < characters.count, end - start < maximumWordCharacters, isSuffix(characters[end]) { end += 1 }
        return end
    }

    /// Letters and digits stay together ("C3", "300ETF"), and so do the marks between two of them ("1,234.5", "don't").
    private static func run(_ characters: [Character], from start: Int) -> Int {
        var end = start + 1
        while end < characters.count, end - start < maximumWordCharacters {
            if isDigit(characters[end]) || isLatin(characters[end]) {
                end += 1
            } else if isJoiner(characters[end]), end + 1 < characters.count, joins(characters, at: end) {
                end += 2
            } else {
                break
            }
        }
        return end
    }

    private static func joins(_ characters: [Character], at index: Int) -> Bool {
        let (before, after) = (characters[index - 1], characters[index + 1])
        return isDigit(before) && isDigit(after)
            || isLatin(before) && isLatin(after) && !".,:/，．".contains(characters[index])
    }

    private static func isDigit(_ character: Character) -> Bool {
        character.unicodeScalars.first.map { (0x30...0x39).contains($0.value) || (0xFF10...0xFF19).contains($0.value) }
            ?? false
    }

    private static func isLatin(_ character: Character) -> Bool {
        guard let scalar = character.unicodeScalars.first else { return false }
        switch scalar.value {
        case 0x41...0x5A, 0x61...0x7A, 0xFF21...0xFF3A, 0xFF41...0xFF5A: return true
        case 0xC0...0x24F, 0x1E00...0x1EFF: return scalar.properties.isAlphabetic
        default: return false
        }
    }

    private static func isPrefix(_ character: Character) -> Bool { "¥￥$€£+-−＋－".contains(character) }

    private static func isSuffix(_ character: Character) -> Bool { "%％‰万亿".contains(character) }

    private static func isJoiner(_ character: Character) -> Bool { ".,:/-'’，．＇".contains(character) }

    private static func isClosingMark(_ character: Character) -> Bool {
        "，。！？；：、…,.!?;:）)】」』”’".contains(character)
    }
}
