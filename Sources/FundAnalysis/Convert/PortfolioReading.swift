/// Everything that one message's inputs say: `convert_portfolio`'s result.
public struct PortfolioReading: Sendable, Codable, Hashable {
    /// The holdings; nil where the message has none (a question alone is no error).
    public var portfolio: Portfolio?
    /// Net asset values by day and fund.
    public var navHistory: NavHistory?
    /// What the portfolio is compared with.
    public var benchmark: BenchmarkSeries?
    /// Dated money in (negative) and out (positive).
    public var flows: [CashFlow]?
    /// The investor's class, `C1` to `C5`.
    public var profile: String?
    /// What each input was taken for.
    public var inputs: [RecognisedInput]
    /// What the reader should know about the series and the inputs, in plain sentences.
    public var notes: [String]

    /// What one input was taken for.
    public struct RecognisedInput: Sendable, Codable, Hashable {
        /// The file's name, or `text` or `image`.
        public var name: String
        /// `holdings`, `nav_history`, `benchmark`, `flows`, `screenshot`, `message` or `nothing`.
        public var recognisedAs: String
        /// `utf-8`, `utf-16` or `gb18030`; nil for images.
        public var encoding: String?

        /// Makes a description.
        public init(name: String, recognisedAs: String, encoding: String? = nil) {
            self.name = name
            self.recognisedAs = recognisedAs
            self.encoding = encoding
        }
    }

    /// Makes a reading.
    public init(
        portfolio: Portfolio? = nil, navHistory: NavHistory? = nil, benchmark: BenchmarkSeries? = nil,
        flows: [CashFlow]? = nil, profile: String? = nil, inputs: [RecognisedInput] = [], notes: [String] = []
    ) {
        self.portfolio = portfolio
        self.navHistory = navHistory
        self.benchmark = benchmark
        self.flows = flows
        self.profile = profile
        self.inputs = inputs
        self.notes = notes
    }
}

extension Holding {
    /// What NAV series and flows name this holding by: its code, or its name where it has none.
    public var key: String { code ?? name }
}
