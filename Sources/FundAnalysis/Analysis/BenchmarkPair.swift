import Foundation

/// The portfolio's series and the benchmark's on the days that both have.
struct BenchmarkPair: Sendable {
    /// Nil without a benchmark.
    let name: String?
    let portfolio: DatedSeries
    let benchmark: DatedSeries
    private let series: PortfolioSeries

    init(_ series: PortfolioSeries, _ benchmark: BenchmarkSeries?) {
        name = benchmark?.name
        self.series = series
        let cleaned = benchmark.map { DatedSeries(dates: $0.dates.map { CalendarDay($0) }, values: $0.values) }
        let days = cleaned?.days(in: series.values.days) ?? []
        portfolio = DatedSeries(series.values, on: days)
        self.benchmark = cleaned.map { DatedSeries($0, on: days) } ?? DatedSeries(days: [], values: [])
    }

    /// A figure of both series.
    func figure(
        _ unit: String, _ demands: PortfolioSeries.Demand..., because reason: String = Figure.Reason.zeroVariance,
        _ make: () -> Double?
    ) -> Figure {
        guard name != nil else {
            return .missing(unit, Figure.Reason.benchmarkMissing, needs: ["benchmark"], basis: PortfolioSeries.basis)
        }
        return series.figure(
            unit, demands, on: portfolio, basis: PortfolioSeries.basis, coverage: series.coverage, because: reason,
            make)
    }

    /// A figure of the benchmark alone; it does not hang on the holdings' coverage.
    func benchmarkFigure(_ unit: String, _ demands: PortfolioSeries.Demand..., make: () -> Double?) -> Figure {
        guard name != nil else {
            return .missing(unit, Figure.Reason.benchmarkMissing, needs: ["benchmark"], basis: "benchmark")
        }
        return series.figure(
            unit, demands, on: benchmark, basis: "benchmark", coverage: nil, because: Figure.Reason.zeroVariance,
            make)
    }
}

extension RiskAnalysis {
    /// How the portfolio moved with the benchmark.
    static func benchmarkRisk(_ series: PortfolioSeries, _ benchmark: BenchmarkSeries?) -> RiskReport.BenchmarkRisk {
        let pair = BenchmarkPair(series, benchmark)
        let returns = pair.portfolio.returns
        let other = pair.benchmark.returns
        let free = series.riskFreePerPeriod
        let periods = series.periods
        let minimum = PortfolioSeries.Demand.returns(series.parameters.minimumReturnsForVolatility)
        let correlated = PortfolioSeries.Demand.returns(series.parameters.minimumReturnsForCorrelation)
        let beta: Double? =
            if !Statistics.isConstant(other), let covariance = Statistics.covariance(returns, other),
                let variance = Statistics.covariance(other, other)
            { covariance / variance } else { nil }
        func alpha(_ rate: Double) -> Double? {
            guard let beta else { return nil }
            return Statistics.mean(zip(returns, other).map { $0 - rate - beta * ($1 - rate) })
        }
        let correlation = Statistics.correlation(returns, other)
        let active = zip(returns, other).map { $0 - $1 }
        return RiskReport.BenchmarkRisk(
            name: pair.name,
            beta: pair.figure(Figure.Unit.index, minimum) { beta },
            alpha: pair.figure(Figure.Unit.fractionPerYear, minimum, .year) { alpha(free).map { $0 * periods } },
            alphaGeometric: pair.figure(Figure.Unit.fractionPerYear, minimum, .year) {
                alpha(free).map { pow(1 + $0, periods) - 1 }
            },
            alphaZeroRate: pair.figure(Figure.Unit.fractionPerYear, minimum, .year) { alpha(0).map { $0 * periods } },
            trackingError: pair.figure(Figure.Unit.fractionPerYear, minimum, .year) {
                Statistics.deviation(active).map { $0 * periods.squareRoot() }
            },
            correlation: pair.figure(Figure.Unit.index, correlated) { correlation },
            rSquared: pair.figure(Figure.Unit.index, correlated) { correlation.map { $0 * $0 } },
            benchmarkVolatility: pair.benchmarkFigure(Figure.Unit.fractionPerYear, minimum, .year) {
                Statistics.isConstant(other) ? nil : Statistics.deviation(other).map { $0 * periods.squareRoot() }
            },
            benchmarkMaxDrawdown: benchmarkDrawdown(pair))
    }

    private static func benchmarkDrawdown(_ pair: BenchmarkPair) -> Figure {
        let drawdown = Drawdown(pair.benchmark.values)
        var figure = pair.benchmarkFigure(Figure.Unit.fraction) { drawdown?.deepest }
        if let drawdown, drawdown.deepest < 0, figure.usable != nil {
            figure.from = pair.benchmark.days[drawdown.peak].text
            figure.to = pair.benchmark.days[drawdown.trough].text
        }
        return figure
    }
}
