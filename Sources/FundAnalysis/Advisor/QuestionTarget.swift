import Foundation

/// The holdings that a question names, by name, code, class or region.
struct QuestionTarget: Sendable, Hashable {
    /// What the words of the question say it is.
    enum Label: Sendable, Hashable {
        /// One holding.
        case holding
        /// `bond`, `money`, `equity`, `gold`, … or a region.
        case group(String)
    }

    /// What some holdings are together.
    struct Sum: Sendable, Hashable {
        var currency: String
        var amount: Decimal
        /// Nil where a cost is unknown.
        var pl: Decimal?
        /// Profit over cost.
        var rate: Decimal?
        var weight: Decimal?

        /// Nil for none, and for holdings in several currencies, which have no sum.
        init?(_ rows: [PortfolioView.Row], of view: PortfolioView) {
            guard let first = rows.first, rows.allSatisfy({ $0.currency == first.currency }) else { return nil }
            currency = first.currency
            let amount = rows.map(\.amount).reduce(0, +)
            self.amount = amount
            let profits = rows.compactMap(\.pl)
            let pl = profits.count == rows.count ? profits.reduce(0, +) : nil
            self.pl = pl
            rate = pl.flatMap { amount - $0 > 0 ? $0 / (amount - $0) : nil }
            weight = view.share(amount)
        }
    }

    var label: Label
    /// Places in the portfolio, in its order; empty where the portfolio holds nothing of the kind.
    var rows: [Int]
    /// Where it is named in the question, to tell "from A to B".
    var place: Int
    /// The words of the question for a group.
    var said = ""

    /// Every target that the question names, in the order of the question.
    static func all(in question: String, _ view: PortfolioView) -> [QuestionTarget] {
        let text = QuestionText.plain(question)
        var targets = named(text, view)
        let taken = Set(targets.flatMap(\.rows))
        for group in QuestionGroup.all {
            guard let range = group.words.lazy.compactMap({ QuestionText.firstRange(text, of: $0) }).first else {
                continue
            }
            let rows = view.rows.indices.filter { group.contains(view.rows[$0]) }
            // 易方达债券 is the bond fund of that company, and nothing more.
            if let index = targets.firstIndex(where: { !$0.rows.isEmpty && !Set($0.rows).isDisjoint(with: rows) }) {
                let both = targets[index].rows.filter(rows.contains)
                if both.count < targets[index].rows.count {
                    targets[index] = QuestionTarget(
                        label: both.count == 1 ? .holding : targets[index].label, rows: both,
                        place: targets[index].place)
                }
                continue
            }
            if rows.isEmpty, !taken.isEmpty { continue }
            let place = text.distance(from: text.startIndex, to: range.lowerBound)
            if targets.contains(where: { $0.place == place && !$0.rows.isEmpty }) { continue }
            targets.append(
                QuestionTarget(
                    label: rows.count == 1 ? .holding : .group(group.name), rows: rows, place: place,
                    said: String(text[range])))
        }
        if targets.isEmpty, let row = HoldingMention.ordinal(in: text), view.rows.indices.contains(row) {
            targets = [QuestionTarget(label: .holding, rows: [row], place: 0)]
        }
        return targets.sorted { $0.place < $1.place }
    }

    /// Holdings whose name, a distinctive part of it, or whose code stands in the question.
    private static func named(_ text: String, _ view: PortfolioView) -> [QuestionTarget] {
        var found: [(length: Int, span: Range<Int>, row: Int)] = []
        func note(_ length: Int, _ place: Int, _ count: Int, _ row: Int) {
            found.append((length, place..<place + count, row))
        }
        func place(_ words: String) -> Int? {
            QuestionText.firstRange(text, of: words).map { text.distance(from: text.startIndex, to: $0.lowerBound) }
        }
        for (index, row) in view.rows.enumerated() {
            let name = QuestionText.plain(row.name)
            if let code = row.code, code.count > 2, let place = place(code.lowercased()) {
                note(100, place, code.count, index)
            } else if name.count > 1, let place = place(name) {
                note(name.count, place, name.count, index)
            } else if let match = longestMatch(name, text) {
                note(match.length, match.place, match.length, index)
            }
        }
        // The 易方达 of 易方达沪深300 names no other fund of that company.
        found = found.filter { one in
            !found.contains {
                $0.span.count > one.span.count && $0.span.lowerBound <= one.span.lowerBound
                    && $0.span.upperBound >= one.span.upperBound
            }
        }
        var targets: [QuestionTarget] = []
        for place in Set(found.map(\.span.lowerBound)).sorted() {
            let here = found.filter { $0.span.lowerBound == place }
            guard let longest = here.map(\.length).max() else { continue }
            let rows = here.filter { $0.length == longest }.map(\.row)
            targets.append(
                QuestionTarget(label: rows.count == 1 ? .holding : .group("named"), rows: rows, place: place))
        }
        return targets
    }

    /// The longest piece of the name, without what every fund is called, that stands in the question.
    private static func longestMatch(_ name: String, _ text: String) -> (length: Int, place: Int)? {
        var best: (length: Int, place: Int)?
        for piece in pieces(of: name) {
            // In the order of length, so that equal matches are found in the same order every time.
            let others = QuestionGroup.aliases.filter { piece.contains($0.key) }.flatMap(\.value).sorted()
            for form in [piece] + others {
                guard let match = matchedPrefix(of: form, text), match.length > best?.length ?? 0 else { continue }
                best = match
            }
        }
        return best
    }

    /// The piece, or as much of its beginning or its end as is still distinctive.
    private static func matchedPrefix(of piece: String, _ text: String) -> (length: Int, place: Int)? {
        let isLatin = piece.first?.isASCII == true
        let minimum = isLatin ? piece.count : 2
        guard piece.count >= minimum else { return nil }
        for length in stride(from: piece.count, through: minimum, by: -1) {
            for part in [piece.prefix(length), piece.suffix(length)] {
                if let range = QuestionText.firstRange(text, of: String(part)) {
                    return (length, text.distance(from: text.startIndex, to: range.lowerBound))
                }
            }
        }
        return nil
    }

    /// Runs of ideographs and Latin words of a name, without the words that say nothing.
    private static func pieces(of name: String) -> [String] {
        var text = name
        for word in commonWords { text = text.replacing(word, with: " ") }
        var pieces: [String] = []
        for word in text.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
            var run = ""
            for character in word {
                if let last = run.last, last.isASCII != character.isASCII {
                    pieces.append(run)
                    run = ""
                }
                run.append(character)
            }
            pieces.append(run)
        }
        return pieces.filter { piece in
            guard piece.first?.isASCII == true else { return piece.count >= 2 }
            return piece.count >= 3 && piece.contains(where: \.isLetter) && !commonLatin.contains(piece)
        }
    }

    /// In many names, so they name none.
    private static let commonWords = [
        "基金", "指数", "联接", "债券", "股票", "混合", "货币", "增强", "回报", "中证", "黄金", "灵活配置", "证券", "投资", "发起式", "精选", "成长",
        "主题", "行业", "产业", "人民币", "可转债", "纯债", "短债", "稳健", "健康", "价值", "优势", "机会", "未来", "收益", "安心", "生活", "信用",
        "长期", "稳定", "平衡", "风险", "配置",
    ]
    private static let commonLatin: Set<String> = [
        "etf", "fund", "funds", "index", "the", "class", "qdii", "lof", "fof", "and", "trust", "bond", "bonds", "stock",
        "equity", "money", "market", "cash", "gold", "inc", "acc", "usd", "cny", "growth", "income", "total", "core",
        "what", "sell", "buy", "half", "all", "how",
    ]
}

/// A kind of holding that a question may name.
struct QuestionGroup: Sendable {
    var name: String
    var words: [String]
    var contains: @Sendable (PortfolioView.Row) -> Bool

    /// In the order in which they are looked for: 可转债 before 债.
    static let all: [QuestionGroup] = [
        QuestionGroup(name: "gold", words: ["黄金", "gold"]) { $0.isGold },
        QuestionGroup(name: "convertible", words: ["可转债", "转债", "convertible", "convertibles"]) {
            $0.assetClass == "convertible"
        },
        QuestionGroup(name: "bond", words: ["债券", "债基", "债", "bond", "bonds"]) { $0.assetClass == "bond" },
        QuestionGroup(
            name: "money", words: ["货币基金", "货币", "余额宝", "现金", "money market", "money fund", "cash"]
        ) { $0.assetClass == "money" },
        QuestionGroup(
            name: "equity",
            words: ["股票", "权益", "股基", "偏股", "股市", "equity", "equities", "stocks", "stock", "shares"]
        ) { PortfolioView.equityClasses.contains($0.assetClass) },
        QuestionGroup(name: "equity_index", words: ["指数基金", "指数", "宽基", "index fund", "index funds"]) {
            $0.assetClass == "equity_index"
        },
        QuestionGroup(name: "commodity", words: ["商品", "原油", "石油", "白银", "commodity", "commodities", "oil", "silver"]) {
            $0.assetClass == "commodity" && !$0.isGold
        },
        QuestionGroup(name: "real_estate", words: ["reits", "reit", "房地产", "不动产", "real estate", "property"]) {
            $0.assetClass == "real_estate"
        },
        QuestionGroup(name: "US", words: ["美股", "美国", "us stocks", "american"]) { $0.region == "US" },
        QuestionGroup(name: "HK", words: ["港股", "香港", "hong kong"]) { $0.region == "HK" },
    ]

    /// English for the parts of Chinese names, and the short forms of everyday speech.
    static let aliases: [String: [String]] = [
        "纳斯达克": ["纳指", "nasdaq"], "纳指": ["纳斯达克", "nasdaq"], "白酒": ["baijiu", "liquor"], "沪深": ["csi"],
        "标普": ["s&p"], "恒生": ["hang seng"], "原油": ["oil"], "医药": ["healthcare", "pharma"],
        "半导体": ["semiconductor", "chips"], "新能源": ["new energy"], "消费": ["consumer"], "食品饮料": ["food"],
        "余额宝": ["yu'e bao", "yuebao"], "军工": ["defence", "defense"], "科技": ["tech", "technology"],
        "nasdaq": ["纳斯达克", "纳指"],
    ]
}
