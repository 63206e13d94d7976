public import Foundation

/// What `analyze_performance` publishes: what was earned, by which holding, and against what.
public struct PerformanceReport: Sendable, Codable, Hashable {
    /// The day the holdings are of, where known.
    public var asOf: String?
    /// The currency of every amount here; nil where currencies are mixed and no rates are known.
    public var currency: String?
    /// Nil where currencies are mixed and no rates are known.
    public var totalAmount: Decimal?
    /// Of the holdings whose cost is known.
    public var totalCost: Decimal?
    /// Of the holdings whose cost is known.
    public var totalPl: Decimal?
    /// Of the holdings whose day's profit is known.
    public var dayPl: Decimal?
    /// One row a holding, in the portfolio's order.
    public var holdings: [HoldingRow]
    /// Sum of profits over sum of costs: cost-weighted, never annualised.
    public var holdingReturn: Figure
    /// The day's profit over the amount of the day before.
    public var dayReturn: Figure
    /// Holdings in profit, largest profit first; those at zero are in neither list.
    public var winners: [Mover]
    /// Holdings at a loss, largest loss first.
    public var losers: [Mover]
    /// Share of the holdings in profit, of those with a known profit.
    public var hitRateByCount: Figure
    /// Share of the money in holdings in profit.
    public var hitRateByMoney: Figure
    /// From past NAVs of the present units.
    public var series: SeriesPerformance
    /// The series beside the benchmark.
    public var benchmark: BenchmarkPerformance
    /// From the investor's payments.
    public var moneyWeighted: MoneyWeighted
    /// Against the target weights.
    public var attribution: Attribution
    /// What is suspicious in the data.
    public var warnings: [DataWarning]

    /// One holding's part of the result.
    public struct HoldingRow: Sendable, Codable, Hashable {
        /// As the portfolio has it.
        public var name: String
        /// The fund's code, where the portfolio has it.
        public var code: String?
        /// For instance `bond` or `equity_index`.
        public var assetClass: String
        /// In the report's currency; in the holding's own where that is nil.
        public var amount: Decimal
        /// What was paid; nil where nobody said.
        public var cost: Decimal?
        /// Profit so far, unrealised.
        public var holdPl: Decimal?
        /// Profit of the last published day.
        public var dayPl: Decimal?
        /// Profit over cost.
        public var holdingReturn: Figure
        /// Profit over the portfolio's cost: the rows add up to the portfolio's return.
        public var contribution: Figure
        /// The day's profit over the amount of the day before.
        public var dayReturn: Figure
        /// Of the fund itself, first to last NAV on the portfolio's common dates.
        public var periodReturn: Figure
        /// (last NAV - first NAV) x units / first value of the series: adds up to the cumulative return.
        public var periodContribution: Figure
    }

    /// A holding among the winners or the losers.
    public struct Mover: Sendable, Codable, Hashable {
        /// As the portfolio has it.
        public var name: String
        /// The fund's code, where the portfolio has it.
        public var code: String?
        /// Profit so far, unrealised.
        public var holdPl: Decimal
        /// Profit over cost.
        public var holdingReturn: Figure
        /// Profit over the portfolio's cost.
        public var contribution: Figure
    }

    /// Figures of the pro-forma series of present units over past NAVs.
    public struct SeriesPerformance: Sendable, Codable, Hashable {
        /// First to last value; given below a year too.
        public var cumulativeReturn: Figure
        /// (1 + cumulative)^(N/T) - 1.
        public var annualisedReturn: Figure
        /// On calendar days / 365.25.
        public var compoundGrowthRate: Figure
        /// Mean times periods, per year.
        public var meanReturn: Figure
        /// Mean over deviation of the returns above the risk-free rate, per year.
        public var sharpe: Figure
        /// The same over the downside deviation.
        public var sortino: Figure
        /// Annualised return over the maximum drawdown.
        public var calmar: Figure
        /// `from` and `to` are its day.
        public var bestPeriod: Figure
        /// `from` and `to` are its day.
        public var worstPeriod: Figure
        /// Share of periods above zero.
        public var positiveShare: Figure
        /// Oldest first; the first and the last may be part of a month.
        public var months: [CalendarReturn]
        /// Oldest first.
        public var years: [CalendarReturn]
    }

    /// The return of one calendar month or year, as far as there are data.
    public struct CalendarReturn: Sendable, Codable, Hashable {
        /// `2024-07` or `2024`.
        public var period: String
        /// Simple return.
        public var value: Figure
        /// False where the series begins or ends within it.
        public var isComplete: Bool
    }

    /// The series against the benchmark, on common dates.
    public struct BenchmarkPerformance: Sendable, Codable, Hashable {
        /// Nil without a benchmark.
        public var name: String?
        /// Of the benchmark, first to last value.
        public var benchmarkReturn: Figure
        /// The portfolio's cumulative return on the same dates.
        public var portfolioReturn: Figure
        /// The first minus the second, in fractions of the start value.
        public var excessReturn: Figure
        /// Annualised.
        public var informationRatio: Figure
        /// Ratio of annualised returns over the periods in which the benchmark rose.
        public var upCapture: Figure
        /// The same over the periods in which it fell.
        public var downCapture: Figure
        /// Share of periods in which the portfolio did better.
        public var battingAverage: Figure
    }

    /// What the investor's own payments earned, beside what the funds did.
    public struct MoneyWeighted: Sendable, Codable, Hashable {
        /// Effective per year, ACT/365.
        public var xirr: Figure
        /// Over the whole time, not per year.
        public var modifiedDietz: Figure
        /// Over the whole time: skill of the funds, without the owner's timing.
        public var timeWeightedReturn: Figure
        /// The same per year, ACT/365.
        public var timeWeightedReturnAnnual: Figure
        /// Modified Dietz minus time-weighted return: what the owner's own timing added.
        public var timingEffect: Figure
    }

    /// Brinson-Fachler by class against the target weights, single period.
    public struct Attribution: Sendable, Codable, Hashable {
        /// Of all classes.
        public var totalAllocation: Figure
        /// Of all classes.
        public var totalSelection: Figure
        /// Of all classes.
        public var totalInteraction: Figure
        /// Portfolio minus benchmark: the sum of the three.
        public var totalExcess: Figure
        /// What the benchmark is, in words.
        public var label: LocalizedText
        /// Empty where it could not be computed.
        public var rows: [AttributionRow]
    }

    /// One class of the attribution.
    public struct AttributionRow: Sendable, Codable, Hashable {
        /// For instance `bond` or `equity_index`.
        public var assetClass: String
        /// At the start of the series.
        public var portfolioWeight: Figure
        /// The target weights' sum.
        public var benchmarkWeight: Figure
        /// Of what is held of the class.
        public var portfolioReturn: Figure
        /// Of the benchmark, first to last value.
        public var benchmarkReturn: Figure
        /// (w_p - w_b)(r_b - R_b).
        public var allocation: Figure
        /// w_b (r_p - r_b).
        public var selection: Figure
        /// (w_p - w_b)(r_p - r_b).
        public var interaction: Figure
    }
}
