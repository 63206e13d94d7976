/// What the advisor never says, in either language.
enum BannedPhrases {
    /// The banned phrases and metric names of a text whose fund names are masked.
    static func violations(in text: String) -> [AnswerViolation] {
        let lowered = text.lowercased()
        return found(phrases, in: lowered, rule: .phrase) + found(metrics, in: lowered, rule: .metric)
    }

    /// Promises, forecasts, urgency, orders, blame and teasing.
    private static let phrases: [String] = [
        // Promises.
        "保本", "稳赚", "包赚", "零风险", "无风险", "没有风险", "没有任何风险", "保证收益", "保证赚", "保证盈利", "保收益", "只赚不亏", "稳赢",
        "必赚", "一定赚", "一定能赚", "肯定赚", "翻倍", "翻番", "guarantee", "guaranteed", "risk-free", "risk free", "no risk",
        "can't lose", "cannot lose", "sure thing", "double your money", "safe bet",
        // Forecasts.
        "必涨", "必跌", "一定会涨", "一定会跌", "肯定会涨", "肯定会跌", "肯定涨", "肯定跌", "将会上涨", "将会下跌", "即将上涨", "即将下跌",
        "会继续涨", "会继续跌", "还会涨", "还会跌", "马上会涨", "很快会涨", "很快就涨", "预计上涨", "预计下跌", "预计会", "有望上涨", "看涨", "看空",
        "抄底", "目标价", "will rise", "will fall", "will go up", "will go down", "will keep rising", "will recover",
        "will outperform", "is going to rise", "is going to fall", "bound to", "expected to rise", "expected to fall",
        "target price", "buy the dip",
        // Urgency.
        "赶紧", "赶快", "立刻", "立即", "抓紧", "机会难得", "错过就", "再不买", "再不卖", "马上买", "马上卖", "act now", "hurry",
        "before it's too late", "last chance", "don't miss", "sell immediately", "buy immediately",
        // Orders.
        "必须", "务必", "一定要", "你应该", "您应该", "you must", "you have to", "you should", "you need to",
        // Blame and teasing.
        "韭菜", "活该", "谁让你", "早就该", "怪你", "太傻", "梭哈", "your fault", "you should have", "foolish", "stupid", "go all in",
        // Unfair comparison and secrets.
        "内幕", "最好的基金", "insider", "the best fund",
    ]

    /// Metric names that a listener would have to look up.
    private static let metrics: [String] = [
        "sharpe", "sortino", "calmar", "treynor", "hhi", "var", "cvar", "beta", "alpha", "ulcer", "tracking error",
        "information ratio", "jensen", "xirr", "twr", "夏普", "索提诺", "卡玛", "贝塔", "阿尔法", "信息比率", "赫芬达尔", "在险价值",
    ]

    /// Words that turn a promise into its denial when they stand shortly before it.
    private static let denials = ["不", "没", "无法", "别", "并非", "未必", "谁也", "no ", "not ", "n't ", "never ", "without "]

    private static func found(_ phrases: [String], in text: String, rule: AnswerViolation.Rule) -> [AnswerViolation] {
        phrases.compactMap { phrase in
            var rest = text[...]
            while let range = rest.firstRange(of: phrase) {
                if isWord(phrase, range, in: text), rule == .metric || !isDenied(range.lowerBound, in: text) {
                    return AnswerViolation(rule: rule, found: phrase)
                }
                rest = rest[range.upperBound...]
            }
            return nil
        }
    }

    /// A Latin phrase has to stand as words: "various" is no "var".
    private static func isWord(_ phrase: String, _ range: Range<String.Index>, in text: String) -> Bool {
        guard phrase.first?.isASCII == true else { return true }
        let isLetter = { (character: Character?) in character.map { $0.isASCII && $0.isLetter } ?? false }
        return !isLetter(text[..<range.lowerBound].last) && !isLetter(text[range.upperBound...].first)
    }

    /// 没有谁能保证收益 and "nobody can guarantee" are what the advisor may well say.
    private static func isDenied(_ start: String.Index, in text: String) -> Bool {
        let isHere = text[start].isASCII
        let before = text[..<start].suffix(isHere ? 24 : 6)
        let clause = before.split(omittingEmptySubsequences: false) { "，。！？；,.!?;".contains($0) }.last ?? ""
        return denials.contains { clause.contains($0) } || clause.contains("nobody") || clause.contains("no one")
    }
}
