/// The figures of one fund's own NAV history.
struct FundFigures: Sendable {
    let volatility: Figure
    let volatilityPerPeriod: Figure
    let maxDrawdown: Figure
    let currentDrawdown: Figure

    init(_ index: Int, _ holding: Holding, _ series: PortfolioSeries) {
        let history = series.histories[index]
        let returns = history?.returns ?? []
        let drawdown = history.flatMap { Drawdown($0.values) }
        let periods = Double(series.parameters.periodsPerYear ?? history?.periodsPerYear ?? series.periodsPerYear)
        let isMoneyFund = holding.assetClass.value == "money"
        let parameters = series.parameters

        func figure(
            _ unit: String, _ demands: [PortfolioSeries.Demand], _ make: () -> Double?
        ) -> Figure {
            guard let history else {
                // A money fund quotes no NAV that moves; asking for one would be asking in vain.
                return isMoneyFund
                    ? Figure(
                        value: nil, unit: unit, status: .notApplicable, basis: "nav", reason: Figure.Reason.moneyFund)
                    : .missing(unit, Figure.Reason.navHistoryMissing, needs: ["nav_history"], basis: "nav")
            }
            var result = series.figure(
                unit, demands, on: history, basis: "nav", coverage: nil, because: Figure.Reason.zeroVariance, make)
            if result.status == .undefined, isMoneyFund {
                result.status = .notApplicable
                result.reason = Figure.Reason.moneyFund
            }
            return result
        }
        func deviation() -> Double? {
            Statistics.isConstant(returns) ? nil : Statistics.deviation(returns)
        }
        volatility = figure(
            Figure.Unit.fractionPerYear, [.returns(parameters.minimumReturnsForVolatility), .year]
        ) {
            deviation().map { $0 * periods.squareRoot() }
        }
        volatilityPerPeriod = figure(
            Figure.Unit.fraction, [.returns(parameters.minimumReturnsForVolatility)], deviation)
        var deepest = figure(Figure.Unit.fraction, []) { drawdown?.deepest }
        if let drawdown, let history, drawdown.deepest < 0 {
            deepest.from = history.days[drawdown.peak].text
            deepest.to = history.days[drawdown.trough].text
        }
        maxDrawdown = deepest
        currentDrawdown = figure(Figure.Unit.fraction, []) { drawdown?.current }
    }
}
