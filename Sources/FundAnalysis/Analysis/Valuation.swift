import Foundation

/// The holdings' amounts in one currency, and their weights, where both can be had.
struct Valuation: Sendable {
    /// Nil where currencies are mixed and no rates lead to one.
    let currency: String?
    /// In `currency`; in each holding's own where that is nil.
    let amounts: [Decimal]
    /// What one unit of the holding's currency is in `currency`.
    let rates: [Double]
    let total: Decimal
    /// Sum to 1; nil where they cannot be had.
    let weights: [Double]?
    /// The figure to publish instead of a weight; nil where there are weights.
    private let problem: (reason: String, needs: [String])?

    init(_ portfolio: Portfolio, _ parameters: AnalysisParameters) {
        let holdings = portfolio.holdings
        let currencies = Set(holdings.map(\.currency))
        let base = currencies.count == 1 ? currencies.first : parameters.baseCurrency
        let rates = holdings.map { holding in
            base == holding.currency ? 1 : base == nil ? nil : parameters.exchangeRates[holding.currency]
        }
        let isOneCurrency = !holdings.isEmpty && rates.allSatisfy { $0.map { $0 > 0 && $0.isFinite } ?? false }
        currency = isOneCurrency ? base : nil
        self.rates = rates.map { $0 ?? 1 }
        amounts = zip(holdings, rates).map { holding, rate in
            guard let rate, rate != 1, let factor = Decimal(exactlyPrinted: rate) else { return holding.amount }
            return (holding.amount * factor).money
        }
        total = isOneCurrency ? amounts.reduce(0, +) : 0
        if holdings.isEmpty {
            problem = (Figure.Reason.noHoldings, ["holdings"])
        } else if !isOneCurrency {
            problem = (Figure.Reason.mixedCurrencies, ["exchange_rates"])
        } else if total <= 0 {
            problem = (Figure.Reason.totalNotPositive, ["holdings"])
        } else if amounts.contains(where: { $0 < 0 }) {
            problem = (Figure.Reason.negativeAmount, ["holdings"])
        } else {
            problem = nil
        }
        let sum = total.double
        weights = problem == nil ? amounts.map { $0.double / sum } : nil
    }

    /// A figure made of the weights, or the reason why there are none.
    func figure(_ unit: String, _ make: ([Double]) -> Double) -> Figure {
        guard let weights else { return missing(unit) }
        return .value(make(weights), unit, n: weights.count)
    }

    /// The figure to publish where there are no weights.
    func missing(_ unit: String) -> Figure {
        .missing(unit, problem?.reason ?? Figure.Reason.noHoldings, needs: problem?.needs ?? [], basis: "holdings")
    }

    /// One holding's weight.
    func weight(_ index: Int) -> Figure { figure(Figure.Unit.fraction) { $0[index] } }

    /// The unit of money figures.
    var moneyUnit: String { currency ?? "mixed" }

    /// Weight of some of the holdings together; 1 for all of them, whatever the rounding of the single weights.
    func weight(of members: [Int]) -> Double? {
        guard weights != nil else { return nil }
        return members.reduce(0) { $0 + amounts[$1] }.double / total.double
    }

    /// The parts of the money by a property of the holdings; none where their amounts cannot be added.
    ///
    /// - Parameter order: names that come first, in that order; the others follow, largest first.
    func shares(of portfolio: Portfolio, order: [String] = [], isByCurrency: Bool = false, by name: (Holding) -> String)
        -> [Share]
    {
        // Without a common currency only the amounts of one currency have a sum.
        guard currency != nil || isByCurrency else { return [] }
        let groups = Dictionary(grouping: portfolio.holdings.indices) { name(portfolio.holdings[$0]) }
        let shares = groups.map { name, members in
            Share(
                name: name, amount: members.reduce(0) { $0 + amounts[$1] },
                weight: figure(Figure.Unit.fraction) { _ in weight(of: members) ?? .nan },
                holdings: members.count)
        }
        return shares.sorted { left, right in
            let places = [left, right].map { order.firstIndex(of: $0.name) ?? order.count }
            if places[0] != places[1] { return places[0] < places[1] }
            return left.amount != right.amount ? left.amount > right.amount : left.name < right.name
        }
    }
}
