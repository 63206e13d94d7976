/// The investor's class, C1 to C5, where a message states it.
enum InvestorProfile {
    /// `C3` from "我是C3", "风险测评是 C3", "my profile is C3", "平衡型投资者"; nil where nothing states one.
    ///
    /// "C3是什么？" asks and states nothing. 稳健型 is C2 at banks and C3 at brokers, so it decides nothing.
    static func parse(_ text: String) -> String? {
        let text = text.halfWidth.lowercased()
        for sentence in text.split(whereSeparator: { "。!！?？\n;；".contains($0) }) {
            if NameClassifier.hasAny(String(sentence), ["什么意思", "是什么", "what is", "what does"]) { continue }
            if let level = level(in: sentence), hasContext(sentence, level) { return level }
            guard NameClassifier.hasAny(String(sentence), ["我是", "我的", "测评", "评级", "等级", "投资者", "属于"]) else { continue }
            for (word, level) in words where sentence.contains(word) { return level }
        }
        return nil
    }

    private static let words = [
        ("保守型", "C1"), ("谨慎型", "C2"), ("平衡型", "C3"), ("积极型", "C4"), ("激进型", "C5"), ("进取型", "C5"),
    ]

    /// A `c` and a digit from 1 to 5, alone among Latin letters and digits.
    private static func level(in sentence: Substring) -> String? {
        let words = sentence.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        let levels = words.filter { $0.count == 2 && $0.first == "c" && "12345".contains($0.last ?? "0") }
        return Set(levels).count == 1 ? levels.first?.uppercased() : nil
    }

    private static func hasContext(_ sentence: Substring, _ level: String) -> Bool {
        sentence.filter { $0.isLetter || $0.isNumber }.uppercased() == level
            || NameClassifier.hasAny(
                String(sentence),
                [
                    "我", "风险", "测评", "评级", "等级", "投资者", "类型", "profile", "risk", "investor", "class", "level", "word:i",
                    "word:am", "i'm",
                ])
    }
}
