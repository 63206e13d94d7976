/// One computed figure: an object, never a bare number, never 0 or NaN for "unknown".
///
/// `{"value":0.2145,"unit":"fraction_per_year","status":"ok","basis":"constant_units","n":1256,"from":"2018-01-02",
/// "to":"2022-12-28"}` or `{"status":"insufficient_data","reason":"nav_history_missing","needs":["nav_history"],
/// "coverage":0.83}`.
public struct Figure: Sendable, Codable, Hashable {
    /// Whether there is a value, and why not.
    public enum Status: String, Sendable, Codable {
        case ok
        case insufficientData = "insufficient_data"
        /// Zero variance, no sign change.
        case undefined
        /// For instance the volatility of a money fund.
        case notApplicable = "not_applicable"
        case stale
        /// Needs the investor's profile.
        case needsProfile = "needs_profile"
    }

    /// Absent unless the status is `ok` or `stale`; always finite.
    public var value: Double?
    /// `fraction`, `fraction_per_year`, `count`, `index` or a currency code.
    public var unit: String
    /// Whether there is a value, and why not.
    public var status: Status
    /// What the number is made from, for instance `holdings` or `constant_units`.
    public var basis: String?
    /// Observations.
    public var n: Int?
    /// First and last day, `YYYY-MM-DD`.
    public var from: String?
    /// The last day, `YYYY-MM-DD`.
    public var to: String?
    /// Weight of the holdings that had data, 0 to 1.
    public var coverage: Double?
    /// Why there is no value.
    public var reason: String?
    /// What would make it computable.
    public var needs: [String]?

    /// Makes a figure; `ok` figures have a finite value.
    public init(
        value: Double?, unit: String, status: Status, basis: String? = nil, n: Int? = nil, from: String? = nil,
        to: String? = nil, coverage: Double? = nil, reason: String? = nil, needs: [String]? = nil
    ) {
        self.value = value
        self.unit = unit
        self.status = status
        self.basis = basis
        self.n = n
        self.from = from
        self.to = to
        self.coverage = coverage
        self.reason = reason
        self.needs = needs
    }
}
