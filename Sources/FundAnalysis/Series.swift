public import Foundation

/// Net asset values of funds on common dates, as the reader found them.
///
/// Nothing is cleaned here: duplicate dates, gaps and impossible values are the analysis' to report.
public struct NavHistory: Sendable, Codable, Hashable {
    /// `YYYY-MM-DD`, in the order of the file.
    public var dates: [String]
    /// A fund's code, or its name where it has no code, to one value a date; nil where the file has none.
    public var navs: [String: [Double?]]

    /// Makes a series as it was read.
    public init(dates: [String], navs: [String: [Double?]]) {
        self.dates = dates
        self.navs = navs
    }
}

/// The index that the portfolio is compared with.
public struct BenchmarkSeries: Sendable, Codable, Hashable {
    /// What the file calls it.
    public var name: String
    /// `YYYY-MM-DD`, in the order of the file.
    public var dates: [String]
    /// Levels, one a date; nil where the file has none.
    public var values: [Double?]

    /// Makes a series as it was read.
    public init(name: String, dates: [String], values: [Double?]) {
        self.name = name
        self.dates = dates
        self.values = values
    }
}

/// One payment between the investor and the portfolio.
public struct CashFlow: Sendable, Codable, Hashable {
    /// `YYYY-MM-DD`.
    public var date: String
    /// Seen from the investor's purse: money put in is negative, money taken out, and the value at the end, positive.
    public var amount: Decimal

    /// Makes a payment.
    public init(date: String, amount: Decimal) {
        self.date = date
        self.amount = amount
    }
}
