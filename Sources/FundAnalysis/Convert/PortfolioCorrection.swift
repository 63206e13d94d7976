import Foundation

/// A later message that corrects figures which were read wrongly: "易方达沪深300的金额应该是12983.12", "招商白酒持有收益是-320.5",
/// "the amount of the NASDAQ fund is 43,000", "漏了一只：招商产业债券A 24059.88", "删掉第三只".
///
/// A figure is corrected only where a holding, a role and a number are linked by 是, 应该是, 改成, `is`, `should be` or
/// the like. "招商白酒亏了3000，怎么办？" is talk, and questions and suppositions change nothing.
public struct PortfolioCorrection {
    private var portfolio: Portfolio
    private var notes: [String] = []
    private var isChanged = false
    private let isChinese: Bool
    /// The holding named last: "招商白酒：金额应该是5万，收益是-300".
    private var current: Int?
    private var corrected: [Int: Set<Field>] = [:]

    private enum Field: String { case amount, holdPl, holdRate, dayPl, cost, units, nav }

    /// The corrected portfolio and what changed, in the message's language; nil where the message corrects nothing.
    ///
    /// Where a correction fits several holdings the portfolio is unchanged and a note asks which one is meant.
    public static func apply(_ text: String, to portfolio: Portfolio) -> (portfolio: Portfolio, notes: [String])? {
        var correction = PortfolioCorrection(portfolio: portfolio, isChinese: text.hasHan)
        if correction.add(text) == false {
            for clause in FreeTextTokens.clauses(of: text) { correction.read(clause) }
        }
        guard correction.isChanged || !correction.notes.isEmpty else { return nil }
        correction.finish()
        return (correction.portfolio, correction.notes)
    }

    private init(portfolio: Portfolio, isChinese: Bool) {
        self.portfolio = portfolio
        self.isChinese = isChinese
    }

    // MARK: Adding and removing

    /// "漏了一只：…": holdings that were not read.
    private mutating func add(_ text: String) -> Bool {
        let triggers = ["漏了", "漏掉", "少了", "没读到", "没识别", "没有识别", "缺了", "you missed", "missing:", "forgot"]
        let found = triggers.compactMap { text.range(of: $0, options: .caseInsensitive) }.first
        guard let found, !FreeTextWords.isHypothesis(text) else { return false }
        var rest = String(text[found.upperBound...])
        for word in ["一只", "两只", "三只", "一个", "这只"] where rest.hasPrefix(word) { rest.removeFirst(word.count) }
        let drafts = FreeText.read(rest, label: "text").drafts.filter { draft in
            let name = FundCatalogue.normalised(draft.name)
            let isKnown = portfolio.holdings.contains {
                FundCatalogue.normalised($0.name) == name || $0.code == draft.code && draft.code != nil
            }
            return !isKnown
        }
        for draft in drafts {
            var draft = draft
            draft.currency = draft.currency ?? portfolio.currency
            draft.checks.append("added_by_user")
            guard case .success(let holding) = draft.finished(), portfolio.holdings.count < Limits.holdings else {
                continue
            }
            portfolio.holdings.append(holding)
            portfolio.dropped.removeAll { $0.row.contains(holding.name) }
            note("已加入\(holding.name)，金额\(holding.amount.plain)", "added \(holding.name), \(holding.amount.plain)")
        }
        return !drafts.isEmpty
    }

    private mutating func remove(_ clause: FreeTextTokens.Clause, _ place: Int) -> Bool {
        let words = ["删掉", "删除", "去掉", "移除", "不是我的", "没有这只", "word:remove", "word:delete", "not mine"]
        guard NameClassifier.hasAny(clause.text.lowercased(), words) else { return false }
        let holding = portfolio.holdings.remove(at: place)
        current = nil
        corrected = [:]
        note("已删除\(holding.name)", "removed \(holding.name)")
        return true
    }

    private mutating func note(_ chinese: String, _ english: String) {
        notes.append(isChinese ? chinese : english)
        isChanged = true
    }

    // MARK: Figures

    private mutating func read(_ clause: FreeTextTokens.Clause) {
        // "should be" corrects; "should" alone asks.
        let statement = clause.text.lowercased().replacing("should be", with: "is")
        if statement.hasSuffix("?") || FreeTextWords.isHypothesis(statement) || Self.isQuestion(statement) { return }
        let mention = mention(in: clause)
        if case .one(let place) = mention {
            current = place
            if remove(clause, place) { return }
        }
        guard let (value, role) = figure(stated: clause) else { return }
        if case .several(let places) = mention {
            let names = places.map { portfolio.holdings[$0].name }.joined(separator: isChinese ? "、" : ", ")
            notes.append(isChinese ? "请问是哪一只：\(names)？" : "Which one is meant: \(names)?")
            return
        }
        if current == nil, portfolio.holdings.count == 1 { current = 0 }
        guard let current else { return }
        set(value, role, at: current)
    }

    private static func isQuestion(_ text: String) -> Bool {
        NameClassifier.hasAny(text, ["吗", "呢", "多少", "什么", "怎么", "是不是", "要不要"])
            || NameClassifier.hasAny(text.lowercased(), ["word:what", "word:how", "word:why", "is it", "word:would"])
    }

    /// The holding that the words before the number name.
    private func mention(in clause: FreeTextTokens.Clause) -> HoldingMention.Match {
        var words = ""
        var codes: [String] = []
        for token in clause.tokens {
            switch token {
            case .word(let word): words += (words.isEmpty ? "" : " ") + Self.withoutLinks(word)
            case .digits(let digits): codes.append(digits)
            case .number: continue
            }
        }
        return HoldingMention.find(words, codes: codes, in: portfolio.holdings)
    }

    private static let links = [
        "应该是", "应该为", "应为", "应是", "改成", "改为", "更正为", "更正成", "纠正为", "而是", "实际是", "其实是", "才是", "should be", "is actually",
        "is really", "is", "are", "=", "是", "为", ":", "was", "to", "equals",
    ]

    private static func withoutLinks(_ word: String) -> String {
        var rest = word
        for link in [
            "不对", "读错了", "识别错了", "不是", "持有的", "删掉", "删除", "去掉", "移除", "remove", "delete", "please", "correct", "change",
            "set", "actually",
        ] + links
        where link.hasHan || link.count > 2 {
            rest = rest.replacing(link, with: " ")
        }
        return rest.trimmed
    }

    /// The last number that a link leads to, with the role before it.
    private func figure(stated clause: FreeTextTokens.Clause) -> (NumberText, FreeTextWords.Role)? {
        var role: FreeTextWords.Role?
        var isLinked = false
        var isStrong = false
        var result: (NumberText, FreeTextWords.Role)?
        for token in clause.tokens {
            switch token {
            case .word(let word):
                role = Self.role(of: word) ?? role
                let end = word.lowercased().trimmed
                let link = Self.links.first { end.hasSuffix($0) }
                isLinked = link != nil && !end.hasSuffix("不是")
                isStrong = isLinked && !["是", "为", "is", "=", ":", "are", "was", "to"].contains(link ?? "")
            case .number(let number, _, false):
                guard isLinked, let stated = role ?? (isStrong ? .amount : nil) else { continue }
                result = (number, stated)
            case .digits(let digits):
                guard isLinked, let stated = role ?? (isStrong ? .amount : nil), let number = NumberText.number(digits)
                else { continue }
                result = (number, stated)
            case .number: continue
            }
        }
        return result
    }

    private static func role(of word: String) -> FreeTextWords.Role? {
        let trimmed = word.split(separator: " ").filter { !["at", "to"].contains($0.lowercased()) }.joined(
            separator: " ")
        return FreeTextWords.phrase(trimmed).role
    }

    private mutating func set(_ number: NumberText, _ role: FreeTextWords.Role, at place: Int) {
        let value = role.isLoss ? -abs(number.value) : number.value
        let field: Field
        var figure = value
        switch (role, number.isPercent) {
        case (.rate, _), (.gain, true), (.loss, true):
            field = .holdRate
            figure = value / 100
        case (.amount, false): field = .amount
        case (.gain, false), (.loss, false): field = .holdPl
        case (.day, false), (.dayLoss, false): field = .dayPl
        case (.cost, false): field = .cost
        case (.units, false): field = .units
        case (.nav, false): field = .nav
        default: return
        }
        if field == .amount, figure <= 0 {
            notes.append(isChinese ? "金额必须大于零，未作修改。" : "An amount must be above zero; nothing was changed.")
            return
        }
        let old = portfolio.holdings[place].replace(field.rawValue, with: figure)
        corrected[place, default: []].insert(field)
        let name = portfolio.holdings[place].name
        let label = isChinese ? Self.chinese[field] ?? "" : field.rawValue
        let before = old.map(\.plain) ?? (isChinese ? "（无）" : "none")
        note("\(name)的\(label)：\(before) → \(figure.plain)", "\(name), \(label): \(before) → \(figure.plain)")
    }

    private static let chinese: [Field: String] = [
        .amount: "金额", .holdPl: "持有收益", .holdRate: "收益率", .dayPl: "日收益", .cost: "成本", .units: "份额", .nav: "净值",
    ]

    private mutating func finish() {
        for (place, fields) in corrected {
            portfolio.holdings[place].recheck(after: Set(fields.map(\.rawValue)))
            if fields.contains(.dayPl) { portfolio.dayCheck = nil }
        }
        portfolio.addUp()
    }
}

extension Holding {
    /// Sets a figure by the name of its property and returns what it was.
    fileprivate mutating func replace(_ field: String, with value: Decimal) -> Decimal? {
        if field == "amount" {
            defer { amount = value }
            return amount
        }
        let paths: [String: WritableKeyPath<Holding, Decimal?>] = [
            "holdPl": \.holdPl, "holdRate": \.holdRate, "dayPl": \.dayPl, "cost": \.cost, "units": \.units,
            "nav": \.nav,
        ]
        guard let path = paths[field] else { return nil }
        defer { self[keyPath: path] = value }
        return self[keyPath: path]
    }

    /// Checks a holding anew whose owner corrected some figures: what the owner said stands, what follows from it is
    /// worked out again, and a rate that was read confirms the rest where it fits.
    fileprivate mutating func recheck(after fields: Set<String>) {
        let wasDerivedFromCost = checks.contains("pl_derived")
        let settled: Set = [
            "ok", "rate_mismatch", "rate_derived", "pl_derived", "passes_differ", "second_pass", "only_first_pass",
            "only_second_pass", "digits_uncertain", "cost_mismatch", "amount_mismatch", "amount_derived",
            "role_assumed",
            "unread_figure", "amount_not_confirmed", "pl_not_confirmed", "pl_missing", "conflict", "roles_unclear",
        ]
        checks.removeAll { settled.contains($0) }
        if fields.contains("units") || fields.contains("nav"), !fields.contains("amount"), let units, let nav {
            amount = (units * nav).rounded(2)
        }
        if fields.contains("holdPl") || (!fields.contains("cost") && !wasDerivedFromCost) {
            if let holdPl { cost = amount - holdPl }
        } else if let cost {
            holdPl = amount - cost
        }
        confidence = 1
        if let holdPl, amount > holdPl {
            let computed = holdPl / (amount - holdPl)
            if let holdRate, abs(holdRate - computed) <= HoldingDraft.rateTolerance {
                checks.append("ok")
            } else if fields.contains("holdRate") {
                checks.append("rate_mismatch")
                confidence = 0.5
            } else {
                holdRate = computed.rounded(12)
                checks.append("rate_derived")
            }
        }
        checks.append("corrected_by_user")
    }
}
