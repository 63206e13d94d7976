import Events

/// The state of the built-in workflow: what its nodes have found so far.
struct AdvisoryState: Sendable {
    /// What the user wrote.
    var question: String
    var conversion: ConvertedPortfolio?
    var risk: RiskReport?
    var performance: PerformanceReport?
    var recommendations: RecommendationReport?
    /// Shared by the nodes of the run.
    let series = SeriesMemory()

    /// True where there is something to compute.
    var hasPortfolio: Bool { conversion?.portfolio?.holdings.isEmpty == false }
}

/// The update of `convert_portfolio`.
struct ConvertedPortfolio: Sendable, Codable, Hashable {
    /// Where the portfolio came from.
    enum Origin: String, Sendable, Codable {
        /// This message.
        case message
        /// An earlier message of the session.
        case earlierMessage = "earlier_message"
        /// An earlier message, corrected by this one.
        case correction
        /// Nobody has sent one yet.
        case none
    }

    var origin: Origin
    var portfolio: Portfolio?
    /// What each input was taken for.
    var inputs: [PortfolioReading.RecognisedInput]
    /// What the reader should know, in plain sentences.
    var notes: [String]
    /// What a correction changed, in plain sentences.
    var corrections: [String]
    /// The files that the portfolio and its series were read from, so that a later message can read the series again.
    var sources: [ContentPart]
}
