public import Foundation

/// A figure before and after an action.
public struct FigureChange: Sendable, Codable, Hashable {
    /// The figure's name in `snake_case`; a holding's ends in `:` and the holding's code, or its name.
    public var name: String
    /// As things are.
    public var before: Figure
    /// Recomputed.
    public var after: Figure
}

/// The same sentence in the two languages of the product.
public struct LocalizedText: Sendable, Codable, Hashable {
    /// Chinese.
    public var zh: String
    /// English.
    public var en: String
}

/// One part of the money: a class, a region, a currency, a fund company or a risk level.
public struct Share: Sendable, Codable, Hashable {
    /// For instance `bond`, `CN`, `CNY`, `R2` or `unknown`.
    public var name: String
    /// In the portfolio's currency.
    public var amount: Decimal
    /// Fraction of the money.
    public var weight: Figure
    /// How many holdings are in it.
    public var holdings: Int
}

/// Something about the data that the reader of the figures should know.
public struct DataWarning: Sendable, Codable, Hashable {
    /// `duplicate_date`, `gap`, `repeated_nav`, `nonpositive_nav`, `jump`, `mixed_currencies`, `stale`,
    /// `amount_mismatch`, `short_history_left_out`, `unsorted_dates`, ….
    public var kind: String
    /// The holding it is about; nil for the whole portfolio or a file.
    public var holding: String?
    /// How often.
    public var count: Int
    /// First days it was seen on.
    public var dates: [String] = []
    /// For people.
    public var message: LocalizedText
}
