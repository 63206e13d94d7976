import Foundation

/// A number on a page, read with an engine's usual mistakes in mind.
///
/// The last separator followed by exactly two digits is the decimal mark; every earlier `, . ; : '` is a thousands
/// mark (`770,;914.14`). Letters that look like digits are digits inside numbers only, and the figure says so. `%0`,
/// `9%0`, `o%`, `%p` behind two decimals are `%`.
struct ScreenshotFigure: Hashable {
    /// Percent stay percent.
    var value: Decimal
    var isPercent = false
    var isSigned = false
    /// A letter was taken for a digit, or a thousands group has lost or gained a digit.
    var isSuspect = false
    /// Four digits or more before the decimal mark, and no thousands mark.
    var isUngrouped = false
    var isGrouped = false
    var raw: String
    var box: ScreenshotBox

    /// The figure in a word; nil where the word is none: times, dates, whole numbers without a mark (沪深 300).
    init?(_ word: OCRWord) {
        raw = word.text
        box = ScreenshotBox(word)
        value = 0
        var rest = Self.withoutNoise(word.text.halfWidth)
        if DateText.parse(rest) != nil { return nil }
        let isNegative = takeSign(&rest)
        for prefix in ["CNY", "RMB", "¥", "Y", "$"] where rest.uppercased().hasPrefix(prefix) {
            rest = rest.dropFirst(prefix.count).trimmed
            break
        }
        let isNegativeAfterCurrency = isSigned ? false : takeSign(&rest)
        if rest.hasSuffix("元") { rest = rest.dropLast().trimmed }
        guard takeDigits(&rest), takePercent(&rest), let magnitude = number(rest) else { return nil }
        value = isNegative || isNegativeAfterCurrency ? -magnitude : magnitude
    }

    /// Quotes and strokes that an engine sees in dust, separators, arrows and the edges of cards.
    private static func withoutNoise(_ text: String) -> String {
        let noise: Set<Character> = [
            "\"", "”", "“", "'", "`", "´", "*", "«", "»", "~", "^", "_", "|", "=", "[", "]", "{", "}", "<", ">", "《",
            "》", "›",
            "•", "·", " ",
        ]
        var rest = Substring(text)
        while let first = rest.first, noise.contains(first) { rest.removeFirst() }
        while let last = rest.last, noise.contains(last) || ".,;:".contains(last) { rest.removeLast() }
        return String(rest)
    }

    private mutating func takeSign(_ rest: inout String) -> Bool {
        guard let first = rest.first, "+-—一".contains(first), rest.count > 1 else { return false }
        // A Chinese one or a dash before digits is a minus, but only nearly certainly.
        if "—一".contains(first) {
            guard rest.dropFirst().first?.isNumber == true else { return false }
            isSuspect = true
        }
        isSigned = true
        rest = rest.dropFirst().trimmed
        return first != "+"
    }

    private static let lookalikes: [Character: Character] = [
        "O": "0", "o": "0", "I": "1", "l": "1", "S": "5", "B": "8",
    ]

    /// Turns letters that look like digits into digits, where the word is a number apart from them.
    private mutating func takeDigits(_ rest: inout String) -> Bool {
        guard let first = rest.first, ("0"..."9").contains(first) || Self.lookalikes[first] != nil else { return false }
        // What stands behind two decimals is the percent sign's business.
        let end = Self.decimalEnd(rest) ?? rest.endIndex
        let body = rest[..<end]
        let letters = body.count(where: { Self.lookalikes[$0] != nil })
        guard letters > 0 else { return true }
        guard letters <= 2, body.count(where: { ("0"..."9").contains($0) }) >= 2 else { return false }
        isSuspect = true
        rest = String(body.map { Self.lookalikes[$0] ?? $0 }) + rest[end...]
        return true
    }

    /// The place behind a `.` and two digits (or lookalikes).
    private static func decimalEnd(_ text: String) -> String.Index? {
        guard let dot = text.lastIndex(of: ".") else { return nil }
        let decimals = text[text.index(after: dot)...].prefix(2)
        let isTwo = decimals.count == 2 && decimals.allSatisfy { ("0"..."9").contains($0) || lookalikes[$0] != nil }
        return isTwo ? decimals.endIndex : nil
    }

    /// Cuts a percent sign with its noise; false where something else stands behind the decimals.
    private mutating func takePercent(_ rest: inout String) -> Bool {
        guard let end = Self.decimalEnd(rest) else {
            guard rest.hasSuffix("%") else { return true }
            isPercent = true
            rest = String(rest.dropLast())
            return true
        }
        let tail = rest[end...].lowercased()
        if tail.isEmpty { return true }
        guard tail.count <= 4, tail.allSatisfy({ "0123456789o%p".contains($0) }),
            tail.contains(where: { "%p".contains($0) })
        else { return false }
        isPercent = true
        rest = String(rest[..<end])
        return true
    }

    /// Digits with marks.
    private mutating func number(_ text: String) -> Decimal? {
        let marks: Set<Character> = [",", ".", ";", ":", "'"]
        guard text.allSatisfy({ ("0"..."9").contains($0) || marks.contains($0) }) else { return nil }
        guard let last = text.lastIndex(where: { marks.contains($0) }) else {
            guard isPercent, text.count <= 4 else { return nil }
            return Decimal(string: text)
        }
        let tail = text[text.index(after: last)...]
        var whole = text[..<last]
        var fraction = ""
        if tail.count == 2 {
            fraction = String(tail)
        } else if tail.count == 3, text[last] != ".", text[last] != ":" {
            whole = text[...]
        } else if tail.count == 1, isPercent {
            fraction = String(tail)
        } else {
            return nil
        }
        // 10:24 is a time of day.
        if text[last] == ":", !whole.contains(where: { marks.contains($0) }), whole.count <= 2 { return nil }
        let groups = whole.split { marks.contains($0) }
        guard let first = groups.first, whole.first.map({ !marks.contains($0) }) == true else { return nil }
        if first.count > 1, first.hasPrefix("0") { return nil }
        isGrouped = groups.count > 1
        isUngrouped = groups.count == 1 && first.count > 3
        if isGrouped, first.count > 3 || groups.dropFirst().contains(where: { $0.count != 3 }) { isSuspect = true }
        if text[last] != ".", tail.count == 2 { isSuspect = true }
        let digits = groups.joined()
        guard digits.count <= Limits.moneyExponent else { return nil }
        return Decimal(string: fraction.isEmpty ? digits : digits + "." + fraction)
    }
}

/// A rectangle on a page, in pixels.
struct ScreenshotBox: Hashable {
    var left: Int
    var top: Int
    var right: Int
    var bottom: Int

    init(_ word: OCRWord) {
        left = word.left
        top = word.top
        right = word.left + word.width
        bottom = word.top + word.height
    }

    var height: Int { bottom - top }
    var centre: Double { Double(top + bottom) / 2 }

    /// The smallest rectangle around both.
    mutating func extend(to other: ScreenshotBox) {
        left = min(left, other.left)
        top = min(top, other.top)
        right = max(right, other.right)
        bottom = max(bottom, other.bottom)
    }

    /// Left, top, width, height.
    var numbers: [Int] { [left, top, right - left, bottom - top] }
}
