/// What the words between the numbers of a message mean.
enum FreeTextWords {
    /// The role a word gives to the number behind it.
    enum Role: Hashable {
        case amount, gain, loss, rate, day, dayLoss, cost, units, nav, total
        /// A number that is no figure of a holding: a weight, a plan's share.
        case ignored

        var isLoss: Bool { self == .loss || self == .dayLoss }
    }

    /// What is left of a word.
    struct Phrase: Hashable {
        var role: Role?
        var name = ""
        /// It speaks of something to be done.
        var isPlan = false
        /// Something is said that is neither a role nor a name.
        var isTalk = false
    }

    /// Longest first, so that 持有收益率 is not 持有收益.
    private static let roles: [(String, Role)] = [
        ("持有收益率", .rate), ("持仓收益率", .rate), ("收益率", .rate), ("回报率", .rate), ("盈亏比例", .rate), ("昨日收益", .day),
        ("今日收益", .day), ("当日盈亏", .day), ("日收益", .day), ("昨天赚了", .day), ("今天赚了", .day), ("昨天亏了", .dayLoss),
        ("今天亏了", .dayLoss), ("昨天亏", .dayLoss), ("今天亏", .dayLoss), ("昨天赚", .day), ("今天赚", .day), ("持有收益", .gain),
        ("持仓收益", .gain), ("浮动盈亏", .gain), ("浮盈", .gain), ("浮亏", .loss), ("亏损了", .loss), ("亏损", .loss), ("亏了", .loss),
        ("亏", .loss), ("赚了", .gain), ("赚", .gain), ("盈利", .gain), ("盈亏", .gain), ("收益", .gain), ("跌了", .loss),
        ("跌", .loss),
        ("涨了", .gain), ("涨", .gain), ("占比", .ignored), ("占了", .ignored), ("占", .ignored), ("仓位", .ignored),
        ("持仓成本", .cost),
        ("总成本", .cost), ("成本", .cost), ("本金", .cost), ("投入了", .cost), ("投入", .cost), ("持有份额", .units), ("份额", .units),
        ("单位净值", .nav), ("最新净值", .nav), ("净值", .nav), ("现价", .nav), ("单价", .nav), ("持有金额", .amount), ("金额", .amount),
        ("市值", .amount), ("余额", .amount), ("现值", .amount), ("总金额", .total), ("总资产", .total), ("一共", .total),
        ("总共", .total),
        ("合计", .total), ("总计", .total),
    ].sorted { $0.0.count > $1.0.count }

    private static let latinRoles: [String: Role] = [
        "loss": .loss, "lost": .loss, "losing": .loss, "down": .loss, "gain": .gain, "gained": .gain, "up": .gain,
        "profit": .gain, "p/l": .gain, "pl": .gain, "pnl": .gain, "return": .rate, "rate": .rate, "cost": .cost,
        "at": .nav, "@": .nav, "price": .nav, "nav": .nav, "amount": .amount, "value": .amount, "worth": .amount,
        "balance": .amount, "total": .total, "altogether": .total, "shares": .units, "units": .units,
        "weight": .ignored,
    ]

    /// Splits a word into the role it ends with and the name that remains.
    static func phrase(_ word: String) -> Phrase {
        if isPlan(word) { return Phrase(isPlan: true) }
        var rest = word
        var role: Role?
        var latest: String.Index?
        // 余额宝 holds 余额, 天天理财 nothing: names are protected before roles are looked for.
        let protected = rest.replacing("余额宝", with: "\u{1}")
        rest = protected
        // Chinese roles only; a search for sixty words in Latin text finds nothing and takes long.
        for (text, candidate) in rest.hasHan ? roles : [] where rest.contains(text) {
            while let range = rest.firstRange(of: text) {
                if latest.map({ range.lowerBound >= $0 }) ?? true {
                    role = candidate
                    latest = range.lowerBound
                }
                rest.replaceSubrange(range, with: String(repeating: "\u{2}", count: text.count))
            }
        }
        rest = rest.replacing("\u{2}", with: " ").replacing("\u{1}", with: "余额宝")
        let (name, latinRole) = latin(lastStatement(strippedOfFillers(rest)))
        let candidate = strippedOfFillers(name)
        let isName = isName(candidate)
        return Phrase(
            role: latinRole ?? role, name: isName ? candidate : "",
            isTalk: !isName && candidate.contains(where: \.isLetter))
    }

    /// Takes words such as `loss` and `worth` out of Latin text.
    private static func latin(_ text: String) -> (name: String, role: Role?) {
        var role: Role?
        var kept: [Substring] = []
        for piece in text.split(separator: " ") {
            if let found = latinRoles[piece.lowercased().trimmingMarks] { role = found } else { kept.append(piece) }
        }
        return (kept.joined(separator: " "), role)
    }

    private static let fillers = [
        "我的持仓", "持仓", "另外还有", "其中", "另外", "还有", "以及", "分别是", "大概有", "大概", "大约", "差不多", "目前", "现在", "现有", "我持有", "我买了",
        "我有",
        "我的", "持有", "买入了", "买了", "买入", "里有", "里面", "放了", "拿着", "我", "有", "和", "与", "约", "是", "为", "在", "共", "了", "里",
        "的", "这只", "各", "剩", "：", ":", "=", "|", "-", "—", "·", "*", "#", "、", "(", ")", "代码", "基金名称", "名称",
    ].sorted { $0.count > $1.count }

    private static let latinFillers: Set = [
        "i", "i'm", "my", "have", "hold", "own", "in", "of", "and", "the", "a", "an", "is", "are", "with", "about",
        "around", "now", "currently", "on", "so", "also", "plus", "some", "me", "we", "our", "bought", "for", "to",
        "portfolio", "holdings", "holding", "fund:", "each", "it", "it's",
    ]

    private static let verbs: Set = ["i", "i'm", "have", "hold", "own", "bought", "am", "is", "are", "with", "holding"]

    /// "am C2 and hold gold fund" says two things; the name stands after the last verb.
    private static func lastStatement(_ text: String) -> String {
        if text.hasHan { return text }
        let pieces = text.split(separator: " ")
        guard let verb = pieces.lastIndex(where: { verbs.contains($0.lowercased()) }) else { return text }
        return strippedOfFillers(pieces[(verb + 1)...].joined(separator: " "))
    }

    private static func strippedOfFillers(_ text: String) -> String {
        var rest = text.trimmed
        var isChanged = true
        while isChanged {
            isChanged = false
            for filler in fillers {
                if rest.hasPrefix(filler), !keepsBracket(rest, filler) {
                    rest = rest.dropFirst(filler.count).trimmed
                    isChanged = true
                }
                if rest.hasSuffix(filler), !keepsBracket(rest, filler) {
                    rest = rest.dropLast(filler.count).trimmed
                    isChanged = true
                }
            }
            let pieces = rest.split(separator: " ")
            if let first = pieces.first, latinFillers.contains(first.lowercased().trimmingMarks) {
                rest = pieces.dropFirst().joined(separator: " ")
                isChanged = true
            } else if let last = pieces.last, latinFillers.contains(last.lowercased().trimmingMarks) {
                rest = pieces.dropLast().joined(separator: " ")
                isChanged = true
            }
        }
        return rest
    }

    /// The bracket of `标普500(QDII)` belongs to the name.
    private static func keepsBracket(_ text: String, _ filler: String) -> Bool {
        (filler == "(" || filler == ")") && text.count { $0 == "(" } == text.count { $0 == ")" }
    }

    /// Words of talk, of which no name is made.
    private static let talk = [
        "?", "吗", "呢", "怎么", "什么", "多少", "为什么", "请", "帮", "你好", "您好", "谢谢", "看看", "分析", "测试", "建议", "预算", "工资", "收入",
        "月薪", "房贷", "贷款", "年薪", "手续费", "目标", "计划", "风险", "年龄", "今年", "每月", "每年", "一年", "左右", "第", "共计", "回撤", "手机",
        "电话", "版本", "理财", "号码", "房租", "生活费", "钱", "资金",
    ]
    private static let latinTalk: Set = [
        "hello", "hi", "hey", "please", "analyze", "analyse", "test", "budget", "salary", "income", "age", "year",
        "years", "old", "month", "thanks", "what", "how", "why", "should", "could", "would", "can", "do", "does",
        "risk",
        "my", "you", "your", "want", "need", "am", "version", "http", "https", "error", "this", "that", "there", "than",
        "more", "less", "only", "not", "if", "when", "day", "days", "today", "yesterday", "step", "per", "invest",
        "spend", "save", "total", "streaming",
    ]

    private static func isName(_ text: String) -> Bool {
        guard (2...Limits.nameCharacters).contains(text.count), text.contains(where: \.isLetter) else { return false }
        if NameClassifier.looksLikeHolding(text) {
            return !["?", "吗", "呢", "怎么", "什么", "多少"].contains { text.contains($0) }
        }
        if "0"..."9" ~= text.first ?? " " || talk.contains(where: { text.contains($0) }) { return false }
        if text.hasHan { return text.count <= 20 }
        let words = text.split(separator: " ")
        guard words.count <= 6 else { return false }
        return words.allSatisfy { word in
            !latinTalk.contains(word.lowercased().trimmingMarks) && word.first?.isLowercase == false
        }
    }

    /// One to five capitals, with a class or exchange behind a dot.
    static func isTicker(_ name: String) -> Bool {
        let base = name.split(separator: ".", maxSplits: 1).first ?? ""
        return (1...5).contains(base.count) && name.count <= 8
            && name.allSatisfy { $0.isASCII && ($0.isUppercase || $0 == "." || $0.isNumber) }
            && base.allSatisfy(\.isUppercase)
            && !["CNY", "USD", "HKD", "EUR", "RMB", "ETF", "QDII", "LOF"].contains(name)
    }

    private static func isPlan(_ word: String) -> Bool {
        NameClassifier.hasAny(
            word.lowercased(),
            [
                "卖", "减持", "加仓", "减仓", "定投", "转换", "赎回", "转出", "换成", "想买", "要买", "准备买", "打算", "想投", "投资", "抛", "配置",
                "加到", "降到", "调到", "加大", "word:sell", "word:buy", "word:selling", "word:buying", "word:invest",
                "word:move", "word:switch", "word:redeem", "word:rebalance",
            ])
    }

    /// Whether the sentence supposes rather than states.
    static func isHypothesis(_ text: String) -> Bool {
        NameClassifier.hasAny(
            text.lowercased(),
            [
                "如果", "假如", "要是", "假设", "万一", "what if", "word:if", "word:suppose", "word:should", "word:would",
                "word:could",
            ])
    }

    /// Whether the clause corrects a figure that was read before.
    static func isCorrection(_ text: String) -> Bool {
        NameClassifier.hasAny(
            text.lowercased(),
            [
                "应该是", "应为", "应是", "改成", "改为", "更正", "纠正", "不对", "不是", "读错", "识别错", "漏了", "漏掉", "没读到", "没识别", "没有识别",
                "you missed", "should be", "word:correct",
                "word:correction", "word:misread", "word:actually", "word:wrong",
            ])
    }
}

extension String {
    /// Without punctuation at the end.
    fileprivate var trimmingMarks: String {
        var rest = self
        while let last = rest.last, ":,.;".contains(last) { rest.removeLast() }
        return rest
    }
}
