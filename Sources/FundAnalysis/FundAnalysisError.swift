public import Events

/// What can go wrong with a portfolio or its analysis.
///
/// Codes are stable and appear in the log and in HTTP answers.
public struct FundAnalysisError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A stable code in `snake_case`.
    public struct Code: Sendable, Hashable, RawRepresentable {
        /// As it is recorded and answered.
        public let rawValue: String

        /// Makes a code.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// A table names its holdings but has no column that gives their amounts.
        public static let missingColumn = Code(rawValue: "portfolio_missing_column")
        /// Not one row of a table has an amount that can be read.
        public static let badAmount = Code(rawValue: "portfolio_bad_amount")
        /// A file that is neither holdings nor a NAV history, benchmark or list of flows.
        public static let notRecognised = Code(rawValue: "portfolio_not_recognised")
        /// A file that begins as JSON and is not.
        public static let badJSON = Code(rawValue: "portfolio_bad_json")
        /// More holdings than the limit.
        public static let tooManyHoldings = Code(rawValue: "too_many_holdings")
        /// More rows than the limit.
        public static let tooManyRows = Code(rawValue: "too_many_rows")
        /// More inputs in one message than the limit.
        public static let tooManyInputs = Code(rawValue: "too_many_inputs")
        /// More bytes than the limit.
        public static let fileTooLarge = Code(rawValue: "file_too_large")
        /// Bytes in no encoding that is read here, or a spreadsheet or PDF.
        public static let fileNotText = Code(rawValue: "file_not_text")
        /// Bytes that are not a PNG, JPEG or WebP.
        public static let imageNotAnImage = Code(rawValue: "image_not_an_image")
        /// More bytes or pixels than the limit.
        public static let imageTooLarge = Code(rawValue: "image_too_large")
        /// No engine on this machine, or none with the languages that are needed.
        public static let ocrUnavailable = Code(rawValue: "ocr_unavailable")
        /// The engine ended with an error.
        public static let ocrFailed = Code(rawValue: "ocr_failed")
        /// The engine did not end before its deadline and was killed.
        public static let ocrTimeout = Code(rawValue: "ocr_timeout")
        /// The bytes of an earlier message are not in the store any more.
        public static let attachmentMissing = Code(rawValue: "attachment_missing")
        /// A node before this one left no figures.
        public static let figuresMissing = Code(rawValue: "figures_missing")
        /// Thresholds in `agent_configs.params_json` that no rule can mean.
        public static let badParameters = Code(rawValue: "bad_parameters")
        /// The answer of a vision model is not what was asked for.
        public static let visionMalformed = Code(rawValue: "vision_malformed")
    }

    /// What went wrong, stable.
    public var code: Code
    /// What went wrong, as a sentence.
    public var message: String
    /// What to do about it.
    public var hint: String?

    /// Makes an error.
    public init(code: Code, message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// For logs.
    public var description: String { "\(code.rawValue): \(message)" }

    /// The form that is recorded.
    public var failure: Failure { Failure(code: code.rawValue, message: message, hint: hint) }
}
