/// What an operator may set in `agent_configs.params_json`; any key may be missing, and a map's missing keys keep
/// their defaults.
///
/// `{"risk_free_rate":0.02,"alpha":0.05,"rebalance_band":0.02,"shocks":{"bond":-0.05}}`. Shares, rates and bands are
/// fractions; amounts are in the portfolio's currency.
public struct AnalysisParameters: Sendable, Codable, Hashable {
    // MARK: - Conventions

    /// Per year.
    public var riskFreeRate = 0.02
    /// 252, 52 or 12; nil tells it from the dates.
    public var periodsPerYear: Int?
    /// Tail probability of value at risk.
    public var alpha = 0.05
    /// Below this share of the money with data, portfolio figures are withheld.
    public var minimumCoverage = 0.8
    /// Returns below which volatility and beta are withheld.
    public var minimumReturnsForVolatility = 20
    /// Returns below which value at risk is withheld; never fewer than five in the tail.
    public var minimumReturnsForTail = 100
    /// Common returns below which correlations are withheld.
    public var minimumReturnsForCorrelation = 60
    /// Calendar days below which nothing is annualised.
    public var daysOfOneYear = 365
    /// NAVs that end this many days before the portfolio's day are stale.
    public var staleAfterDays = 10
    /// Sum of targets may differ from 1 by this much, for rounding.
    public var targetSumTolerance = 0.005

    // MARK: - Data quality

    /// So many equal NAVs in a row are reported.
    public var repeatedNavRun = 5
    /// A larger move in one period is reported.
    public var navJump = 0.2
    /// More than this many calendar days between two daily NAVs is a gap; the Chinese new year takes ten.
    public var gapDays = 12
    /// Units times NAV may differ from the amount by this fraction.
    public var amountTolerance = 0.01

    // MARK: - Scenario

    /// A fraction by asset class.
    public var shocks: [String: Double] = [
        "money": 0, "bond": -0.03, "convertible": -0.1, "commodity": -0.1, "real_estate": -0.15,
        "fund_of_funds": -0.15, "equity_index": -0.2, "equity_active": -0.2, "leveraged": -0.4, "unknown": -0.2,
    ]
    /// The classes that the equity share counts.
    public var equityClasses = ["equity_index", "equity_active", "leveraged"]

    // MARK: - Currencies

    /// Units of the base currency for one unit of the key's; empty means that mixed currencies cannot be added.
    public var exchangeRates: [String: Double] = [:]
    /// The currency that the rates lead to.
    public var baseCurrency: String?

    // MARK: - Drift and rebalancing

    /// The 5/25 rule: act when a weight is off by more than the smaller of these two.
    public var driftAbsolute = 0.05
    /// Fraction of the target.
    public var driftRelative = 0.25
    /// Rebalancing leaves every weight this close to its target.
    public var rebalanceBand = 0.02
    /// Trades below this amount are not proposed.
    public var minimumTradeAmount = 100.0
    /// Money waiting to be invested; it is used before anything is sold.
    public var newMoney = 0.0

    // MARK: - Concentration

    /// A weight above this is worth attention.
    public var singleHoldingWarning = 0.25
    /// A weight above this is high.
    public var singleHoldingHigh = 0.4
    /// The shock that makes a weight count fully: a holding counts by its class shock relative to this one.
    public var referenceShock = -0.2
    /// Names that mark an index as broad.
    public var broadIndexNames = [
        "沪深300", "中证500", "中证800", "中证1000", "中证A500", "中证A50", "中证全指", "上证50", "上证综指", "上证指数",
        "MSCI中国", "标普500", "纳斯达克100", "纳指100", "恒生指数", "S&P 500", "S&P500", "MSCI World", "Total Market",
        "全球", "ACWI", "STOXX 600", "Nikkei 225", "FTSE 100",
    ]
    /// Largest share by class.
    public var classBands: [String: Double] = [
        "convertible": 0.3, "commodity": 0.2, "real_estate": 0.2, "equity_index": 0.8, "equity_active": 0.7,
        "leveraged": 0.1, "unknown": 0.2,
    ]
    /// Largest equity share by the investor's class.
    public var equityBands: [String: Double] = ["C1": 0, "C2": 0.2, "C3": 0.5, "C4": 0.8, "C5": 1]
    /// Above this share over the limit a mismatch with the profile is high.
    public var suitabilityHigh = 0.2
    /// The effective number should not be below this fraction of the count.
    public var effectiveNumberShare = 0.6

    // MARK: - Series rules

    /// A fall below the peak that is worth attention.
    public var drawdownAttention = -0.1
    /// A fall below the peak that is high.
    public var drawdownHigh = -0.2
    /// A risk contribution above this many times the weight, and above `riskDriverShare`, names the driver.
    public var riskDriverMultiple = 1.5
    /// See `riskDriverMultiple`.
    public var riskDriverShare = 0.25
    /// Two large holdings above this correlation overlap.
    public var overlapCorrelation = 0.9
    /// Both of an overlapping pair are at least this large.
    public var overlapWeight = 0.1
    /// Sharpe and information ratio are judged only with so many returns.
    public var minimumReturnsForRatios = 252

    // MARK: - Reading confidence

    /// A holding read with less confidence calls for confirmation first.
    public var minimumConfidence = 0.8

    /// The defaults.
    public init() {}
}

extension AnalysisParameters {
    /// Takes the keys that are there; a key of the wrong type is an error, an unknown key is not ours to judge.
    public init(from decoder: any Decoder) throws {
        self.init()
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func take<Value: Decodable>(_ key: CodingKeys, _ property: inout Value) throws {
            if let value = try container.decodeIfPresent(Value.self, forKey: key) { property = value }
        }
        func merge(_ key: CodingKeys, _ property: inout [String: Double]) throws {
            let given = try container.decodeIfPresent([String: Double].self, forKey: key) ?? [:]
            property.merge(given) { _, new in new }
        }
        try take(.riskFreeRate, &riskFreeRate)
        periodsPerYear = try container.decodeIfPresent(Int.self, forKey: .periodsPerYear)
        try take(.alpha, &alpha)
        try take(.minimumCoverage, &minimumCoverage)
        try take(.minimumReturnsForVolatility, &minimumReturnsForVolatility)
        try take(.minimumReturnsForTail, &minimumReturnsForTail)
        try take(.minimumReturnsForCorrelation, &minimumReturnsForCorrelation)
        try take(.daysOfOneYear, &daysOfOneYear)
        try take(.staleAfterDays, &staleAfterDays)
        try take(.targetSumTolerance, &targetSumTolerance)
        try take(.repeatedNavRun, &repeatedNavRun)
        try take(.navJump, &navJump)
        try take(.gapDays, &gapDays)
        try take(.amountTolerance, &amountTolerance)
        try merge(.shocks, &shocks)
        try take(.equityClasses, &equityClasses)
        try merge(.exchangeRates, &exchangeRates)
        baseCurrency = try container.decodeIfPresent(String.self, forKey: .baseCurrency)
        try take(.driftAbsolute, &driftAbsolute)
        try take(.driftRelative, &driftRelative)
        try take(.rebalanceBand, &rebalanceBand)
        try take(.minimumTradeAmount, &minimumTradeAmount)
        try take(.newMoney, &newMoney)
        try take(.singleHoldingWarning, &singleHoldingWarning)
        try take(.singleHoldingHigh, &singleHoldingHigh)
        try take(.referenceShock, &referenceShock)
        try take(.broadIndexNames, &broadIndexNames)
        try merge(.classBands, &classBands)
        try merge(.equityBands, &equityBands)
        try take(.suitabilityHigh, &suitabilityHigh)
        try take(.effectiveNumberShare, &effectiveNumberShare)
        try take(.drawdownAttention, &drawdownAttention)
        try take(.drawdownHigh, &drawdownHigh)
        try take(.riskDriverMultiple, &riskDriverMultiple)
        try take(.riskDriverShare, &riskDriverShare)
        try take(.overlapCorrelation, &overlapCorrelation)
        try take(.overlapWeight, &overlapWeight)
        try take(.minimumReturnsForRatios, &minimumReturnsForRatios)
        try take(.minimumConfidence, &minimumConfidence)
        try checkRanges(decoder.codingPath)
    }
}
