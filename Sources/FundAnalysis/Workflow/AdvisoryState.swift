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

    /// Takes the files of a later message or of a reply; the same bytes are not taken again.
    ///
    /// - Throws: `too_many_inputs`.
    mutating func take(_ parts: [ContentPart]) throws {
        sources = (sources + parts.filter { $0.contentType == "file" && $0.sha256 != nil }).distinct
        _ = try files()
    }

    /// The files that the series are read from.
    ///
    /// - Throws: `too_many_inputs`.
    func files() throws -> [ContentPart] {
        let files = sources.distinct.filter { $0.contentType == "file" }
        guard files.count <= Limits.inputs else {
            throw FundAnalysisError(
                code: .tooManyInputs,
                message: "the portfolio would be read from \(files.count) files, the limit is \(Limits.inputs)",
                hint: "Send the holdings and the files that still count in one message; it replaces the earlier ones.")
        }
        return files
    }
}

extension [ContentPart] {
    /// Without the parts whose bytes came before: a file that is sent twice says nothing new.
    var distinct: [ContentPart] {
        var seen: Set<String> = []
        return filter { $0.sha256.map { seen.insert($0).inserted } ?? true }
    }
}
