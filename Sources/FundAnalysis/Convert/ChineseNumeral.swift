import Foundation

/// Chinese numerals in talk: 三万, 一百二十万, 两万五, 五千块.
///
/// Names hold numerals too (三一重工, 万家, 第一百货), so a numeral must begin with a digit or 十, hold a scale, and be
/// followed by a unit or the end of the phrase.
enum ChineseNumeral {
    private static let digits: [Character: Decimal] = [
        "零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
    ]
    private static let small: [Character: Decimal] = ["十": 10, "百": 100, "千": 1_000]
    private static let large: [Character: Decimal] = ["万": 10_000, "亿": 100_000_000]

    /// The numeral at that place and the place behind it and its unit.
    static func parse(_ characters: [Character], at start: Int) -> (NumberText, Int)? {
        guard digits[characters[start]] != nil || characters[start] == "十" else { return nil }
        var end = start
        while end < characters.count, isNumeral(characters[end]) { end += 1 }
        guard end - start >= 2, characters[start..<end].contains(where: { digits[$0] == nil }) else { return nil }
        guard let value = value(Array(characters[start..<end])) else { return nil }
        let hasUnit = end < characters.count && "元块".contains(characters[end])
        guard hasUnit || end == characters.count || " ,;。!?、\n的份股".contains(characters[end]) else { return nil }
        return (NumberText(value: value, currency: hasUnit ? "CNY" : nil), hasUnit ? end + 1 : end)
    }

    private static func isNumeral(_ character: Character) -> Bool {
        digits[character] != nil || small[character] != nil || large[character] != nil
    }

    private static func value(_ characters: [Character]) -> Decimal? {
        var total = Decimal(0)
        var section = Decimal(0)
        var digit: Decimal?
        var lastScale = Decimal(1)
        for (index, character) in characters.enumerated() {
            if let value = digits[character] {
                guard digit == nil || digit == 0 else { return nil }
                digit = value
                if value == 0 { lastScale = 1 }
            } else if let scale = small[character] {
                section += (digit ?? (index == 0 ? 1 : 0)) * scale
                (digit, lastScale) = (nil, scale)
            } else if let scale = large[character] {
                let part = section + (digit ?? 0)
                total = scale > 10_000 || part == 0 ? (total + part) * scale : total + part * scale
                (section, digit, lastScale) = (0, nil, scale)
            }
        }
        // 两万五 is 25,000, 三百二 is 320; 三百零二 is 302.
        if let digit { section += lastScale > 10 ? digit * lastScale / 10 : digit }
        let value = total + section
        return value > 0 && value <= NumberText.largest ? value : nil
    }
}
