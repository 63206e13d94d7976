import Foundation

/// The figures of `analyze_performance`: pure, so that the same input gives the same report.
///
/// Nothing is read from outside, no clock and no file.
public enum PerformanceAnalysis {
    /// Computes every figure that the data allow; the others say what they need.
    ///
    /// - Parameter flows: the investor's payments; the value at the end is added where it is not among them.
    public static func analyze(
        portfolio: Portfolio, navHistory: NavHistory?, benchmark: BenchmarkSeries?, flows: [CashFlow],
        parameters: AnalysisParameters = AnalysisParameters()
    ) -> PerformanceReport {
        let valuation = Valuation(portfolio, parameters)
        let series = PortfolioSeries(portfolio, valuation, navHistory, parameters)
        let result = HoldingsResult(portfolio, valuation, parameters)
        let rows = portfolio.holdings.indices.map { result.row($0, series) }
        let movers = zip(rows, result.profits).compactMap { row, profit in
            profit.map {
                PerformanceReport.Mover(
                    name: row.name, code: row.code, holdPl: $0, holdingReturn: row.holdingReturn,
                    contribution: row.contribution)
            }
        }
        let warnings =
            NavQuality.warnings(portfolio, navHistory, series, valuation, parameters)
            + NavQuality.warnings(benchmark, parameters)
        return PerformanceReport(
            asOf: portfolio.asOf,
            currency: valuation.currency,
            totalAmount: valuation.currency == nil ? nil : valuation.total,
            totalCost: result.totalCost,
            totalPl: result.totalProfit,
            dayPl: result.totalDay,
            holdings: rows,
            holdingReturn: result.holdingReturn,
            dayReturn: result.dayReturn,
            winners: movers.filter { $0.holdPl > 0 }.sorted { ($1.holdPl, $0.name) < ($0.holdPl, $1.name) },
            losers: movers.filter { $0.holdPl < 0 }.sorted { ($0.holdPl, $0.name) < ($1.holdPl, $1.name) },
            hitRateByCount: result.hitRateByCount,
            hitRateByMoney: result.hitRateByMoney,
            series: seriesPerformance(series),
            benchmark: benchmarkPerformance(series, benchmark),
            moneyWeighted: moneyWeighted(portfolio, series, flows),
            attribution: attribution(portfolio, series),
            warnings: warnings)
    }
}
