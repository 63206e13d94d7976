import Foundation

extension Figure {
    /// Why a figure has no value: stable, because a reader's sentences hang on them.
    enum Reason {
        static let noHoldings = "no_holdings"
        static let totalNotPositive = "total_not_positive"
        static let mixedCurrencies = "mixed_currencies"
        static let negativeAmount = "negative_amount"
        static let navHistoryMissing = "nav_history_missing"
        static let coverageTooLow = "coverage_below_minimum"
        static let historyTooShort = "history_too_short"
        static let belowOneYear = "below_one_year"
        static let zeroVariance = "zero_variance"
        static let noDownside = "no_downside"
        static let noDrawdown = "no_drawdown"
        static let totalLoss = "total_loss"
        static let moneyFund = "money_fund"
        static let benchmarkMissing = "benchmark_missing"
        static let benchmarkNeverMoved = "benchmark_never_moved_that_way"
        static let flowsMissing = "flows_missing"
        static let tooManyFlows = "too_many_flows"
        static let flowsUnreadable = "flows_not_dated"
        static let endDateMissing = "end_date_missing"
        static let noSignChange = "no_sign_change"
        static let severalRoots = "several_roots"
        static let noRoot = "no_root"
        static let noCapital = "no_capital_invested"
        static let unitHistoryMissing = "unit_history_missing"
        static let costMissing = "cost_missing"
        static let costNotPositive = "cost_not_positive"
        static let dayMissing = "day_pl_missing"
        static let targetsMissing = "targets_missing"
        static let targetsSum = "targets_do_not_sum_to_one"
        static let profileMissing = "investor_profile_missing"
        static let riskLevelUnknown = "risk_level_unknown"
        static let notFinite = "not_finite"
    }

    /// Units that are not a currency.
    enum Unit {
        static let fraction = "fraction"
        static let fractionPerYear = "fraction_per_year"
        static let count = "count"
        static let index = "index"
    }

    /// A value; one that is not finite becomes `undefined`, so that no NaN is ever published.
    static func value(
        _ value: Double, _ unit: String, basis: String = "holdings", n: Int? = nil, coverage: Double? = nil
    ) -> Figure {
        guard value.isFinite else { return .undefined(unit, Reason.notFinite, basis: basis) }
        // A zero without its sign: "-0" in a report helps nobody.
        return Figure(value: value == 0 ? 0 : value, unit: unit, status: .ok, basis: basis, n: n, coverage: coverage)
    }

    static func missing(
        _ unit: String, _ reason: String, needs: [String], basis: String? = nil, n: Int? = nil,
        coverage: Double? = nil
    ) -> Figure {
        Figure(
            value: nil, unit: unit, status: .insufficientData, basis: basis, n: n, coverage: coverage,
            reason: reason, needs: needs)
    }

    static func undefined(_ unit: String, _ reason: String, basis: String? = nil) -> Figure {
        Figure(value: nil, unit: unit, status: .undefined, basis: basis, reason: reason)
    }

    /// The value where it may be used in arithmetic.
    var usable: Double? { status == .ok || status == .stale ? value : nil }
}

extension Decimal {
    /// The nearest double, through the decimal digits, because that is the one way that rounds once.
    var double: Double { Double(description) ?? .nan }

    /// The decimal that the double prints as; nil where it is not finite.
    init?(exactlyPrinted value: Double) {
        guard value.isFinite, let decimal = Decimal(string: "\(value)") else { return nil }
        self = decimal
    }

    /// To two places, as money is shown; halves away from zero.
    var money: Decimal {
        var rounded = Decimal()
        var source = self
        NSDecimalRound(&rounded, &source, 2, .plain)
        return rounded
    }

    /// Money from a double that was computed; 0 cannot stand for "unknown", so a value that is not finite is nil.
    static func money(_ value: Double) -> Decimal? {
        Decimal(exactlyPrinted: value)?.money
    }
}
