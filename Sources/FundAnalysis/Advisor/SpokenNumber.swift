public import Foundation

/// A number as it is said, with the exact value that it says.
public struct SpokenNumber: Sendable, Hashable {
    /// What a number counts.
    public enum Kind: String, Sendable, Codable, Hashable {
        case money
        /// Said in per cent or in tenths (成).
        case fraction
        case count
    }

    /// For instance `24.9万元`, `26.2%`, `¥248,914` or `1.2 million`.
    public var text: String
    /// Before rounding; the sign is said in words.
    public var value: Decimal
    /// What it measures.
    public var kind: Kind
}

/// Renders numbers in one language and one currency.
///
/// Rounding is exact in `Decimal` and half away from zero; a sign is never rendered, because "down 3%" says it in words.
public struct Speech: Sendable, Hashable {
    /// The language the numbers are said in.
    public var language: AdvisorLanguage
    /// An ISO 4217 code.
    public var currency: String

    /// Says numbers in a language and a currency.
    public init(language: AdvisorLanguage, currency: String) {
        self.language = language
        self.currency = currency
    }

    /// Money: `3166元`, `5.2万元`, `24.9万元`, `1.23亿元`; `¥3,166`, `¥248,914`, `$1.25 million`.
    public func money(_ value: Decimal) -> SpokenNumber {
        SpokenNumber(text: language == .zh ? chineseMoney(value) : englishMoney(value), value: value, kind: .money)
    }

    /// Per cent with one decimal, without it from 100 % on: `26.2%`, `12%`, `135%`.
    public func percent(_ value: Decimal) -> SpokenNumber {
        SpokenNumber(text: "\(Self.percentDigits(value))%", value: value, kind: .fraction)
    }

    /// A difference of two shares: `16.2个百分点`, `16.2 percentage points`.
    public func points(_ value: Decimal) -> SpokenNumber {
        let digits = Self.percentDigits(value)
        let unit = language == .zh ? "个百分点" : digits == "1" ? " percentage point" : " percentage points"
        return SpokenNumber(text: digits + unit, value: value, kind: .fraction)
    }

    /// A round share in words, `两成` or `一半`; per cent where it is not a whole number of tenths.
    public func part(_ value: Decimal) -> SpokenNumber {
        let tenths = Self.rounded(value * 10, scale: 1)
        let words: String? =
            switch (language, tenths) {
            case (.zh, 5): "一半"
            case (.en, 5): "half"
            case (.zh, 1...9) where tenths == Self.rounded(tenths, scale: 0):
                Self.chineseDigits[NSDecimalNumber(decimal: tenths).intValue] + "成"
            default: nil
            }
        guard let words else { return percent(value) }
        return SpokenNumber(text: words, value: value, kind: .fraction)
    }

    /// A whole number: `6`.
    public func count(_ value: Int) -> SpokenNumber {
        SpokenNumber(text: String(value), value: Decimal(value), kind: .count)
    }

    /// A number with at most one decimal: `3.2`.
    public func number(_ value: Decimal) -> SpokenNumber {
        SpokenNumber(text: Self.plain(Self.rounded(value, scale: 1)), value: value, kind: .count)
    }

    private static let chineseDigits = ["零", "一", "两", "三", "四", "五", "六", "七", "八", "九"]
}

extension Speech {
    /// False where one decimal of a per cent would be `0`.
    static func isAudible(fraction value: Decimal) -> Bool { rounded(abs(value) * 100, scale: 1) != 0 }

    /// Half away from zero at that many decimals.
    static func rounded(_ value: Decimal, scale: Int) -> Decimal {
        var (value, result) = (value, Decimal())
        NSDecimalRound(&result, &value, scale, .plain)
        return result
    }

    /// Two significant digits, for an amount that is only an example.
    static func example(_ value: Decimal) -> Decimal {
        guard value > 0 else { return 0 }
        var scale = 0
        var magnitude: Decimal = 1
        while magnitude * 100 <= value {
            magnitude *= 10
            scale -= 1
        }
        return rounded(value, scale: scale)
    }

    /// The shortest decimal that reads back as this number.
    static func exact(_ value: Double) -> Decimal { Decimal(string: value.description) ?? Decimal(value) }

    private static func percentDigits(_ value: Decimal) -> String {
        let percent = rounded(abs(value) * 100, scale: 1)
        return plain(percent < 100 ? percent : rounded(abs(value) * 100, scale: 0))
    }

    private static func plain(_ value: Decimal) -> String {
        NSDecimalNumber(decimal: value).description(withLocale: nil)
    }

    private func chineseMoney(_ value: Decimal) -> String {
        let amount = abs(value)
        let unit = Currency.chinese(currency)
        let yuan = Self.rounded(amount, scale: amount < 10 ? 2 : 0)
        if yuan < 10_000 { return Self.plain(yuan) + unit }
        let myriads = Self.rounded(amount / 10_000, scale: 1)
        if myriads < 10_000 { return Self.plain(myriads) + "万" + unit }
        return Self.plain(Self.rounded(amount / 100_000_000, scale: 2)) + "亿" + unit
    }

    private func englishMoney(_ value: Decimal) -> String {
        let amount = abs(value)
        let sign = Currency.english(currency)
        let whole = Self.rounded(amount, scale: amount < 10 ? 2 : 0)
        if whole < 1_000_000 { return sign + Self.grouped(Self.plain(whole)) }
        let millions = Self.rounded(amount / 1_000_000, scale: 2)
        if millions < 1_000 { return sign + Self.plain(millions) + " million" }
        return sign + Self.grouped(Self.plain(Self.rounded(amount / 1_000_000_000, scale: 2))) + " billion"
    }

    /// `248914` as `248,914`; decimals stay.
    private static func grouped(_ digits: String) -> String {
        let parts = digits.split(separator: ".", maxSplits: 1)
        guard let whole = parts.first else { return digits }
        var grouped = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index) % 3 == 0 { grouped.append(",") }
            grouped.append(digit)
        }
        return parts.count > 1 ? "\(grouped).\(parts[1])" : grouped
    }
}
