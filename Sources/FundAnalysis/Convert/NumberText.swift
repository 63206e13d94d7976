import Foundation

/// A number as people and programs write it.
///
/// `1,234.56`, `1 234.56`, `1'234.56`, `(1,234.56)`, `-1,234.56`, `1,234.56-`, `1.5e5`, full-width digits; before it
/// `¥`, `$`, `CNY`, …; after it `元`, `万`, `亿`, `千`, `k`, `w`, `%`, `美元`, …. Thousands marks must stand in
/// groups of three: `1,23` is refused, never guessed.
struct NumberText: Hashable {
    /// The value with its scale and sign; percent stay percent (5.82 for `5.82%`).
    var value: Decimal
    var isPercent = false
    /// Whether a sign or brackets were written.
    var isSigned = false
    /// `CNY`, `USD`, …, where it was written.
    var currency: String?

    /// What a field holds.
    enum Outcome: Hashable {
        case number(NumberText)
        /// An empty field, a dash, `n/a`.
        case missing
        case unreadable
    }

    /// A larger number is a misread.
    static let largest = Decimal(sign: .plus, exponent: Limits.moneyExponent, significand: 1)

    private static let missingWords: Set<String> = [
        "", "-", "--", "---", "—", "——", "n/a", "na", "#n/a", "null", "nil", "none", "暂无", "无", "/",
    ]

    /// The number, where the text is one.
    static func number(_ raw: some StringProtocol, decimalComma: Bool = false) -> NumberText? {
        if case .number(let number) = parse(raw, decimalComma: decimalComma) { number } else { nil }
    }

    /// Parses a whole field.
    ///
    /// With `decimalComma` a single comma is the decimal mark (`1234,56`).
    static func parse(_ raw: some StringProtocol, decimalComma: Bool = false) -> Outcome {
        if let plain = plain(raw) { return .number(plain) }
        var rest = raw.halfWidth.trimmed
        if missingWords.contains(rest.lowercased()) { return .missing }
        var number = NumberText(value: 0)
        var isNegative = false
        var scale = Decimal(1)
        guard number.takeSuffixes(&rest, scale: &scale), number.takePrefixes(&rest, isNegative: &isNegative) else {
            return .unreadable
        }
        if rest.hasPrefix("("), rest.hasSuffix(")"), !number.isSigned {
            rest = rest.dropFirst().dropLast().trimmed
            number.isSigned = true
            isNegative = true
            guard number.takeSuffixes(&rest, scale: &scale) else { return .unreadable }
        } else if rest.hasSuffix("-"), !number.isSigned {
            rest = rest.dropLast().trimmed
            number.isSigned = true
            isNegative = true
        }
        guard let magnitude = magnitude(rest, decimalComma: decimalComma) else { return .unreadable }
        let value = magnitude * scale
        guard value.isFinite, value <= largest else { return .unreadable }
        number.value = isNegative ? -value : value
        return .number(number)
    }

    /// `1234.56` and `-1234.56`, which most fields are, without the work of the other forms.
    private static func plain(_ raw: some StringProtocol) -> NumberText? {
        let utf8 = Array(raw.utf8.prefix(Limits.moneyExponent + 1))
        guard (1...Limits.moneyExponent).contains(utf8.count), let first = utf8.first else { return nil }
        let isNegative = first == UInt8(ascii: "-")
        var dots = 0
        for byte in utf8.dropFirst(isNegative ? 1 : 0) {
            if byte == UInt8(ascii: ".") { dots += 1 } else if !(0x30...0x39).contains(byte) { return nil }
        }
        guard dots <= 1, let last = utf8.last, (0x30...0x39).contains(last), utf8.count > (isNegative ? 1 : 0),
            let value = Decimal(string: String(raw))
        else { return nil }
        return NumberText(value: value, isSigned: isNegative)
    }

    private static let currencies: [(text: String, code: String)] = [
        ("人民币", "CNY"), ("美元", "USD"), ("港元", "HKD"), ("港币", "HKD"), ("欧元", "EUR"), ("英镑", "GBP"),
        ("日元", "JPY"), ("hk$", "HKD"), ("us$", "USD"), ("cny", "CNY"), ("rmb", "CNY"), ("usd", "USD"),
        ("hkd", "HKD"), ("eur", "EUR"), ("gbp", "GBP"), ("jpy", "JPY"), ("¥", "CNY"), ("$", "USD"), ("€", "EUR"),
        ("£", "GBP"),
    ]

    private static let scales: [(text: String, factor: Decimal)] = [
        ("亿", 100_000_000), ("万", 10_000), ("千", 1_000), ("w", 10_000), ("k", 1_000),
    ]

    /// Takes `亿元`, `万`, `%`, `美元` and the like from the end; false for a second scale or currency.
    private mutating func takeSuffixes(_ rest: inout String, scale: inout Decimal) -> Bool {
        if rest.hasSuffix("%") {
            rest = rest.dropLast().trimmed
            isPercent = true
        }
        for (text, code) in Self.currencies where rest.lowercased().hasSuffix(text) {
            guard currency == nil || currency == code else { return false }
            currency = code
            rest = rest.dropLast(text.count).trimmed
            break
        }
        for word in ["元", "块钱", "块"] where rest.hasSuffix(word) {
            currency = currency ?? "CNY"
            rest = rest.dropLast(word.count).trimmed
            break
        }
        while let (text, factor) = Self.scales.first(where: { rest.lowercased().hasSuffix($0.text) }) {
            // 千万 and 万亿 are said; the same scale twice, a third one, or a scale of percent is not.
            guard !isPercent, scale == 1 || ((scale == 10_000 || scale == 100_000_000) && factor < scale) else {
                return false
            }
            scale *= factor
            rest = rest.dropLast(text.count).trimmed
        }
        return true
    }

    /// Takes one sign and one currency, in either order, from the start.
    private mutating func takePrefixes(_ rest: inout String, isNegative: inout Bool) -> Bool {
        var tookCurrency = false
        while true {
            if let sign = rest.first, sign == "+" || sign == "-" {
                guard !isSigned else { return false }
                isSigned = true
                isNegative = sign == "-"
                rest = rest.dropFirst().trimmed
            } else if let (text, code) = Self.currencies.first(where: { rest.lowercased().hasPrefix($0.text) }) {
                guard !tookCurrency, currency == nil || currency == code else { return false }
                tookCurrency = true
                currency = code
                rest = rest.dropFirst(text.count).trimmed
            } else {
                return true
            }
        }
    }

    /// Digits with thousands marks and a decimal mark.
    private static func magnitude(_ text: String, decimalComma: Bool) -> Decimal? {
        guard let first = text.first, first.isASCII, first.isNumber || first == "." else { return nil }
        if let exponent = text.firstIndex(where: { $0 == "e" || $0 == "E" }) {
            return scientific(text[..<exponent], text[text.index(after: exponent)...])
        }
        let marks = text.filter { !("0"..."9").contains($0) }
        guard marks.allSatisfy({ ",.' ".contains($0) }) else { return nil }
        var decimalMark: Character?
        let kinds = Set(marks)
        if kinds.isSuperset(of: [",", "."]) {
            decimalMark = marks.last
        } else if kinds.contains(".") {
            if marks.filter({ $0 == "." }).count == 1 { decimalMark = "." }
        } else if kinds.contains(","), decimalComma {
            // One mark with three digits after it could be either; nobody can tell, so it is refused.
            if marks.filter({ $0 == "," }).count == 1 {
                guard text.split(separator: ",", omittingEmptySubsequences: false).last?.count != 3 else { return nil }
                decimalMark = ","
            }
        }
        guard let (whole, fraction) = split(text, at: decimalMark), let digits = ungrouped(whole) else { return nil }
        guard fraction.allSatisfy({ ("0"..."9").contains($0) }), !(digits.isEmpty && fraction.isEmpty) else {
            return nil
        }
        guard digits.drop(while: { $0 == "0" }).count + fraction.count <= Limits.numberDigits else { return nil }
        return Decimal(string: (digits.isEmpty ? "0" : digits) + (fraction.isEmpty ? "" : "." + fraction))
    }

    private static func split(_ text: String, at mark: Character?) -> (String, String)? {
        guard let mark, let place = text.lastIndex(of: mark) else { return (text, "") }
        let whole = text[..<place]
        guard !whole.contains(mark) else { return nil }
        return (String(whole), String(text[text.index(after: place)...]))
    }

    /// The digits without thousands marks; nil where the marks do not stand in groups of three or differ.
    private static func ungrouped(_ whole: String) -> String? {
        guard let mark = whole.first(where: { !("0"..."9").contains($0) }) else { return whole }
        let groups = whole.split(separator: mark, omittingEmptySubsequences: false)
        guard let first = groups.first, (1...3).contains(first.count) else { return nil }
        guard groups.dropFirst().allSatisfy({ $0.count == 3 }) else { return nil }
        let digits = groups.joined()
        return digits.allSatisfy { ("0"..."9").contains($0) } ? digits : nil
    }

    /// `1.5e5`, as spreadsheets write large numbers.
    private static func scientific(_ mantissa: Substring, _ exponent: Substring) -> Decimal? {
        guard let base = magnitude(String(mantissa), decimalComma: false), !mantissa.contains(","),
            let power = Int(exponent), (-18...18).contains(power)
        else { return nil }
        return base * Decimal(sign: .plus, exponent: power, significand: 1)
    }
}

extension Decimal {
    /// Rounded half away from zero, as banks print money.
    func rounded(_ scale: Int) -> Decimal {
        var value = self
        var result = Decimal()
        NSDecimalRound(&result, &value, scale, .plain)
        return result
    }

    /// Plain digits, without a locale.
    var plain: String { "\(self)" }
}
