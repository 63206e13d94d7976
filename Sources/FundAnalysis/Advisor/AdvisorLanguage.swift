/// The language an answer is spoken in.
public enum AdvisorLanguage: String, Sendable, Codable, Hashable, CaseIterable {
    case zh
    case en
}

extension AdvisorLanguage {
    /// Tells the language of a question by its script.
    ///
    /// Fund names are left out first: "should I sell 易方达沪深300ETF联接A?" is English. A question without letters
    /// (a file alone, an emoji) takes the script of the names, and Chinese where there is none.
    ///
    /// - Parameter names: the names of the holdings.
    public static func detect(_ question: String, names: [String] = []) -> AdvisorLanguage {
        var text = question
        for name in names where name.count > 1 { text = text.replacing(name, with: " ") }
        let han = text.unicodeScalars.count(where: isHan)
        let words = latinWords(text)
        if han == 0 && words.isEmpty {
            guard !names.isEmpty else { return .zh }
            return names.contains { $0.unicodeScalars.contains(where: isHan) } ? .zh : .en
        }
        if han == 0 { return .en }
        let english = words.count { englishWords.contains($0) }
        let chinese = text.count { chineseWords.contains($0) }
        return english >= 2 && chinese == 0 ? .en : .zh
    }

    /// True for the ideographs that Chinese text is written in.
    static func isHan(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x323AF: true
        default: false
        }
    }

    private static func latinWords(_ text: String) -> [String] {
        text.lowercased().split { !$0.isLetter || $0.unicodeScalars.contains(where: isHan) }.map(String.init)
    }

    /// Words that only an English sentence has beside a Chinese name.
    private static let englishWords: Set<String> = [
        "a", "about", "am", "and", "are", "can", "do", "does", "for", "half", "how", "i", "if", "in", "is", "it", "me",
        "more", "much", "my", "of", "or", "please", "sell", "buy", "should", "the", "to", "too", "what", "why", "will",
        "with", "you", "your", "think", "this", "that", "would",
    ]

    /// Characters that a Chinese sentence has and a fund's name has not.
    private static let chineseWords: Set<Character> = [
        "的", "吗", "嗎", "呢", "我", "你", "您", "要", "是", "不", "么", "麼", "怎", "会", "會", "了", "吧", "看", "帮", "幫", "还", "還",
        "该", "該", "卖", "賣", "买", "買",
    ]
}
