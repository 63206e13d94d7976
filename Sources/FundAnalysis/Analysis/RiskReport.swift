public import Foundation

/// What `analyze_risk` publishes: how the money is spread, what it could lose, how it moved.
public struct RiskReport: Sendable, Codable, Hashable {
    /// The day the holdings are of, where known.
    public var asOf: String?
    /// The currency of every amount here; nil where currencies are mixed and no rates are known.
    public var currency: String?
    /// Nil where currencies are mixed and no rates are known.
    public var totalAmount: Decimal?
    /// One row a holding, in the portfolio's order.
    public var holdings: [HoldingRow]
    /// Largest first.
    public var byAssetClass: [Share]
    /// `CN`, `HK`, `US`, `global` or `unknown`, largest first.
    public var byRegion: [Share]
    /// Currency codes, largest first.
    public var byCurrency: [Share]
    /// Told from the name; `unknown` where the name begins with no known company.
    public var byCompany: [Share]
    /// `R1` to `R5`, in that order, then `unknown`.
    public var byRiskLevel: [Share]
    /// How much of the money sits in how few holdings.
    public var concentration: Concentration
    /// Weight of equity-like classes: `equity_index`, `equity_active`, `leveraged`.
    public var equityShare: Figure
    /// Weight of products above the investor's class; `needs_profile` without one.
    public var mismatchShare: Figure
    /// What a fall of every class at once would cost.
    public var scenario: Scenario
    /// Weights against the owner's targets.
    public var drift: Drift
    /// From past NAVs of the present units.
    public var series: SeriesRisk
    /// How the holdings move together.
    public var crossSection: CrossSection
    /// The series against the benchmark.
    public var benchmark: BenchmarkRisk
    /// What is suspicious in the data.
    public var warnings: [DataWarning]

    /// One holding's part of the risk.
    public struct HoldingRow: Sendable, Codable, Hashable {
        /// As the portfolio has it.
        public var name: String
        /// The fund's code, where the portfolio has it.
        public var code: String?
        /// In the report's currency; in the holding's own where that is nil.
        public var amount: Decimal
        /// For instance `bond` or `equity_index`.
        public var assetClass: String
        /// For instance `CN`.
        public var region: String
        /// `R1` to `R5` or `unknown`.
        public var riskLevel: String
        /// Where the class came from: `given`, `catalogue`, `inferred_from_name` or `unknown`.
        public var assetClassSource: String
        /// Fraction of the money.
        public var weight: Figure
        /// What the class shock would do to this holding, in money (negative).
        public var scenarioLoss: Figure
        /// From its own NAV history.
        public var volatility: Figure
        /// Per day, week or month, as the data are.
        public var volatilityPerPeriod: Figure
        /// Negative; `from` is the peak's day and `to` the trough's.
        public var maxDrawdown: Figure
        /// Below the highest value so far; 0 at a peak.
        public var currentDrawdown: Figure
        /// Share of the portfolio's ex-ante variance; the rows that have one sum to 1.
        public var riskContribution: Figure
    }

    /// How much of the money sits in how few holdings.
    public struct Concentration: Sendable, Codable, Hashable {
        /// Sum of squared weights, 0 to 1.
        public var hhi: Figure
        /// 1 / HHI.
        public var effectiveNumber: Figure
        /// exp(-sum w ln w).
        public var effectiveNumberEntropy: Figure
        /// The largest weight.
        public var top1: Figure
        /// The largest holding's name.
        public var top1Name: String?
        /// Sum of the five largest weights.
        public var top5: Figure
    }

    /// A what-if with fixed shocks by class: a scenario, not a forecast.
    public struct Scenario: Sendable, Codable, Hashable {
        /// Says that it is a scenario.
        public var label: LocalizedText
        /// Money, negative.
        public var loss: Figure
        /// The same as a fraction of the portfolio, negative.
        public var lossShare: Figure
        /// One row a class held, worst first.
        public var shocks: [Shock]
    }

    /// The shock of one class and what it would cost.
    public struct Shock: Sendable, Codable, Hashable {
        /// For instance `bond` or `equity_index`.
        public var assetClass: String
        /// A fraction: -0.2 is minus 20 %.
        public var shock: Double
        /// In the report's currency; in the holding's own where that is nil.
        public var amount: Decimal
        /// Money, negative.
        public var loss: Decimal
    }

    /// Weights against the owner's targets.
    public struct Drift: Sendable, Codable, Hashable {
        /// Largest absolute drift of all holdings; says what is missing where there are no targets.
        public var largest: Figure
        /// Half the sum of absolute drifts: what a full rebalancing would move.
        public var turnoverToTarget: Figure
        /// Empty where there are no usable targets.
        public var rows: [DriftRow]
    }

    /// One holding against its target.
    public struct DriftRow: Sendable, Codable, Hashable {
        /// As the portfolio has it.
        public var name: String
        /// The fund's code, where the portfolio has it.
        public var code: String?
        /// Fraction of the money.
        public var weight: Figure
        /// Fraction the owner aims at.
        public var target: Figure
        /// weight - target.
        public var drift: Figure
        /// Above this much drift the 5/25 rule acts.
        public var limit: Double
        /// True where the rule acts.
        public var exceeds: Bool
        /// Money to buy (positive) or sell (negative) to be exactly at the target.
        public var tradeToTarget: Decimal
    }

    /// Figures of the pro-forma series of present units over past NAVs.
    public struct SeriesRisk: Sendable, Codable, Hashable {
        /// Per year.
        public var volatility: Figure
        /// Per day, week or month, as the data are; never scaled up.
        public var volatilityPerPeriod: Figure
        /// Below the risk-free rate, per year.
        public var downsideDeviation: Figure
        /// Below zero, per year.
        public var downsideDeviationZero: Figure
        /// Below the mean, n-1, per year: another statistic.
        public var semiDeviation: Figure
        /// Negative; `from` is the peak's day and `to` the trough's.
        public var maxDrawdown: Figure
        /// The day the old peak was reached again; nil where it has not been.
        public var maxDrawdownRecovered: String?
        /// The maximum drawdown at today's amount, in money (negative).
        public var maxDrawdownAmount: Figure
        /// Below the highest value so far; 0 at a peak.
        public var currentDrawdown: Figure
        /// Root mean square of the falls below the peak.
        public var ulcerIndex: Figure
        /// One period, positive is a loss, at the parameters' alpha.
        public var valueAtRiskHistorical: Figure
        /// Mean loss of the worst alpha of the periods.
        public var conditionalValueAtRiskHistorical: Figure
        /// With a normal distribution of the same mean and deviation.
        public var valueAtRiskParametric: Figure
        /// The mean loss beyond that.
        public var conditionalValueAtRiskParametric: Figure
        /// Adjusted Fisher-Pearson.
        public var skewness: Figure
        /// Adjusted; 0 for a normal distribution.
        public var excessKurtosis: Figure
    }

    /// How the holdings move together, at present weights.
    public struct CrossSection: Sendable, Codable, Hashable {
        /// sqrt(w'Sw), per year; not the same as the series' volatility, hence its own name.
        public var exAnteVolatility: Figure
        /// Weighted mean of the volatilities over the portfolio's; 1 is no diversification.
        public var diversificationRatio: Figure
        /// Mean over all pairs.
        public var averagePairwiseCorrelation: Figure
        /// Every pair once, in the portfolio's order.
        public var correlations: [Correlation]
    }

    /// Pearson's correlation of two holdings' returns on common dates.
    public struct Correlation: Sendable, Codable, Hashable {
        /// The holdings' names.
        public var first: String
        /// The other of the pair.
        public var second: String
        /// -1 to 1.
        public var correlation: Figure
    }

    /// The series against the benchmark.
    public struct BenchmarkRisk: Sendable, Codable, Hashable {
        /// Nil without a benchmark.
        public var name: String?
        /// Covariance over the benchmark's variance.
        public var beta: Figure
        /// Jensen's alpha, arithmetic: mean times periods.
        public var alpha: Figure
        /// The same compounded.
        public var alphaGeometric: Figure
        /// With a risk-free rate of zero.
        public var alphaZeroRate: Figure
        /// Deviation of the difference, per year.
        public var trackingError: Figure
        /// -1 to 1.
        public var correlation: Figure
        /// Square of the correlation.
        public var rSquared: Figure
        /// Per year.
        public var benchmarkVolatility: Figure
        /// Negative; `from` is the peak's day and `to` the trough's.
        public var benchmarkMaxDrawdown: Figure
    }
}
