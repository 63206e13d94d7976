import Foundation

/// What the user wonders about doing.
enum WhatIfVerb: Sendable, Hashable {
    case sell, buy, fall, move

    /// The change a question asks about; nil where it asks about none.
    static func asked(in question: String) -> WhatIfVerb? {
        let text = QuestionText.plain(question)
        func says(_ words: [String]) -> Bool { words.contains { QuestionText.contains(text, $0) } }
        // "Why did gold fall 10%?" looks back; only "if" and "fall by" ask what would be.
        let isSupposed = says(["如果", "要是", "假如", "万一", "假设", "what if", "if", "suppose", "再"])
        if says(moves) { return .move }
        if says(sales) { return .sell }
        if says(purchases) { return .buy }
        return isSupposed && says(falls) ? .fall : nil
    }

    private static let moves = ["换成", "换到", "转到", "转成", "转入", "挪到", "挪去", "switch", "move", "swap", "shift", "convert"]
    private static let sales = [
        "卖", "减仓", "减持", "减一", "减点", "减掉", "赎回", "清仓", "止盈", "止损", "割肉", "落袋", "抛", "出掉", "降仓", "sell", "selling",
        "sold", "trim", "reduce", "redeem", "cash out", "take profit", "take profits", "get rid of", "cut",
    ]
    private static let purchases = [
        "加仓", "买", "加点", "加一", "补仓", "增持", "定投", "多配", "入手", "buy", "buying", "add", "invest more", "top up",
        "increase",
        "put more",
    ]
    private static let falls = [
        "跌", "回撤", "下跌", "暴跌", "崩", "fall", "falls", "drop", "drops", "crash", "crashes", "lose", "loses", "goes down",
        "decline",
    ]
}

/// How much of it.
struct WhatIfSize: Sendable {
    /// "Half", "30%", "三成".
    var fraction: Decimal?
    /// "1万", "$5,000".
    var amount: Decimal?
    private var isAll = false
    private var isBit = false

    /// Reads how much a question speaks of; the numbers inside fund names are masked.
    init(question: String, mask: NameMask) {
        for token in NumberScanner.tokens(in: mask.masked(question)) {
            switch token.kind {
            case .fraction: if fraction == nil, token.value > 0, token.value <= 1 { fraction = token.value }
            case .money: if amount == nil, token.value > 0 { amount = token.value }
            case .plain: if amount == nil, token.value >= 100 { amount = token.value }
            case .count, .multiple, .year, .dayOrMonth, .duration: break
            }
        }
        let text = QuestionText.plain(question)
        func says(_ words: [String]) -> Bool { words.contains { QuestionText.contains(text, $0) } }
        isAll = says([
            "全卖", "全部", "清仓", "都卖", "卖光", "卖掉全", "all of", "it all", "everything", "entire", "get rid of", "completely",
            "all my",
        ])
        isBit = says([
            "一点", "点儿", "一些", "卖点", "部分", "少量", "减仓", "减持", "止盈", "a bit", "a little", "some", "part of", "trim",
            "reduce",
            "take profit", "take profits",
        ])
    }

    /// How exactly a question says how much.
    enum Precision: Sendable, Hashable {
        case said
        /// "A bit".
        case bit
        case unsaid
    }

    var precision: Precision { fraction != nil || amount != nil || isAll ? .said : isBit ? .bit : .unsaid }

    /// The part of a holding of that amount.
    func part(of held: Decimal) -> Decimal {
        if let fraction { return fraction }
        if let amount, held > 0 { return min(1, amount / held) }
        if isAll { return 1 }
        return isBit ? WhatIf.bit : WhatIf.half
    }
}
