public import Foundation

/// A portfolio as `convert_portfolio` publishes it.
///
/// Money is `Decimal`, never `Double`.
public struct Portfolio: Sendable, Codable, Hashable {
    /// The positions, as they stood in the source.
    public var holdings: [Holding]
    /// `csv`, `json`, `text`, `ocr` or `vision`.
    public var source: String
    /// The day the figures are of, `YYYY-MM-DD`, where it is known.
    public var asOf: String?
    /// The single currency of all holdings; nil where currencies are mixed.
    public var currency: String?
    /// Sums over the holdings.
    public var totals: Totals
    /// Sum of amounts against the page's own total: `ok`, `mismatch` or `not_stated`.
    public var totalCheck: String
    /// The page's or the table's own total, where it has one.
    public var statedTotal: Decimal?
    /// Sum of day gains against the page's own: `ok`, `mismatch` or nil where none is stated.
    public var dayCheck: String?
    /// Rows that could not be read, as they stood, with the reason.
    public var dropped: [DroppedRow]
    /// What the reader should know, in plain sentences.
    public var warnings: [String]
    /// The investor's class `C1` to `C5`, where the message or an earlier one said it.
    public var investorProfile: String?

    /// Sums over the holdings, in the portfolio's currency.
    public struct Totals: Sendable, Codable, Hashable {
        /// The value now.
        public var amount: Decimal
        /// Sum of the holdings whose cost is known.
        public var cost: Decimal?
        /// Profit or loss since the purchase.
        public var holdPl: Decimal?
        /// Profit or loss of the last published day.
        public var dayPl: Decimal?

        /// Makes a value of these parts.
        public init(amount: Decimal, cost: Decimal?, holdPl: Decimal?, dayPl: Decimal?) {
            self.amount = amount
            self.cost = cost
            self.holdPl = holdPl
            self.dayPl = dayPl
        }
    }

    /// A row that could not be read.
    public struct DroppedRow: Sendable, Codable, Hashable {
        /// The row as it stood.
        public var row: String
        /// Why it could not be read.
        public var reason: String

        /// Makes a value of these parts.
        public init(row: String, reason: String) {
            self.row = row
            self.reason = reason
        }
    }

    /// Makes a value of these parts.
    public init(
        holdings: [Holding], source: String, asOf: String? = nil, currency: String?, totals: Totals,
        totalCheck: String, dropped: [DroppedRow] = [], warnings: [String] = [], investorProfile: String? = nil,
        statedTotal: Decimal? = nil, dayCheck: String? = nil
    ) {
        self.holdings = holdings
        self.source = source
        self.asOf = asOf
        self.currency = currency
        self.totals = totals
        self.totalCheck = totalCheck
        self.dropped = dropped
        self.warnings = warnings
        self.investorProfile = investorProfile
        self.statedTotal = statedTotal
        self.dayCheck = dayCheck
    }
}

/// One position.
///
/// A = `amount`, P = `holdPl`, C = `cost`, q = `holdRate`: C = A - P and q = P / (A - P).
public struct Holding: Sendable, Codable, Hashable {
    /// The fund's name as it was read.
    public var name: String
    /// The fund's code, six digits in China.
    public var code: String?
    /// The value now.
    public var amount: Decimal
    /// Profit or loss of the last published day.
    public var dayPl: Decimal?
    /// Profit or loss since the purchase.
    public var holdPl: Decimal?
    /// A fraction: 0.0582 is 5.82 %.
    public var holdRate: Decimal?
    /// What was paid for it.
    public var cost: Decimal?
    /// Units held.
    public var units: Decimal?
    /// Net asset value of one unit.
    public var nav: Decimal?
    /// ISO 4217 code.
    public var currency: String
    /// `money`, `bond`, `convertible`, `commodity`, `real_estate`, `fund_of_funds`, `equity_index`, `equity_active`,
    /// `leveraged` or `unknown`.
    public var assetClass: Labelled
    /// `CN`, `HK`, `US`, `global` or `unknown`.
    public var region: Labelled
    /// `R1` to `R5` or `unknown`.
    public var riskLevel: Labelled
    /// Fraction of the portfolio the owner aims at.
    public var targetWeight: Decimal?
    /// `YYYY-MM-DD`.
    public var buyDate: String?
    /// 0 to 1: how sure the reader is of the figures.
    public var confidence: Double
    /// `ok`, `rate_derived`, `rate_mismatch`, `only_second_pass`, ….
    public var checks: [String]
    /// What the reader should know about this row.
    public var warnings: [String]
    /// The day of this holding's NAV, `YYYY-MM-DD`: rows of one page may have different ones.
    public var asOf: String?
    /// Where the figures were read.
    public var origin: Origin?

    /// The place a holding was read from, as it stood there.
    public struct Origin: Sendable, Codable, Hashable {
        /// The file's name, or `text` or `image`.
        public var input: String
        /// The line of the file, from 1.
        public var line: Int?
        /// The row as it stood.
        public var text: String
        /// Left, top, width and height in pixels of the image.
        public var box: [Int]?

        /// Makes an origin.
        public init(input: String, line: Int? = nil, text: String, box: [Int]? = nil) {
            self.input = input
            self.line = line
            self.text = text
            self.box = box
        }
    }

    /// A value and where it came from: `given`, `catalogue`, `inferred_from_name` or `unknown`.
    public struct Labelled: Sendable, Codable, Hashable {
        /// The value.
        public var value: String
        /// Where it came from.
        public var source: String

        /// Makes a value of these parts.
        public init(value: String, source: String) {
            self.value = value
            self.source = source
        }
    }

    /// Makes a value of these parts.
    public init(
        name: String, code: String? = nil, amount: Decimal, dayPl: Decimal? = nil, holdPl: Decimal? = nil,
        holdRate: Decimal? = nil, cost: Decimal? = nil, units: Decimal? = nil, nav: Decimal? = nil, currency: String,
        assetClass: Labelled, region: Labelled, riskLevel: Labelled, targetWeight: Decimal? = nil,
        buyDate: String? = nil, confidence: Double = 1, checks: [String] = [], warnings: [String] = [],
        asOf: String? = nil, origin: Origin? = nil
    ) {
        self.name = name
        self.code = code
        self.amount = amount
        self.dayPl = dayPl
        self.holdPl = holdPl
        self.holdRate = holdRate
        self.cost = cost
        self.units = units
        self.nav = nav
        self.currency = currency
        self.assetClass = assetClass
        self.region = region
        self.riskLevel = riskLevel
        self.targetWeight = targetWeight
        self.buyDate = buyDate
        self.confidence = confidence
        self.checks = checks
        self.warnings = warnings
        self.asOf = asOf
        self.origin = origin
    }
}
