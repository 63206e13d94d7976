import Foundation

extension NumberScanner {
    // MARK: - Chinese numerals

    private static let numerals: [Character: Int] = [
        "零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
    ]
    private static let magnitudes: [Character: Decimal] = [
        "十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000,
    ]

    /// Reads a Chinese number where a measure word makes it one; false, and nothing taken, where it is only a word.
    mutating func scanChinese() -> Bool {
        let start = index
        if starts(with: "百分之") { return scanPerCent() }
        if scanHalf() { return true }
        guard let first = characters[safe: index], Self.numerals[first] != nil || first == "十" else { return false }
        // 第三 and 星期一 count nothing.
        if let before = characters[safe: index - 1], "第期周".contains(before) { return false }
        let (value, isRange) = numeral()
        let said = String(characters[start..<index])
        var token = NumberToken(text: "", value: value, step: isRange ? 2 : 1, kind: .plain)
        if starts(with: "分之"), let fraction = fraction(below: value) {
            token = fraction
        } else {
            let hasMyriads = said.contains { "万亿".contains($0) }
            takeMore(&token)
            if let currency = Currency.after(ahead(6)), hasMyriads || ahead(1) != "块" {
                token.kind = .money(currency)
                token.step = Self.step(of: said, value)
            } else if takeUnit(&token) {
                if isIdiom(said, kind: token.kind, start: start) { return skip(to: start) }
            } else if hasMyriads {
                token.kind = .money(nil)
                token.step = Self.step(of: said, value)
            } else {
                return skip(to: start)
            }
        }
        finish(&token, from: start)
        return true
    }

    /// 一只, 两个办法, 三种想法, 半年 and 一天 are ways to speak, not figures.
    private func isIdiom(_ said: String, kind: NumberToken.Kind, start: Int) -> Bool {
        guard kind == .count || kind == .duration || kind == .dayOrMonth else { return false }
        let measure = index > start ? String(characters[start..<index]) : ""
        if said == "一" || kind == .dayOrMonth { return true }
        return kind == .count && !measure.hasSuffix("只") && !measure.hasSuffix("支")
    }

    private mutating func skip(to start: Int) -> Bool {
        index = start
        return false
    }

    private mutating func scanPerCent() -> Bool {
        let start = index
        index += 3
        var token: NumberToken
        if isDigit(at: index) {
            let from = index
            while isDigit(at: index) || characters[safe: index] == "." && isDigit(at: index + 1) { index += 1 }
            let digits = String(characters[from..<index])
            let decimals = digits.split(separator: ".").dropFirst().first?.count ?? 0
            token = NumberToken(
                text: "", value: (Decimal(string: digits) ?? 0) / 100, step: Self.power(-decimals) / 100,
                kind: .fraction)
        } else {
            var (value, _) = numeral()
            var step: Decimal = 1
            if characters[safe: index] == "点" {
                index += 1
                while let digit = characters[safe: index].flatMap({ Self.numerals[$0] }) {
                    step /= 10
                    value += Decimal(digit) * step
                    index += 1
                }
            }
            token = NumberToken(text: "", value: value / 100, step: step / 100, kind: .fraction)
        }
        takeMore(&token)
        finish(&token, from: start)
        return true
    }

    /// 一半, 近半, 过半 and the like.
    private mutating func scanHalf() -> Bool {
        let forms: [(String, NumberToken.Bound)] = [
            ("一大半", .above), ("一小半", .below), ("一半", .around), ("半数", .around), ("过半", .above), ("大半", .above),
            ("近半", .below), ("对半", .around),
        ]
        guard let form = forms.first(where: { starts(with: $0.0) }) else { return false }
        let start = index
        index += form.0.count
        var token = NumberToken(
            text: "", value: Self.half, step: Decimal(sign: .plus, exponent: -1, significand: 1), kind: .fraction,
            bound: form.1)
        takeMore(&token)
        finish(&token, from: start)
        return true
    }

    private static let half = Decimal(sign: .plus, exponent: -1, significand: 5)

    /// 三分之一 and 1/3 in words: the digits after 分之 say the part.
    mutating func fraction(below denominator: Decimal) -> NumberToken? {
        guard denominator > 0 else { return nil }
        index += 2
        var numerator: Decimal = 0
        if isDigit(at: index) {
            while let digit = characters[safe: index]?.wholeNumberValue, isDigit(at: index) {
                numerator = numerator * 10 + Decimal(digit)
                index += 1
            }
        } else {
            numerator = numeral().value
        }
        return NumberToken(text: "", value: numerator / denominator, step: Self.wordStep, kind: .fraction)
    }

    /// "A third" may be three points off.
    private static let wordStep = Decimal(sign: .plus, exponent: -2, significand: 6)

    /// Reads 二十三万五千; 七八 is a range around 7.5.
    private mutating func numeral() -> (value: Decimal, isRange: Bool) {
        var (total, section, digit): (Decimal, Decimal, Decimal?) = (0, 0, nil)
        var isRange = false
        while let character = characters[safe: index] {
            if let value = Self.numerals[character] {
                if let last = digit, last != 0, value != 0 {
                    digit = (last + Decimal(value)) / 2
                    isRange = true
                } else {
                    digit = Decimal(value)
                }
            } else if let magnitude = Self.magnitudes[character] {
                if magnitude >= 10_000 {
                    total = (total + section + (digit ?? 0)) * magnitude
                    section = 0
                } else {
                    section += (digit ?? 1) * magnitude
                }
                digit = nil
            } else {
                break
            }
            index += 1
        }
        return (total + section + (digit ?? 0), isRange)
    }

    /// The smallest magnitude that is said.
    private static func step(of said: String, _ value: Decimal) -> Decimal {
        guard let last = said.last, let magnitude = magnitudes[last] else { return 1 }
        return said.dropLast().last.map { magnitudes[$0] != nil } == true ? magnitude * 10 : magnitude
    }

    // MARK: - English words

    private static let words: [String: Int] = [
        "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
        "eleven": 11,
        "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
        "eighty": 80, "ninety": 90,
    ]
    private static let parts: [String: Int] = [
        "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fifth": 5, "fifths": 5, "tenth": 10, "tenths": 10,
    ]

    /// Reads an English number word where the next words make it a number.
    mutating func scanEnglish() -> Bool {
        guard isLetter(at: index), !isLetter(at: index - 1) else { return false }
        let start = index
        while isLetter(at: index) { index += 1 }
        let word = String(characters[start..<index]).lowercased()
        if word == "half" { return finishHalf(from: start) }
        if let denominator = Self.parts[word] { return finishPart(denominator, from: start) }
        guard var value = Self.words[word] else { return true }
        if let unit = characters[safe: index], unit == "-", isLetter(at: index + 1), value >= 20 {
            let from = index
            index += 1
            let wordStart = index
            while isLetter(at: index) { index += 1 }
            if let ones = Self.words[String(characters[wordStart..<index]).lowercased()], ones < 10 {
                value += ones
            } else {
                index = from
            }
        }
        let number = scaled(Decimal(value), decimals: 0)
        var token = NumberToken(text: "", value: number.value, step: number.step, kind: .money(nil))
        if takeUnit(&token) || number.isScaled { finish(&token, from: start) }
        return true
    }

    /// "half of it" and "half the bonds", but not "half an hour".
    private mutating func finishHalf(from start: Int) -> Bool {
        let next = ahead(6).lowercased()
        guard !next.hasPrefix(" an "), !next.hasPrefix(" a "), !next.hasPrefix(" way"), !next.hasPrefix("-") else {
            return true
        }
        var token = NumberToken(
            text: "", value: Self.half, step: Decimal(sign: .plus, exponent: -1, significand: 1), kind: .fraction)
        finish(&token, from: start)
        return true
    }

    /// "a third of", "three quarters of".
    private mutating func finishPart(_ denominator: Int, from start: Int) -> Bool {
        guard ahead(3).lowercased() == " of" else { return true }
        let before = behind(start, 8).lowercased().split(separator: " ").last.map(String.init) ?? ""
        let numerator = before == "a" || before == "one" ? 1 : Self.words[before]
        guard let numerator else { return true }
        var token = NumberToken(
            text: "", value: Decimal(numerator) / Decimal(denominator), step: Self.wordStep, kind: .fraction)
        finish(&token, from: start)
        return true
    }

    private func isLetter(at index: Int) -> Bool {
        guard let character = characters[safe: index] else { return false }
        return character.isASCII && character.isLetter
    }
}
