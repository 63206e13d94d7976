/// What a question is about.
///
/// One question may have several topics.
enum QuestionTopic: String, Sendable, Codable, CaseIterable {
    case risk, loss, profit, adjust, concentration, day, forecast, fees, benchmark, best, worst, mix, greeting, test
    case thanks, suit

    /// The topics of a question, in the order of the cases.
    static func topics(of question: String) -> [QuestionTopic] {
        let text = QuestionText.plain(question)
        return allCases.filter { topic in topic.words.contains { QuestionText.contains(text, $0) } }
    }

    private var words: [String] {
        switch self {
        case .risk:
            [
                "风险", "安全", "危险", "稳吗", "稳不稳", "稳健", "波动", "回撤", "扛", "睡不着", "risk", "risky", "risks", "safe", "safety",
                "volatile", "volatility", "drawdown", "danger", "dangerous", "worried", "worry", "crash",
            ]
        case .loss:
            [
                "亏", "跌", "赔", "套牢", "被套", "拖后腿", "loss", "losses", "losing", "lost", "down", "drop", "dropped", "fell",
                "falling", "underwater", "red",
            ]
        case .profit:
            [
                "赚", "收益", "盈利", "回报", "表现", "业绩", "gain", "gains", "profit", "profits", "return", "returns", "earn",
                "earned", "perform", "performing", "performance", "doing", "made",
            ]
        case .adjust:
            [
                "调", "怎么办", "建议", "优化", "再平衡", "换仓", "操作", "该不该", "要不要", "怎么配", "rebalance", "rebalancing",
                "adjust", "change", "should", "advice", "advise", "improve", "recommend", "suggest", "suggestions",
            ]
        case .concentration:
            [
                "集中", "分散", "鸡蛋", "重仓", "concentrated", "concentration", "diversified", "diversify",
                "diversification", "eggs",
            ]
        case .day: ["昨天", "昨日", "今天", "今日", "yesterday", "today"]
        case .forecast:
            [
                "会涨", "会跌", "会不会", "明天", "未来", "预测", "走势", "行情", "前景", "还能涨", "能涨", "forecast", "predict",
                "prediction", "tomorrow", "outlook", "next week", "next month", "next year", "go up", "go down",
                "will it",
                "will they",
            ]
        case .fees: ["费率", "手续费", "费用", "管理费", "申购费", "赎回费", "fee", "fees", "charges", "expense ratio"]
        case .benchmark: ["大盘", "跑赢", "跑输", "基准", "benchmark", "the market", "beat", "index compare"]
        case .best: ["最好", "最赚", "赚最多", "赚得最多", "涨最多", "best", "top performer"]
        case .worst: ["最差", "最亏", "亏最多", "亏得最多", "跌最多", "worst"]
        case .mix: ["比例", "占比", "结构", "配置", "仓位", "allocation", "mix", "split", "weights"]
        case .greeting:
            ["你好", "您好", "嗨", "哈喽", "在吗", "早上好", "晚上好", "hi", "hello", "hey", "good morning", "good evening"]
        case .test: ["测试", "试一下", "试试", "test", "testing", "ping"]
        case .suit: ["合不合适", "适合", "合适吗", "合适么", "suit", "suits", "suitable", "right for me"]
        case .thanks: ["谢谢", "多谢", "感谢", "thanks", "thank you"]
        }
    }
}

/// A question made plain for the search of words.
enum QuestionText {
    /// Lower case, half width, simplified where a question's words have a traditional form.
    static func plain(_ question: String) -> String {
        String(question.prefix(Limits.Advisor.questionCharacters)).lowercased().map { character in
            traditional[character].map(String.init) ?? halfWidth(character)
        }.joined()
    }

    /// True where the word stands in the text; a Latin word as a whole word only.
    static func contains(_ text: String, _ word: String) -> Bool { firstRange(text, of: word) != nil }

    static func firstRange(_ text: String, of word: String) -> Range<String.Index>? {
        guard word.first?.isASCII == true, word.first?.isLetter == true else { return text.firstRange(of: word) }
        var start = text.startIndex
        while let range = text[start...].firstRange(of: word) {
            let isLetter = { (character: Character?) in character.map { $0.isASCII && $0.isLetter } ?? false }
            if !isLetter(text[..<range.lowerBound].last), !isLetter(text[range.upperBound...].first) { return range }
            start = text.index(after: range.lowerBound)
        }
        return nil
    }

    private static func halfWidth(_ character: Character) -> String {
        guard let value = character.unicodeScalars.first?.value, (0xFF01...0xFF5E).contains(value),
            character.unicodeScalars.count == 1, let scalar = Unicode.Scalar(value - 0xFEE0)
        else { return String(character) }
        return String(Character(scalar))
    }

    private static let traditional: [Character: Character] = [
        "風": "风", "險": "险", "虧": "亏", "賠": "赔", "賺": "赚", "調": "调", "買": "买", "賣": "卖", "黃": "黄", "債": "债", "漲": "涨",
        "穩": "稳", "動": "动", "產": "产", "貨": "货", "幣": "币", "會": "会", "業": "业", "績": "绩", "錢": "钱", "點": "点", "還": "还",
        "現": "现", "減": "减", "倉": "仓", "換": "换", "達": "达", "納": "纳", "滬": "沪", "證": "证", "數": "数", "費": "费", "預": "预",
        "測": "测", "試": "试", "們": "们", "嗎": "吗", "麼": "么", "個": "个", "這": "这", "該": "该", "聯": "联", "報": "报", "權": "权",
        "額": "额", "寶": "宝", "標": "标", "億": "亿", "萬": "万", "兩": "两", "謝": "谢",
    ]
}
