/// Which holding a phrase means: by code, place in the list, or the part of its name that people say.
enum HoldingMention {
    /// What was found.
    enum Match: Hashable {
        case none
        case one(Int)
        /// Several holdings fit equally well.
        case several([Int])
    }

    /// Finds the holding that a clause mentions.
    static func find(_ text: String, codes: [String], in holdings: [Holding]) -> Match {
        for code in codes {
            if let place = holdings.firstIndex(where: { $0.code == code }) { return .one(place) }
        }
        if let place = ordinal(in: text), place < holdings.count { return .one(place) }
        let scores = holdings.map { score(text, $0) }
        guard let best = scores.max(), best >= 0.8 else { return .none }
        let fitting = scores.indices.filter { scores[$0] >= best - 0.05 }
        if let only = fitting.first, fitting.count == 1 { return .one(only) }
        return .several(fitting)
    }

    /// `第三只`, `第2个`, `the third fund`.
    static func ordinal(in text: String) -> Int? {
        let words = ["first", "second", "third", "fourth", "fifth"]
        if let place = words.firstIndex(where: { word in
            ["one", "fund", "holding"].contains { text.lowercased().contains("\(word) \($0)") }
        }) {
            return place
        }
        guard let mark = text.firstIndex(of: "第") else { return nil }
        let rest = text[text.index(after: mark)...]
        let number = rest.prefix { $0.isNumber || "一二三四五六七八九十".contains($0) }
        guard let unit = rest.dropFirst(number.count).first, "只个支行条".contains(unit) else { return nil }
        if let value = Int(number.map(String.init).joined().halfWidth) { return value > 0 ? value - 1 : nil }
        let digits = Array("一二三四五六七八九十")
        guard number.count == 1, let first = number.first, let place = digits.firstIndex(of: first) else { return nil }
        return place
    }

    /// Share of the phrase's characters that stand in the name in the same order.
    private static func score(_ text: String, _ holding: Holding) -> Double {
        let name = FundCatalogue.normalised(translated(holding.name))
        var best = 0.0
        for phrase in phrases(text) {
            let wanted = Array(phrase)
            guard wanted.count >= 2 || phrase.hasHan else { continue }
            if name.contains(phrase) || (holding.code.map { phrase == $0 } ?? false) {
                best = max(best, 1)
                continue
            }
            let common = Double(commonSubsequence(wanted, Array(name)))
            // A whole name inside a longer phrase is as good as the other way round.
            let coverage = phrase.contains(name) ? 1 : common / Double(wanted.count)
            best = max(best, wanted.count >= 4 ? coverage : coverage == 1 ? 0.9 : 0)
        }
        return best
    }

    /// The phrase without roles and fillers, normalised.
    private static func phrases(_ text: String) -> [String] {
        let name = FreeTextWords.phrase(text).name
        return [name].filter { !$0.isEmpty }.map { FundCatalogue.normalised(translated($0)) }
    }

    private static let translations = [
        ("nasdaq", "纳斯达克"), ("纳指", "纳斯达克"), ("s&p", "标普"), ("gold", "黄金"), ("silver", "白银"), ("crude oil", "原油"),
        ("money market", "货币"), ("money", "货币"), ("bonds", "债"), ("bond", "债"), ("baijiu", "白酒"), ("liquor", "白酒"),
        ("csi 300", "沪深300"), ("csi300", "沪深300"), ("hang seng", "恒生"), ("healthcare", "医疗"), ("medical", "医疗"),
        ("food", "食品"), ("index", "指数"), ("fund", ""), ("基金", ""), ("the ", ""), (" of", ""),
    ]

    private static func translated(_ text: String) -> String {
        var result = text.halfWidth.lowercased()
        for (word, meaning) in translations { result = result.replacing(word, with: meaning) }
        return result
    }

    private static func commonSubsequence(_ left: [Character], _ right: [Character]) -> Int {
        var row = [Int](repeating: 0, count: right.count + 1)
        for character in left {
            var diagonal = 0
            for (index, other) in right.enumerated() {
                let above = row[index + 1]
                row[index + 1] = character == other ? diagonal + 1 : max(above, row[index])
                diagonal = above
            }
        }
        return row[right.count]
    }
}
