import Foundation

/// The pro-forma series of the present units over past NAVs, V_t = sum of units x NAV_t, on the days that all its
/// holdings share.
struct PortfolioSeries: Sendable {
    /// Indices of the holdings in it, in the portfolio's order.
    let covered: [Int]
    /// Units and the rate to the portfolio's currency multiplied, one a covered holding.
    let units: [Double]
    /// NAVs on the common days, one a covered holding.
    let navs: [DatedSeries]
    /// V_t.
    let values: DatedSeries
    /// Weight of the covered holdings; nil where there are no weights.
    let coverage: Double?
    /// Each holding's own cleaned history, on its own days; nil where it has none.
    let histories: [DatedSeries?]
    /// Names of holdings whose short history would have cut everybody's.
    let leftOut: [String]
    let periodsPerYear: Int
    let isStale: Bool
    let valuation: Valuation
    let parameters: AnalysisParameters

    init(_ portfolio: Portfolio, _ valuation: Valuation, _ history: NavHistory?, _ parameters: AnalysisParameters) {
        let dates = history?.dates.map { CalendarDay($0) } ?? []
        let histories = portfolio.holdings.map { holding -> DatedSeries? in
            guard let column = history?.column(of: holding) else { return nil }
            let series = DatedSeries(dates: dates, values: column)
            return series.values.count > 1 ? series : nil
        }
        let choice = PortfolioSeries.choose(histories, valuation.weights, parameters)
        let navs = choice.covered.map { index in
            // A covered holding has a history: `choose` takes no other.
            histories[index].map { DatedSeries($0, on: choice.days) } ?? DatedSeries(days: [], values: [])
        }
        let units = zip(choice.covered, navs).map { index, nav -> Double in
            let amount = valuation.amounts[index].double
            guard let units = portfolio.holdings[index].units, units > 0 else { return amount / (nav.values.last ?? 1) }
            return units.double * valuation.rates[index]
        }
        let sums = choice.days.indices.map { day in
            zip(units, navs).reduce(0) { $0 + $1.0 * $1.1.values[day] }
        }
        let values = DatedSeries(days: choice.days, values: sums)
        self.histories = histories
        self.parameters = parameters
        self.valuation = valuation
        self.navs = navs
        self.units = units
        self.values = values
        covered = choice.covered
        leftOut = choice.leftOut.map { portfolio.holdings[$0].name }
        coverage = valuation.weight(of: choice.covered)
        periodsPerYear = parameters.periodsPerYear ?? values.periodsPerYear
        let asOf = portfolio.asOf.flatMap { CalendarDay($0) }
        isStale =
            if let asOf, let last = choice.days.last {
                asOf.number - last.number > parameters.staleAfterDays
            } else { false }
    }

    /// The holdings that share the series' days.
    ///
    /// Where fewer common days than a year are left because of short histories, the shortest ones are left out as
    /// long as the coverage stays sufficient.
    private static func choose(
        _ histories: [DatedSeries?], _ weights: [Double]?, _ parameters: AnalysisParameters
    ) -> (covered: [Int], leftOut: [Int], days: [CalendarDay]) {
        var covered = histories.indices.filter { histories[$0] != nil }
        let all = covered
        var days = commonDays(covered.compactMap { histories[$0] })
        var best = (covered, days)
        while let weights, covered.count > 1, span(days) < parameters.daysOfOneYear {
            guard let shortest = covered.min(by: { span(histories[$0]?.days) < span(histories[$1]?.days) }) else {
                break
            }
            covered.removeAll { $0 == shortest }
            guard covered.reduce(0, { $0 + weights[$1] }) >= parameters.minimumCoverage else { break }
            days = commonDays(covered.compactMap { histories[$0] })
            if days.count > best.1.count { best = (covered, days) }
        }
        return (best.0, all.filter { !best.0.contains($0) }, best.1)
    }

    private static func span(_ days: [CalendarDay]?) -> Int {
        guard let first = days?.first, let last = days?.last else { return 0 }
        return last.number - first.number
    }

    private static func commonDays(_ series: [DatedSeries]) -> [CalendarDay] {
        guard let first = series.first else { return [] }
        return series.dropFirst().reduce(first.days) { common, other in other.days(in: common) }
    }
}

extension PortfolioSeries {
    /// What the figures of V are made from.
    static let basis = "constant_units"

    /// Periods in a year, for the formulas.
    var periods: Double { Double(periodsPerYear) }

    /// The risk-free rate of one period.
    var riskFreePerPeriod: Double { pow(1 + parameters.riskFreeRate, 1 / periods) - 1 }

    /// What a figure of the whole series needs besides its formula.
    enum Demand {
        /// At least so many returns.
        case returns(Int)
        /// A full year, for what is scaled to one.
        case year
        /// A full year and so many returns, as far as a year of these periods has them.
        case yearAndReturns(Int)
    }

    /// A figure of the whole series, or the reason why it is withheld.
    ///
    /// - Parameter make: gives the value, or nil where the formula has none; then the figure is undefined.
    func figure(
        _ unit: String, _ demands: Demand..., because reason: String = Figure.Reason.zeroVariance,
        _ make: () -> Double?
    ) -> Figure {
        figure(unit, demands, on: values, basis: PortfolioSeries.basis, coverage: coverage, because: reason, make)
    }

    /// The same for any series on some of the days, for instance one fund's own history.
    func figure(
        _ unit: String, _ demands: [Demand], on series: DatedSeries, basis: String, coverage: Double?,
        because reason: String, _ make: () -> Double?
    ) -> Figure {
        let count = max(0, series.values.count - 1)
        if let withheld = withheld(unit, demands, on: series, basis: basis, coverage: coverage) { return withheld }
        guard let value = make() else {
            return Figure(
                value: nil, unit: unit, status: .undefined, basis: basis, n: count, from: series.days.first?.text,
                to: series.days.last?.text, coverage: coverage, reason: reason)
        }
        var figure = Figure.value(value, unit, basis: basis, n: count, coverage: coverage)
        figure.from = series.days.first?.text
        figure.to = series.days.last?.text
        if isStale, figure.status == .ok { figure.status = .stale }
        return figure
    }

    /// The figure to publish where data do not suffice; nil where they do.
    private func withheld(
        _ unit: String, _ demands: [Demand], on series: DatedSeries, basis: String, coverage: Double?
    ) -> Figure? {
        let count = max(0, series.values.count - 1)
        func missing(_ reason: String) -> Figure {
            .missing(unit, reason, needs: ["nav_history"], basis: basis, n: count, coverage: coverage)
        }
        if histories.allSatisfy({ $0 == nil }) {
            return .missing(unit, Figure.Reason.navHistoryMissing, needs: ["nav_history"], coverage: 0)
        }
        if basis == PortfolioSeries.basis, valuation.weights == nil { return valuation.missing(unit) }
        guard count > 0 else { return missing(Figure.Reason.historyTooShort) }
        if let coverage, coverage < parameters.minimumCoverage - 1e-12 { return missing(Figure.Reason.coverageTooLow) }
        for demand in demands {
            switch demand {
            case .returns(let minimum):
                if count < minimum { return missing(Figure.Reason.historyTooShort) }
            case .year:
                if series.span < parameters.daysOfOneYear { return missing(Figure.Reason.belowOneYear) }
            case .yearAndReturns(let minimum):
                if series.span < parameters.daysOfOneYear { return missing(Figure.Reason.belowOneYear) }
                if count < min(minimum, periodsPerYear) { return missing(Figure.Reason.historyTooShort) }
            }
        }
        return nil
    }
}

extension NavHistory {
    /// The values of a holding: by its code, else by its name.
    func column(of holding: Holding) -> [Double?]? {
        if let code = holding.code, let column = navs[code] { return column }
        return navs[holding.name]
    }
}
