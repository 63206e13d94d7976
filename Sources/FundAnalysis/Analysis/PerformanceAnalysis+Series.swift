import Foundation

extension PerformanceAnalysis {
    /// The figures of the constant-units series.
    static func seriesPerformance(_ series: PortfolioSeries) -> PerformanceReport.SeriesPerformance {
        let returns = series.values.returns
        let values = series.values.values
        let periods = series.periods
        let perYear = Figure.Unit.fractionPerYear
        let free = series.riskFreePerPeriod
        let excess = returns.map { $0 - free }
        let ratios = PortfolioSeries.Demand.yearAndReturns(series.parameters.minimumReturnsForRatios)
        let annualised = Statistics.annualised(returns, periods: periods)
        return PerformanceReport.SeriesPerformance(
            cumulativeReturn: series.figure(Figure.Unit.fraction) {
                guard let first = values.first, let last = values.last else { return nil }
                return last / first - 1
            },
            annualisedReturn: series.figure(perYear, .year, because: Figure.Reason.totalLoss) { annualised },
            compoundGrowthRate: series.figure(perYear, .year, because: Figure.Reason.totalLoss) {
                guard let first = values.first, let last = values.last, series.values.span > 0 else { return nil }
                return pow(last / first, 365.25 / Double(series.values.span)) - 1
            },
            meanReturn: series.figure(perYear, .year) { Statistics.mean(returns).map { $0 * periods } },
            sharpe: series.figure(Figure.Unit.index, ratios) {
                guard !Statistics.isConstant(returns), let mean = Statistics.mean(excess),
                    let deviation = Statistics.deviation(excess)
                else { return nil }
                return mean / deviation * periods.squareRoot()
            },
            sortino: series.figure(Figure.Unit.index, ratios, because: Figure.Reason.noDownside) {
                guard let mean = Statistics.mean(excess),
                    let downside = Statistics.downsideDeviation(returns, below: free), downside > 0
                else { return nil }
                return mean / downside * periods.squareRoot()
            },
            calmar: series.figure(Figure.Unit.index, .year, because: Figure.Reason.noDrawdown) {
                guard let annualised, let deepest = Drawdown(values)?.deepest, deepest < 0 else { return nil }
                return annualised / -deepest
            },
            bestPeriod: extreme(series) { $0 < $1 },
            worstPeriod: extreme(series) { $0 > $1 },
            positiveShare: series.figure(Figure.Unit.fraction) {
                Double(returns.count { $0 > 0 }) / Double(returns.count)
            },
            months: Array(calendar(series, \.monthText).suffix(Limits.Analysis.months)),
            years: Array(calendar(series, \.yearText).suffix(Limits.Analysis.years)))
    }

    /// The largest return by an order, with its day.
    private static func extreme(_ series: PortfolioSeries, _ order: (Double, Double) -> Bool) -> Figure {
        let returns = series.values.returns
        let place = returns.indices.max { order(returns[$0], returns[$1]) }
        var figure = series.figure(Figure.Unit.fraction) { place.map { returns[$0] } }
        if let place, figure.usable != nil {
            figure.from = series.values.days[place].text
            figure.to = series.values.days[place + 1].text
        }
        return figure
    }

    /// Returns of calendar months or years, each from the last value before it to its own last value.
    private static func calendar(
        _ series: PortfolioSeries, _ name: (CalendarDay) -> String
    ) -> [PerformanceReport.CalendarReturn] {
        let days = series.values.days
        guard days.count > 1 else { return [] }
        var rows: [PerformanceReport.CalendarReturn] = []
        var start = 0
        for end in days.indices {
            let isLast = end == days.count - 1
            guard isLast || name(days[end]) != name(days[end + 1]) else { continue }
            defer { start = end }
            // A period that begins and ends with the first value has no return.
            guard end > start else { continue }
            let period = DatedSeries(
                days: Array(days[start...end]), values: Array(series.values.values[start...end]))
            let figure = series.figure(
                Figure.Unit.fraction, [], on: period, basis: PortfolioSeries.basis, coverage: series.coverage,
                because: ""
            ) { Statistics.compounded(period.returns) }
            let hasStart = name(days[start]) != name(days[end])
            let hasEnd = !isLast || name(days[end].nextWeekday) != name(days[end])
            rows.append(
                PerformanceReport.CalendarReturn(
                    period: name(days[end]), value: figure, isComplete: hasStart && hasEnd))
        }
        return rows
    }

    /// What the portfolio did beside the benchmark.
    static func benchmarkPerformance(
        _ series: PortfolioSeries, _ benchmark: BenchmarkSeries?
    ) -> PerformanceReport.BenchmarkPerformance {
        let pair = BenchmarkPair(series, benchmark)
        let returns = pair.portfolio.returns
        let other = pair.benchmark.returns
        let active = zip(returns, other).map { $0 - $1 }
        let own = total(pair.portfolio)
        let theirs = total(pair.benchmark)
        func capture(_ isCounted: (Double) -> Bool) -> Double? {
            let chosen = zip(returns, other).filter { isCounted($0.1) }
            guard let up = Statistics.annualised(chosen.map(\.0), periods: series.periods),
                let base = Statistics.annualised(chosen.map(\.1), periods: series.periods), base != 0
            else { return nil }
            return up / base
        }
        let never = Figure.Reason.benchmarkNeverMoved
        return PerformanceReport.BenchmarkPerformance(
            name: pair.name,
            benchmarkReturn: pair.benchmarkFigure(Figure.Unit.fraction) { theirs },
            portfolioReturn: pair.figure(Figure.Unit.fraction) { own },
            excessReturn: pair.figure(Figure.Unit.fraction) { own.flatMap { own in theirs.map { own - $0 } } },
            informationRatio: pair.figure(
                Figure.Unit.index, .yearAndReturns(series.parameters.minimumReturnsForRatios)
            ) {
                guard !Statistics.isConstant(active), let mean = Statistics.mean(active),
                    let deviation = Statistics.deviation(active)
                else { return nil }
                return mean / deviation * series.periods.squareRoot()
            },
            upCapture: pair.figure(Figure.Unit.index, .year, because: never) { capture { $0 > 0 } },
            downCapture: pair.figure(Figure.Unit.index, .year, because: never) { capture { $0 < 0 } },
            battingAverage: pair.figure(Figure.Unit.fraction) {
                Double(active.count { $0 > 0 }) / Double(active.count)
            })
    }

    private static func total(_ series: DatedSeries) -> Double? {
        guard let first = series.values.first, let last = series.values.last else { return nil }
        return last / first - 1
    }
}
