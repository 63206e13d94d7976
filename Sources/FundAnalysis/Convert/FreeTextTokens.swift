import Foundation

/// A message as clauses of words and numbers.
///
/// Digits that belong to a word stay in it: 沪深300, NASDAQ 100, A50, 7天, 5G, C3. A comma between digits in groups of
/// three belongs to the number; any other comma ends the clause.
struct FreeTextTokens {
    /// A word or a number of a clause.
    enum Token: Hashable {
        case word(String)
        /// The number, as it stood, and the unit of count behind it (`份`, `股`, `shares`).
        case number(NumberText, raw: String, isCount: Bool)
        /// Six digits that may be a fund's code.
        case digits(String)
    }

    /// One clause.
    struct Clause: Hashable {
        var tokens: [Token] = []
        var text = ""
        var line: Int
        /// The mark behind it ended the sentence.
        var endsSentence = false
    }

    private let characters: [Character]
    private var place = 0
    private var line = 1
    private var clauses: [Clause] = []
    private var clause = Clause(line: 1)
    private var word = ""

    /// Splits a message.
    static func clauses(of text: String) -> [Clause] {
        var tokens = FreeTextTokens(characters: Array(text.halfWidth))
        tokens.run()
        return tokens.clauses
    }

    private init(characters: [Character]) { self.characters = characters }

    private mutating func run() {
        while place < characters.count {
            let character = characters[place]
            if isClauseEnd(character) {
                endClause(character)
            } else if let end = numberEnd(), takeNumber(to: end) {
                continue
            } else if let (number, end) = ChineseNumeral.parse(characters, at: place), take(number, to: end) {
                continue
            } else {
                word.append(character)
                clause.text.append(character)
                place += 1
            }
        }
        endClause(" ")
    }

    private func isClauseEnd(_ character: Character) -> Bool {
        if character == "." {
            // A full stop, not a decimal mark or `S.A.`.
            let next = place + 1 < characters.count ? characters[place + 1] : "\n"
            return next.isWhitespace
        }
        return character.isNewline || ",;。!?、".contains(character)
    }

    private mutating func endClause(_ mark: Character) {
        endWord()
        clause.endsSentence = mark.isNewline || ";。!?.".contains(mark)
        if mark == "?" { clause.text.append("?") }
        if !clause.tokens.isEmpty || !clause.text.trimmed.isEmpty { clauses.append(clause) }
        place += 1
        if mark.isNewline { line += 1 }
        clause = Clause(line: line)
    }

    private mutating func endWord() {
        let text = word.trimmed
        if !text.isEmpty { clause.tokens.append(.word(text)) }
        word = ""
    }

    /// The end of the digits of a number that begins here; nil where none does or the digits belong to a word.
    private func numberEnd() -> Int? {
        var start = place
        let before = place > 0 ? characters[place - 1] : " "
        if characters[start] == "(", let close = bracketedEnd(start) { return close }
        if "+-".contains(characters[start]) {
            if before.isASCII, before.isLetter || before.isNumber { return nil }
            start += 1
        }
        while start < characters.count, start - place < 4,
            "¥$€£".contains(characters[start]) || (characters[start] == " " && start > place)
        {
            start += 1
        }
        if start > place, start < characters.count, "+-".contains(characters[start]) { start += 1 }
        guard start < characters.count, isDigit(start) || (characters[start] == "." && isDigit(start + 1)) else {
            return nil
        }
        if start == place, before.isASCII, before.isLetter || before.isNumber || before == "." { return nil }
        var end = start
        while end < characters.count {
            if isDigit(end) {
                end += 1
            } else if ".'".contains(characters[end]), isDigit(end + 1) {
                end += 1
            } else if characters[end] == ",", isGroup(end + 1), isDigit(end - 1) {
                end += 1
            } else {
                break
            }
        }
        return belongsToWord(start, end) ? nil : end
    }

    private func isDigit(_ index: Int) -> Bool {
        index >= 0 && index < characters.count && ("0"..."9").contains(characters[index])
    }

    /// Exactly three digits.
    private func isGroup(_ index: Int) -> Bool {
        isDigit(index) && isDigit(index + 1) && isDigit(index + 2) && !isDigit(index + 3)
    }

    /// `(1,234.56)`, but not `(161725)`, which is a code, nor `(2)`.
    private func bracketedEnd(_ start: Int) -> Int? {
        guard let close = characters[start...].prefix(32).firstIndex(of: ")") else { return nil }
        let inside = String(characters[(start + 1)..<close])
        guard inside.contains("."), NumberText.number(inside) != nil else { return nil }
        return close + 1
    }

    private static let stems = [
        "沪深", "中证", "上证", "深证", "科创", "创业板", "纳斯达克", "纳指", "标普", "国证", "恒生", "道琼斯", "日经", "a", "msci",
        "s&p", "sp", "nasdaq", "russell", "ftse", "csi", "dow", "nikkei", "互联网",
    ]
    private static let stemNumbers: Set = [
        "30", "40", "50", "60", "80", "100", "180", "200", "225", "300", "400", "500", "600", "800", "1000", "2000",
        "3000",
    ]

    /// Whether the digits are part of a name (沪深300) or of a measure that is no money (7天, 30岁, 2025年).
    private func belongsToWord(_ start: Int, _ end: Int) -> Bool {
        let digits = String(characters[start..<end])
        let before = String(characters[max(0, start - 10)..<start]).lowercased().trimmed
        if Self.stemNumbers.contains(digits), Self.stems.contains(where: { before.hasSuffix($0) }) { return true }
        guard end < characters.count else { return false }
        let next = characters[end]
        if "年岁天月日号点期只支个位次折倍".contains(next) { return true }
        if next == "-" || next == "/" || next == ":", isDigit(end + 1) { return true }
        if next.isASCII, next.isLetter {
            // 5w, 3k, 200 CNY, 100shares are numbers; 5G, 3X, 20mg are not.
            let letters = characters[end...].prefix { $0.isASCII && $0.isLetter }.map { $0.lowercased() }.joined()
            return !["w", "k", "cny", "rmb", "usd", "hkd", "eur", "gbp", "shares", "units"].contains(letters)
        }
        return false
    }

    private static let suffixes = [
        "%", "万亿", "千万", "亿", "万", "千", "w", "k", "元", "块钱", "块", "人民币", "美元", "港元", "港币", "欧元", "cny", "rmb",
        "usd", "hkd", "eur", "gbp",
    ]
    private static let counts = ["份", "股", "shares", "share", "units", "unit"]

    /// Takes the number with its suffixes; false where it is none after all.
    private mutating func takeNumber(to end: Int) -> Bool {
        var end = end
        if let date = dateEnd() {
            word.append(contentsOf: characters[place..<date])
            clause.text.append(contentsOf: characters[place..<date])
            place = date
            return true
        }
        let digits = String(characters[place..<end])
        while let next = suffixEnd(end, Self.suffixes) { end = next }
        guard var number = NumberText.number(String(characters[place..<end])) else { return false }
        if let (more, next) = tail(end) {
            number.value += number.value < 0 ? -more : more
            end = next
        }
        let isBareSix = digits.count == 6 && end == place + 6 && digits.allSatisfy { ("0"..."9").contains($0) }
        guard isBareSix, suffixEnd(end, Self.counts) == nil else { return take(number, to: end) }
        endWord()
        clause.tokens.append(.digits(digits))
        clause.text.append(digits)
        place = end
        return true
    }

    /// Appends a number that ends there, with the unit of count behind it.
    private mutating func take(_ number: NumberText, to end: Int) -> Bool {
        let raw = String(characters[place..<end])
        let counted = suffixEnd(end, Self.counts)
        endWord()
        clause.tokens.append(.number(number, raw: raw, isCount: counted != nil))
        clause.text.append(contentsOf: characters[place..<(counted ?? end)])
        place = counted ?? end
        return true
    }

    /// What follows 万 in "3万2" and "3万2千" (2,000) or "3万500" (500).
    private func tail(_ start: Int) -> (Decimal, Int)? {
        guard start > 0, characters[start - 1] == "万", isDigit(start) else { return nil }
        var end = start
        while isDigit(end) { end += 1 }
        guard end - start <= 4, let digits = Decimal(string: String(characters[start..<end])) else { return nil }
        if end < characters.count, characters[end] == "千" { return (digits * 1_000, end + 1) }
        return (end - start == 1 ? digits * 1_000 : digits, end)
    }

    private func suffixEnd(_ first: Int, _ words: [String]) -> Int? {
        var start = first
        while start < characters.count, characters[start] == " " { start += 1 }
        for word in words {
            let end = start + word.count
            guard end <= characters.count, String(characters[start..<end]).lowercased() == word else { continue }
            // The 万 of 万家 is no scale of the number before the blank.
            let isApart = end - word.count > first && word.hasHan
            if isApart, end < characters.count, String(characters[end]).hasHan, !"元块".contains(characters[end]) {
                continue
            }
            let isLatin = word.allSatisfy { $0.isASCII && $0.isLetter }
            if isLatin, end < characters.count, characters[end].isASCII, characters[end].isLetter { continue }
            return end
        }
        return nil
    }

    /// A date is no amount.
    private func dateEnd() -> Int? {
        for length in [10, 9, 8] where place + length <= characters.count {
            let text = String(characters[place..<place + length])
            if text.contains(where: { "-/.年".contains($0) }), DateText.parse(text) != nil { return place + length }
        }
        return nil
    }
}
