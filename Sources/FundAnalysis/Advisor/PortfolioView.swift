import Foundation

/// The portfolio as the advisor talks about it: exact amounts, shares and names ready to be spoken.
///
/// Amounts come from the reports where there are any, because those are converted to one currency.
struct PortfolioView: Sendable {
    /// One holding.
    struct Row: Sendable {
        /// Its place in the portfolio.
        var index: Int
        var name: String
        /// As it is said, in the answer's language.
        var spoken: String
        /// As it is said once it was named in full.
        var nick: String
        var code: String?
        var amount: Decimal
        /// Of the whole; nil where currencies are mixed.
        var weight: Decimal?
        var pl: Decimal?
        /// Profit over cost.
        var rate: Decimal?
        var assetClass: String
        var region: String
        var currency: String
        /// What the class shock of the scenario would do, as a fraction; nil without a scenario.
        var shock: Decimal?
        var isGold: Bool
    }

    /// One class or region.
    struct Part: Sendable {
        var name: String
        var amount: Decimal
        var weight: Decimal
        var holdings: Int
    }

    var rows: [Row]
    /// Nil where currencies are mixed and no rates are known.
    var currency: String?
    var total: Decimal
    /// Of the holdings whose cost is known, as is the rate.
    var pl: Decimal?
    var rate: Decimal?
    var dayPl: Decimal?
    /// Largest first.
    var classes: [Part]
    var regions: [Part]
    /// Every currency of the data, for the check of signs.
    var currencies: Set<String>

    init?(_ material: AdvisorMaterial) {
        guard let portfolio = material.portfolio, !portfolio.holdings.isEmpty else { return nil }
        let risk = material.risk.flatMap { $0.holdings.count == portfolio.holdings.count ? $0 : nil }
        let performance = material.performance.flatMap { $0.holdings.count == portfolio.holdings.count ? $0 : nil }
        currencies = Set(portfolio.holdings.map(\.currency))
        let currency = risk?.currency ?? performance?.currency ?? portfolio.currency
        self.currency = currency
        if let currency { currencies.insert(currency) }
        let amounts = portfolio.holdings.indices.map { risk?.holdings[$0].amount ?? portfolio.holdings[$0].amount }
        let sum = amounts.reduce(0, +)
        total = sum
        let hasShares = currency != nil && sum > 0 && amounts.allSatisfy { $0 >= 0 }
        let shocks = Dictionary(
            (risk?.scenario.shocks ?? []).map { ($0.assetClass, Speech.exact($0.shock)) }, uniquingKeysWith: { $1 })
        let spoken = SpokenName.all(portfolio.holdings, language: material.language)
        let nicks = SpokenName.nicks(spoken, names: portfolio.holdings.map(\.name))
        rows = portfolio.holdings.indices.map { index in
            let holding = portfolio.holdings[index]
            let results = performance?.holdings[index]
            let assetClass = risk?.holdings[index].assetClass ?? holding.assetClass.value
            let pl = performance == nil ? holding.holdPl : results?.holdPl
            let cost = results?.cost ?? holding.cost
            return Row(
                index: index, name: holding.name, spoken: spoken[index], nick: nicks[index], code: holding.code,
                amount: amounts[index],
                weight: hasShares ? amounts[index] / sum : nil, pl: pl,
                rate: Self.ratio(pl, to: cost), assetClass: assetClass,
                region: risk?.holdings[index].region ?? holding.region.value,
                currency: currency ?? holding.currency, shock: shocks[assetClass],
                isGold: holding.name.contains("黄金") || holding.name.lowercased().contains("gold"))
        }
        let costs = performance == nil ? portfolio.totals.cost : performance?.totalCost
        pl = currency == nil ? nil : (performance == nil ? portfolio.totals.holdPl : performance?.totalPl)
        rate = Self.ratio(pl, to: costs)
        dayPl = currency == nil ? nil : (performance == nil ? portfolio.totals.dayPl : performance?.dayPl)
        classes = hasShares ? Self.parts(rows, sum, by: \.assetClass) : []
        regions = hasShares ? Self.parts(rows, sum, by: \.region) : []
    }

    /// Equity and what behaves like it.
    static let equityClasses: Set<String> = ["equity_index", "equity_active", "leveraged"]

    /// The rows with a known profit or loss, the largest profit first, then in the portfolio's order.
    var byResult: [Row] {
        let known = rows.enumerated().filter { $0.element.pl != nil }
        return known.sorted {
            let (a, b) = ($0.element.pl ?? 0, $1.element.pl ?? 0)
            return a == b ? $0.offset < $1.offset : a > b
        }.map(\.element)
    }

    /// An amount's share of the whole; nil where the whole has no sum.
    func share(_ amount: Decimal) -> Decimal? { currency != nil && total > 0 ? amount / total : nil }

    /// What the scenario would cost, as a positive amount; nil where a class has no shock.
    func scenarioLoss(_ amount: (Int) -> Decimal) -> Decimal? {
        var loss: Decimal = 0
        for (index, row) in rows.enumerated() {
            guard let shock = row.shock else { return nil }
            loss -= amount(index) * shock
        }
        return loss
    }

    private static func ratio(_ part: Decimal?, to whole: Decimal?) -> Decimal? {
        guard let part, let whole, whole > 0 else { return nil }
        return part / whole
    }

    private static func parts(_ rows: [Row], _ sum: Decimal, by key: KeyPath<Row, String>) -> [Part] {
        Dictionary(grouping: rows) { $0[keyPath: key] }
            .map { name, members in
                let amount = members.map(\.amount).reduce(0, +)
                return Part(name: name, amount: amount, weight: amount / sum, holdings: members.count)
            }
            .sorted { $0.amount == $1.amount ? $0.name < $1.name : $0.amount > $1.amount }
    }
}
