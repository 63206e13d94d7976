import Foundation

/// Drafts to a portfolio: finishes rows, names the currency, adds up and compares with the page's own totals.
struct PortfolioAssembler {
    var source: String
    var drafts: [HoldingDraft] = []
    var dropped: [Portfolio.DroppedRow] = []
    var warnings: [String] = []
    var statedTotal: Decimal?
    var statedDayPl: Decimal?
    var statedHoldPl: Decimal?
    var asOf: String?
    var profile: String?
    /// True where the headings or the words around the holdings are Chinese.
    var isChinese = false

    init(source: String) { self.source = source }

    /// Lists a row that could not be read; beyond the limit it is counted only.
    mutating func drop(_ row: String, _ reason: String) {
        dropped.append(Portfolio.DroppedRow(row: row.cutToRaw, reason: reason))
    }

    /// Whether any draft is a holding.
    var hasHoldings: Bool {
        drafts.contains { if case .success = $0.finished() { true } else { false } }
    }

    /// The portfolio; nil where no draft is a holding.
    mutating func finish() throws -> Portfolio? {
        var holdings: [Holding] = []
        for draft in drafts {
            switch draft.finished() {
            case .success(let holding): holdings.append(holding)
            case .failure(let unusable): drop(draft.origin.text, unusable.reason)
            }
        }
        if holdings.isEmpty { return nil }
        guard holdings.count <= Limits.holdings else {
            throw FundAnalysisError(
                code: .tooManyHoldings, message: "\(holdings.count) holdings, the limit is \(Limits.holdings)",
                hint: "Send the largest \(Limits.holdings).")
        }
        nameCurrency(&holdings)
        flagRepeated(&holdings)
        var portfolio = Portfolio(
            holdings: holdings, source: source, asOf: asOf, currency: nil,
            totals: Portfolio.Totals(amount: 0, cost: nil, holdPl: nil, dayPl: nil), totalCheck: "not_stated",
            dropped: dropped, warnings: warnings, investorProfile: profile, statedTotal: statedTotal)
        portfolio.addUp(statedDayPl: statedDayPl, statedHoldPl: statedHoldPl)
        portfolio.cutDropped()
        return portfolio
    }

    /// One stated currency counts for rows without one; without any, Chinese names and codes mean yuan.
    private mutating func nameCurrency(_ holdings: inout [Holding]) {
        let stated = Set(holdings.map(\.currency)).subtracting([""])
        var assumed = stated.count == 1 ? stated.first : nil
        var needsWarning = stated.count > 1
        if stated.isEmpty {
            let isChinese = isChinese || holdings.contains(where: Self.isChinese)
            assumed = isChinese ? "CNY" : "USD"
            needsWarning = !isChinese
        }
        guard holdings.contains(where: { $0.currency.isEmpty }) else { return }
        for index in holdings.indices where holdings[index].currency.isEmpty {
            let isYuan = Self.isChinese(holdings[index])
            holdings[index].currency = assumed ?? (isYuan ? "CNY" : "USD")
            if needsWarning || (stated.isEmpty && !isYuan) {
                holdings[index].checks.removeAll { $0 == "ok" }
                holdings[index].checks.append("currency_assumed")
            }
        }
        if needsWarning {
            warnings.append("The currency is not stated everywhere; \(assumed ?? "CNY or USD by name") is assumed.")
        }
    }

    private static func isChinese(_ holding: Holding) -> Bool {
        holding.name.hasHan || (holding.code?.count == 6 && holding.code?.allSatisfy(\.isNumber) == true)
    }

    /// The same holding twice may be two accounts or one row read twice; only the owner knows.
    private mutating func flagRepeated(_ holdings: inout [Holding]) {
        var first: [String: Int] = [:]
        for index in holdings.indices {
            let key = holdings[index].code ?? FundCatalogue.normalised(holdings[index].name)
            guard let earlier = first[key] else {
                first[key] = index
                continue
            }
            let isSame = holdings[earlier].amount == holdings[index].amount
            holdings[index].checks.removeAll { $0 == "ok" }
            holdings[index].checks.append("repeated")
            if isSame { holdings[index].confidence = min(holdings[index].confidence, 0.6) }
            let warning = "\(holdings[index].name) occurs more than once; every row is counted."
            if !warnings.contains(warning) { warnings.append(warning) }
        }
    }
}

extension Portfolio {
    /// Recomputes totals, currency and checks from the holdings.
    ///
    /// Called again after a correction.
    mutating func addUp(statedDayPl: Decimal? = nil, statedHoldPl: Decimal? = nil) {
        let currencies = Set(holdings.map(\.currency))
        currency = currencies.count == 1 ? currencies.first : nil
        totals = Totals(
            amount: holdings.reduce(0) { $0 + $1.amount }, cost: Self.sum(holdings.map(\.cost)),
            holdPl: Self.sum(holdings.map(\.holdPl)), dayPl: Self.sum(holdings.map(\.dayPl)))
        if currency == nil {
            let warning = "The holdings are in several currencies; the totals add them as they stand."
            if !warnings.contains(warning) { warnings.append(warning) }
        }
        let cent = Decimal(sign: .plus, exponent: -2, significand: 1)
        if let statedTotal {
            totalCheck = abs(statedTotal - totals.amount) <= cent ? "ok" : "mismatch"
        }
        if let statedDayPl, let dayPl = totals.dayPl {
            dayCheck = abs(statedDayPl - dayPl) <= cent ? "ok" : "mismatch"
        }
        if let statedHoldPl, let holdPl = totals.holdPl, abs(statedHoldPl - holdPl) > cent {
            warnings.append("The page's own P/L is \(statedHoldPl.plain), the holdings add up to \(holdPl.plain).")
        }
    }

    private static func sum(_ values: [Decimal?]) -> Decimal? {
        let known = values.compactMap { $0 }
        return known.isEmpty ? nil : known.reduce(0, +)
    }

    fileprivate mutating func cutDropped() {
        guard dropped.count > Limits.droppedRows else { return }
        let more = dropped.count - Limits.droppedRows
        dropped = Array(dropped.prefix(Limits.droppedRows))
        warnings.append("\(more) more rows could not be read.")
    }
}
