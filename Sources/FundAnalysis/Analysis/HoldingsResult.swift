import Foundation

/// What the holdings alone say of profit: no dates, hence nothing per year.
struct HoldingsResult: Sendable {
    /// In the portfolio's currency; nil where the holding does not say it.
    let profits: [Decimal?]
    let costs: [Decimal?]
    let days: [Decimal?]
    private let portfolio: Portfolio
    private let valuation: Valuation
    private let parameters: AnalysisParameters

    init(_ portfolio: Portfolio, _ valuation: Valuation, _ parameters: AnalysisParameters) {
        func converted(_ value: Decimal?, _ index: Int) -> Decimal? {
            guard let value, valuation.rates[index] != 1, let rate = Decimal(exactlyPrinted: valuation.rates[index])
            else { return value }
            return (value * rate).money
        }
        self.portfolio = portfolio
        self.valuation = valuation
        self.parameters = parameters
        let holdings = portfolio.holdings
        profits = holdings.indices.map { index in
            converted(holdings[index].holdPl ?? holdings[index].cost.map { holdings[index].amount - $0 }, index)
        }
        costs = holdings.indices.map { index in
            converted(holdings[index].cost ?? holdings[index].holdPl.map { holdings[index].amount - $0 }, index)
        }
        days = holdings.indices.map { converted(holdings[$0].dayPl, $0) }
    }

    private func total(_ values: [Decimal?]) -> Decimal? {
        let known = values.compactMap { $0 }
        return known.isEmpty || valuation.currency == nil ? nil : known.reduce(0, +)
    }

    /// Of the holdings whose cost is known.
    var totalCost: Decimal? { total(costs) }
    var totalProfit: Decimal? { total(profits) }
    var totalDay: Decimal? { total(days) }

    /// Weight of the holdings that have a value.
    private func coverage(_ values: [Decimal?]) -> Double {
        valuation.weight(of: values.indices.filter { values[$0] != nil }) ?? 0
    }

    /// A figure of the whole portfolio, made of one property of the holdings.
    private func figure(
        of values: [Decimal?], _ reason: String, needs: String, _ make: () -> Figure
    ) -> Figure {
        guard valuation.weights != nil else { return valuation.missing(Figure.Unit.fraction) }
        let coverage = coverage(values)
        let n = values.count { $0 != nil }
        guard n > 0, coverage >= parameters.minimumCoverage else {
            return .missing(
                Figure.Unit.fraction, n > 0 ? Figure.Reason.coverageTooLow : reason, needs: [needs],
                basis: "holdings", n: n, coverage: coverage)
        }
        var figure = make()
        figure.n = n
        figure.coverage = coverage
        return figure
    }

    /// Sum of profits over sum of costs.
    var holdingReturn: Figure {
        figure(of: costs, Figure.Reason.costMissing, needs: "cost") {
            ratio(totalProfit, totalCost, Figure.Reason.costNotPositive)
        }
    }

    /// Sum of the day's profits over the amounts of the day before.
    var dayReturn: Figure {
        figure(of: days, Figure.Reason.dayMissing, needs: "day_pl") {
            let amount = zip(valuation.amounts, days).reduce(Decimal(0)) { $1.1 == nil ? $0 : $0 + $1.0 }
            return ratio(totalDay, totalDay.map { amount - $0 }, Figure.Reason.totalNotPositive)
        }
    }

    var hitRateByCount: Figure {
        figure(of: profits, Figure.Reason.costMissing, needs: "cost") {
            let known = profits.compactMap { $0 }
            return .value(Double(known.count { $0 > 0 }) / Double(known.count), Figure.Unit.fraction)
        }
    }

    var hitRateByMoney: Figure {
        figure(of: profits, Figure.Reason.costMissing, needs: "cost") {
            var known = Decimal(0)
            var won = Decimal(0)
            for (amount, profit) in zip(valuation.amounts, profits) {
                guard let profit else { continue }
                known += amount
                if profit > 0 { won += amount }
            }
            return ratio(won, known, Figure.Reason.totalNotPositive)
        }
    }

    private func ratio(_ part: Decimal?, _ whole: Decimal?, _ reason: String) -> Figure {
        guard let part, let whole, whole > 0 else {
            return .undefined(Figure.Unit.fraction, reason, basis: "holdings")
        }
        return .value(part.double / whole.double, Figure.Unit.fraction)
    }

    /// One holding's row; the parts that need NAVs come from the series.
    func row(_ index: Int, _ series: PortfolioSeries) -> PerformanceReport.HoldingRow {
        let holding = portfolio.holdings[index]
        let unknownCost = Figure.missing(
            Figure.Unit.fraction, Figure.Reason.costMissing, needs: ["cost"], basis: "holdings")
        let contribution =
            if valuation.currency == nil {
                valuation.missing(Figure.Unit.fraction)
            } else if profits[index] == nil {
                unknownCost
            } else { ratio(profits[index], totalCost, Figure.Reason.costNotPositive) }
        let dayReturn =
            if let day = days[index] {
                ratio(day, valuation.amounts[index] - day, Figure.Reason.totalNotPositive)
            } else {
                Figure.missing(Figure.Unit.fraction, Figure.Reason.dayMissing, needs: ["day_pl"], basis: "holdings")
            }
        return PerformanceReport.HoldingRow(
            name: holding.name, code: holding.code, assetClass: holding.assetClass.value,
            amount: valuation.amounts[index], cost: costs[index], holdPl: profits[index], dayPl: days[index],
            holdingReturn: profits[index] == nil
                ? unknownCost : ratio(profits[index], costs[index], Figure.Reason.costNotPositive),
            contribution: contribution, dayReturn: dayReturn,
            periodReturn: series.periodReturn(of: index),
            periodContribution: series.periodContribution(of: index))
    }
}

extension PortfolioSeries {
    /// The fund's own return over the common days.
    func periodReturn(of holding: Int) -> Figure {
        guard let place = covered.firstIndex(of: holding) else { return uncovered(holding) }
        return figure(Figure.Unit.fraction, [], on: navs[place], basis: "nav", coverage: nil, because: "") {
            guard let first = navs[place].values.first, let last = navs[place].values.last else { return nil }
            return last / first - 1
        }
    }

    /// (NAV_T - NAV_0) x units / V_0: what the holding added to the cumulative return.
    func periodContribution(of holding: Int) -> Figure {
        guard let place = covered.firstIndex(of: holding) else { return uncovered(holding) }
        return figure(Figure.Unit.fraction, because: Figure.Reason.noCapital) {
            guard let first = navs[place].values.first, let last = navs[place].values.last,
                let start = values.values.first, start > 0
            else { return nil }
            return (last - first) * units[place] / start
        }
    }

    private func uncovered(_ holding: Int) -> Figure {
        let reason = histories[holding] == nil ? Figure.Reason.navHistoryMissing : Figure.Reason.historyTooShort
        return .missing(Figure.Unit.fraction, reason, needs: ["nav_history"], basis: "nav")
    }
}
