import Foundation

/// Finds the numbers that a text speaks, in the forms that people and models use.
///
/// Digits (full-width ones too) with grouping, decimals, 万 and 亿, "million" and "k", per cent, percentage points and 成;
/// Chinese numerals where a measure word makes them numbers (两只, 三成, 百分之二十, but not 一点 or 千万别); English number
/// words before "percent" or a word like "funds", and half, a third, a quarter. Fund names are masked before.
struct NumberScanner {
    /// Full-width digits and signs as ASCII.
    let characters: [Character]
    var tokens: [NumberToken] = []
    var index = 0

    /// The numbers of a text, in order.
    static func tokens(in text: String) -> [NumberToken] {
        var scanner = NumberScanner(characters: text.map(halfWidth))
        scanner.scan()
        return scanner.tokens
    }

    private init(characters: [Character]) { self.characters = characters }

    private mutating func scan() {
        while index < characters.count {
            let start = index
            if isDigit(at: index) {
                scanDigits()
            } else if !scanChinese() && !scanEnglish() {
                index += 1
            }
            assert(index > start, "the scanner has to move on")
        }
    }

    // MARK: - Digits

    private mutating func scanDigits() {
        let start = index
        let (value, decimals) = digits()
        let number = scaled(value, decimals: decimals)
        var token = NumberToken(text: "", value: number.value, step: number.step, kind: .plain)
        if starts(with: "分之"), let fraction = fraction(below: number.value) {
            token = fraction
        } else if scanDate(&token) {
            // A date says its own kind.
        } else {
            measure(&token, number: number, start: start)
        }
        finish(&token, from: start)
    }

    /// Reads `1,234.56`: a comma only before three digits, a point only before one.
    private mutating func digits() -> (value: Decimal, decimals: Int) {
        var (text, decimals, hasPoint) = ("", 0, false)
        while index < characters.count, text.count <= Limits.numberDigits {
            let character = characters[index]
            if isDigit(at: index) {
                text.append(character)
                if hasPoint { decimals += 1 }
            } else if character == ",", !hasPoint, (1...3).allSatisfy({ isDigit(at: index + $0) }) {
                // Only grouping.
            } else if character == ".", !hasPoint, isDigit(at: index + 1) {
                hasPoint = true
                text.append(".")
            } else {
                break
            }
            index += 1
        }
        while isDigit(at: index) { index += 1 }
        return (Decimal(string: text) ?? 0, decimals)
    }

    /// Takes the multiplier that follows; the step is that of the last digit said, zeros at the end not counted.
    mutating func scaled(_ value: Decimal, decimals: Int) -> (value: Decimal, step: Decimal, isScaled: Bool) {
        var step = Self.power(-decimals)
        var multiplier: Decimal = 1
        let rest = ahead(10).lowercased()
        let words: [(String, Decimal)] = [
            ("万亿", 1_000_000_000_000), ("万", 10_000), ("亿", 100_000_000), ("千", 1_000), ("百", 100), ("k", 1_000),
            (" thousand", 1_000), (" million", 1_000_000), (" billion", 1_000_000_000), ("bn", 1_000_000_000),
            ("m", 1_000_000),
        ]
        for (word, factor) in words where rest.hasPrefix(word) && endsWord(after: word) {
            multiplier = factor
            index += word.count
            break
        }
        if decimals == 0, value >= 100 {
            var whole = value
            while whole >= 10, (whole / 10) == Speech.rounded(whole / 10, scale: 0) {
                whole /= 10
                step *= 10
            }
        }
        return (value * multiplier, step * multiplier, multiplier != 1)
    }

    /// Gives the token its unit from the words after it and before it.
    private mutating func measure(
        _ token: inout NumberToken, number: (value: Decimal, step: Decimal, isScaled: Bool), start: Int
    ) {
        takeMore(&token)
        if let currency = Currency.before(behind(start, 4)) {
            token.kind = .money(currency)
            return
        }
        // 日元 before 日.
        if let currency = Currency.after(ahead(8)) {
            token.kind = .money(currency)
            return
        }
        if takeUnit(&token) { return }
        if number.isScaled {
            token.kind = .money(nil)
        } else if token.value >= 1_900, token.value < 2_100, token.step == 1, !characters[start..<index].contains(",") {
            token.kind = .year
        }
    }

    private mutating func scanDate(_ token: inout NumberToken) -> Bool {
        guard (1_900..<2_100).contains(token.value), !token.text.contains(",") else { return false }
        if starts(with: "年") {
            token.kind = .year
            index += 1
            return true
        }
        // 2022-01-04 and 2022/1/4: the year says enough.
        let separator = index < characters.count ? characters[index] : " "
        guard "-/.".contains(separator), isDigit(at: index + 1) else { return false }
        while index < characters.count, isDigit(at: index) || characters[index] == separator && isDigit(at: index + 1) {
            index += 1
        }
        token.kind = .year
        return true
    }

    // MARK: - Units

    /// 多 and 余 say that there is more, "+" too.
    mutating func takeMore(_ token: inout NumberToken) {
        guard let next = characters[safe: index], "多余+".contains(next) else { return }
        token.bound = .above
        index += 1
    }

    /// Takes a unit and turns the token into what it measures.
    mutating func takeUnit(_ token: inout NumberToken) -> Bool {
        let rest = ahead(24).lowercased()
        for unit in Self.units where rest.hasPrefix(unit.word) && endsWord(after: unit.word) {
            index += unit.word.count
            token.kind = unit.kind
            if unit.kind == .fraction {
                // "20%" is as exact as "20.0%" would be in tenths: a whole per cent, never ten.
                let scale = token.step > 1 ? 1 : token.step
                token.value /= unit.divisor
                token.step = scale / unit.divisor
                takeMore(&token)
            }
            return true
        }
        if let noun = Self.countNoun(rest) {
            token.kind = noun
            return true
        }
        return false
    }

    /// The words directly before and after decide the bound, the direction and whether it is asked.
    mutating func finish(_ token: inout NumberToken, from start: Int) {
        token.text = String(characters[start..<index])
        let before = behind(start, 14).lowercased()
        let bare = before.trimmingSuffix(while: { " ¥￥$€£".contains($0) })
        if Self.below.contains(where: bare.hasSuffix) {
            token.bound = .below
        } else if Self.above.contains(where: bare.hasSuffix) {
            token.bound = .above
        } else if Self.about.contains(where: bare.hasSuffix) || Self.aboutAfter.contains(where: ahead(3).hasPrefix) {
            token.isApproximate = true
        }
        token.direction = Self.direction(before: String(bare))
        let end = characters[index...].prefix(120).first { "。！？!?\n".contains($0) }
        token.isAsked = end == "？" || end == "?"
        tokens.append(token)
    }
}

extension NumberScanner {
    /// A unit word, what it measures, and what a fraction is divided by.
    ///
    /// Longer words stand before their beginnings.
    static let units: [(word: String, kind: NumberToken.Kind, divisor: Decimal)] = [
        ("%", .fraction, 100), ("个百分点", .fraction, 100), ("百分点", .fraction, 100), ("个点", .fraction, 100),
        ("成", .fraction, 10), ("倍", .multiple, 1), ("个月", .duration, 1), ("个星期", .duration, 1),
        ("个交易日", .duration, 1), ("年", .duration, 1), ("天", .duration, 1), ("周", .duration, 1),
        ("月", .dayOrMonth, 1), ("日", .dayOrMonth, 1), ("号", .dayOrMonth, 1), ("只", .count, 1), ("支", .count, 1),
        ("个", .count, 1), ("类", .count, 1), ("种", .count, 1), ("笔", .count, 1), (" percentage point", .fraction, 100),
        (" percent", .fraction, 100), (" per cent", .fraction, 100), (" points", .fraction, 100),
        (" point", .fraction, 100), ("pp", .fraction, 100), (" pp", .fraction, 100), (" times", .multiple, 1),
        ("x", .multiple, 1), (" year", .duration, 1), (" month", .duration, 1), (" week", .duration, 1),
        (" day", .duration, 1),
    ]

    private static let below = [
        "近", "接近", "将近", "不到", "不足", "少于", "nearly", "almost", "just under", "under", "less than", "close to",
    ]
    private static let above = ["超过", "超", "多于", "不止", "over", "more than", "just over", "above", "at least"]
    private static let about = ["约", "大约", "大概", "差不多", "about", "around", "roughly", "some", "approximately"]
    private static let aboutAfter = ["左右", "上下"]

    private static let gains = ["浮盈", "盈利", "赚了", "赚", "上涨", "涨了", "涨", "收益", "up", "gained", "gain of", "profit of"]
    private static let losses = ["浮亏", "亏损", "亏了", "亏", "下跌", "跌了", "跌", "down", "lost", "loss of"]

    private static func direction(before text: String) -> Int {
        var text = text
        for filler in ["约", "大约", "大概", "差不多", "有", "是", "为", " by", " about", " around", " roughly"]
        where text.hasSuffix(filler) { text = String(text.dropLast(filler.count)) }
        text = text.trimmingSpaces
        if losses.contains(where: text.hasSuffix) { return -1 }
        return gains.contains(where: text.hasSuffix) ? 1 : 0
    }

    /// "8 holdings", "two bond funds": the noun is one of the next two words.
    static func countNoun(_ rest: String) -> NumberToken.Kind? {
        guard rest.hasPrefix(" ") || rest.hasPrefix("-") else { return nil }
        let others: Set<Substring> = [
            "in", "of", "to", "from", "into", "and", "at", "for", "on", "with", "while", "the",
        ]
        let words = rest.split { !$0.isLetter }.prefix(3).prefix { !others.contains($0) }
        let nouns: Set<Substring> = [
            "fund", "funds", "holding", "holdings", "position", "positions", "product", "products", "etf", "etfs",
        ]
        return words.contains { nouns.contains($0) } ? .count : nil
    }

    func isDigit(at index: Int) -> Bool {
        guard let scalar = characters[safe: index]?.unicodeScalars.first else { return false }
        return (0x30...0x39).contains(scalar.value)
    }

    /// The next characters, without those that were taken.
    func ahead(_ count: Int) -> String { String(characters[index...].prefix(count)) }

    func behind(_ start: Int, _ count: Int) -> String { String(characters[..<start].suffix(count)) }

    func starts(with word: String) -> Bool { ahead(word.count) == word }

    /// True unless a Latin word goes on after it: "5 m" is no "5 more".
    ///
    /// A plural's "s" is no other word.
    private func endsWord(after word: String) -> Bool {
        guard let last = word.last, last.isASCII, last.isLetter else { return true }
        let next = characters[safe: index + word.count]
        if next == "s", word.count > 3 { return true }
        return next.map { !($0.isASCII && $0.isLetter) } ?? true
    }

    static func power(_ exponent: Int) -> Decimal {
        exponent >= 0 ? pow(10, exponent) : 1 / pow(10, -exponent)
    }

    private static func halfWidth(_ character: Character) -> Character {
        guard let scalar = character.unicodeScalars.first, character.unicodeScalars.count == 1 else { return character }
        switch scalar.value {
        case 0xFF10...0xFF19, 0xFF21...0xFF3A, 0xFF41...0xFF5A, 0xFF0E, 0xFF05:
            return Unicode.Scalar(scalar.value - 0xFEE0).map(Character.init) ?? character
        default: return character
        }
    }
}

extension Array {
    /// The element, or nil beyond either end.
    subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

extension String {
    func trimmingSuffix(while matches: (Character) -> Bool) -> Substring {
        var end = endIndex
        while end > startIndex, matches(self[index(before: end)]) { end = index(before: end) }
        return self[..<end]
    }
}
