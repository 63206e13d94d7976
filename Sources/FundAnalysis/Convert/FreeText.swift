import Foundation

/// Holdings in a plain message: "易方达沪深300 5万元 亏了3000，余额宝 2万" or "AAPL 1,234.56, MSFT 2,000".
///
/// A holding is a name and an amount. Numbers with a word for their role (亏, 收益率, 成本, loss, …) go to the holding
/// named last. Questions, plans ("如果卖掉…") and corrections ("应该是…") state no holdings.
struct FreeText {
    private var assembler = PortfolioAssembler(source: "text")
    private let label: String
    private var draft: HoldingDraft?
    /// A number that came before its name: "5万元的余额宝".
    private var early: NumberText?
    private var isNumberFirst = false
    private var isHypothetical = false

    /// Drafts of the holdings that the message states; empty where it states none.
    static func read(_ text: String, label: String) -> PortfolioAssembler {
        var reader = FreeText(label: label)
        reader.assembler.isChinese = text.hasHan
        for clause in FreeTextTokens.clauses(of: text) { reader.read(clause) }
        reader.close()
        reader.keepStrangersOnlyInCompany()
        return reader.assembler
    }

    private init(label: String) { self.label = label }

    private mutating func read(_ clause: FreeTextTokens.Clause) {
        defer {
            if early != nil, isNumberFirst {
                draft?.flag("pairing_unclear", confidence: 0.5, "it is not clear which number belongs to which name")
            }
            if clause.endsSentence { isHypothetical = false }
            early = nil
            isNumberFirst = false
        }
        if FreeTextWords.isHypothesis(clause.text) { isHypothetical = true }
        if isHypothetical || FreeTextWords.isCorrection(clause.text) { return }
        if Self.beginsWithAmount(clause), draft?.amount != nil {
            close()
            isNumberFirst = true
        }
        var role: FreeTextWords.Role?
        for (index, token) in clause.tokens.enumerated() {
            switch token {
            case .word(let word):
                let phrase = FreeTextWords.phrase(word)
                if phrase.isPlan { return }
                // "+3%" said of a fund that was named before the role keeps the role; a new name ends it.
                role = phrase.role ?? (phrase.name.isEmpty ? role : nil)
                if !phrase.name.isEmpty { take(name: phrase.name, clause) }
                if phrase.isTalk { early = nil }
            case .digits(let digits):
                takeDigits(digits, clause, index)
            case .number(let number, let raw, let isCount):
                take(number, raw: raw, isCount: isCount, role: role, clause)
                role = nil
            }
        }
        note(clause)
    }

    /// "$20,000 in a bond fund": the number is not the one before's.
    private static func beginsWithAmount(_ clause: FreeTextTokens.Clause) -> Bool {
        guard clause.tokens.count > 1, case .number(let number, _, false) = clause.tokens[0], !number.isSigned,
            !number.isPercent, case .word(let word) = clause.tokens[1]
        else { return false }
        let phrase = FreeTextWords.phrase(word)
        return phrase.role == nil && !phrase.name.isEmpty && !phrase.isPlan
    }

    /// The text of every clause that added to a holding is kept with it.
    private mutating func note(_ clause: FreeTextTokens.Clause) {
        guard let text = draft?.origin.text, !text.contains(clause.text.trimmed), draft?.amount != nil else { return }
        let hasFigure = clause.tokens.contains { if case .word = $0 { false } else { true } }
        if hasFigure { draft?.origin.text = (text + "，" + clause.text.trimmed).cutToRaw }
    }

    private mutating func take(name: String, _ clause: FreeTextTokens.Clause) {
        if let open = draft, open.amount == nil, open.units == nil, open.code != nil, open.name.isEmpty {
            draft?.name = name
            return
        }
        close()
        var next = HoldingDraft(
            origin: Holding.Origin(input: label, line: clause.line, text: clause.text.trimmed.cutToRaw))
        next.name = name
        if let entry = FundCatalogue.entry(code: name.uppercased()) {
            next.code = entry.code
        } else if FreeTextWords.isTicker(name) {
            next.code = name
        }
        if let early {
            assign(early, to: &next)
            self.early = nil
            isNumberFirst = true
        }
        draft = next
    }

    /// Six digits: a code at the start, after a name that has a number behind it too, or in the catalogue; else money.
    private mutating func takeDigits(_ digits: String, _ clause: FreeTextTokens.Clause, _ index: Int) {
        let hasNumberBehind = clause.tokens[(index + 1)...].contains { token in
            if case .number(let number, _, _) = token { !number.isSigned && !number.isPercent } else { false }
        }
        let hasNoName = draft == nil || draft?.amount != nil
        let isKnown = digits.hasPrefix("0") || FundCatalogue.entry(code: digits) != nil
        if hasNoName, early == nil, index == 0, hasNumberBehind || isKnown {
            close()
            draft = HoldingDraft(
                origin: Holding.Origin(input: label, line: clause.line, text: clause.text.trimmed.cutToRaw))
            draft?.code = digits
        } else if draft?.code == nil, draft?.amount == nil, isKnown || hasNumberBehind {
            draft?.code = digits
            if !isKnown { draft?.flag("code_assumed", confidence: 0.7, "\(digits) is taken as the code") }
        } else if let number = NumberText.number(digits) {
            take(number, raw: digits, isCount: false, role: nil, clause)
        }
    }

    private mutating func assign(_ number: NumberText, to draft: inout HoldingDraft) {
        draft.amount = number.value
        draft.currency = number.currency ?? draft.currency
    }

    private mutating func take(
        _ number: NumberText, raw: String, isCount: Bool, role: FreeTextWords.Role?, _ clause: FreeTextTokens.Clause
    ) {
        if case .total? = role {
            assembler.statedTotal = number.value
            return
        }
        if case .ignored? = role { return }
        guard var open = draft, !isNumberFirst || role != nil || isCount else {
            if role == nil, !number.isPercent, !isCount { early = number }
            return
        }
        defer { draft = open }
        let value = role?.isLoss == true ? -abs(number.value) : number.value
        if isCount, role == nil || role == .units {
            open.units = number.value
            return
        }
        switch (role, number.isPercent) {
        case (.units?, false): open.units = number.value
        case (.nav?, false): open.nav = number.value
        case (.cost?, false): open.cost = number.value
        case (.day?, false), (.dayLoss?, false): open.dayPl = value
        case (.day?, true), (.dayLoss?, true): return
        case (.rate?, _): open.holdRate = value / 100
        case (.gain?, true), (.loss?, true), (nil, true): open.holdRate = value / 100
        case (.gain?, false), (.loss?, false): open.holdPl = value
        case (.amount?, false) where open.amount == nil: assign(number, to: &open)
        case (nil, false) where open.amount == nil && open.units == nil: assign(number, to: &open)
        case (nil, false) where open.units != nil && open.nav == nil && open.amount == nil: open.nav = number.value
        case (nil, false) where number.isSigned && open.holdPl == nil:
            open.holdPl = number.value
            if open.holdRate == nil { open.flag("role_assumed", confidence: 0.7, "\(raw) is taken as the holding P/L") }
        default:
            open.flag("unread_figure", confidence: 0.6, "\(raw.cutToRaw) has no role that can be told")
        }
    }

    /// Ends the holding that is open.
    private mutating func close() {
        guard let open = draft else { return }
        draft = nil
        let hasFigure = [open.amount, open.holdPl, open.holdRate, open.units, open.cost].contains { $0 != nil }
        guard hasFigure else { return }
        assembler.drafts.append(Self.confirmed(open))
    }

    /// A P/L that was only assumed is one where the rate agrees with it.
    private static func confirmed(_ draft: HoldingDraft) -> HoldingDraft {
        guard draft.checks == ["role_assumed"], let amount = draft.amount, let gain = draft.holdPl,
            let rate = draft.holdRate, amount > gain,
            abs(gain / (amount - gain) - rate) <= HoldingDraft.rateTolerance
        else { return draft }
        var draft = draft
        draft.checks = []
        draft.warnings = []
        draft.confidence = 1
        return draft
    }

    /// A name that no rule knows is a holding only beside others that are known, or where the message is a list of
    /// such pairs; it is flagged in any case.
    private mutating func keepStrangersOnlyInCompany() {
        for index in assembler.drafts.indices where Self.isStranger(assembler.drafts[index]) {
            assembler.drafts[index].flag(
                "name_unrecognised", confidence: 0.6,
                "it is not certain that \(assembler.drafts[index].name) is a holding")
        }
        assembler.drafts.removeAll { $0.amount == nil && Self.isStranger($0) }
    }

    private static func isStranger(_ draft: HoldingDraft) -> Bool {
        draft.code == nil && !NameClassifier.looksLikeHolding(draft.name)
    }
}
