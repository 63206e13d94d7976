/// Every limit of this module, in one place.
///
/// Nothing that comes from outside is unbounded.
public enum Limits {
    // MARK: Reading a portfolio

    /// Inputs of one message, and files that the messages of a session bring to one portfolio.
    public static let inputs = 16
    /// Bytes of one text or text file.
    public static let textBytes = 4 * 1024 * 1024
    /// Holdings of one portfolio.
    public static let holdings = 500
    /// Rows of one table: forty years of trading days.
    public static let tableRows = 12_000
    /// Fields of one row.
    public static let tableColumns = 512
    /// Unicode scalars of one field.
    public static let fieldScalars = 4_096
    /// Rows in which the headings are looked for: exports begin with titles and dates.
    public static let headingRows = 20
    /// Unicode scalars at the beginning of a text in which the headings are looked for, once for each delimiter.
    static let headingScalars = 16_384
    /// How often reading a table begins again behind a quote that is never closed; after that a quote ends with its line.
    static let quoteRestarts = 3
    /// Rows that one question asks about.
    public static let questionedRows = 5
    /// Rows that are listed as unreadable; the rest is counted.
    public static let droppedRows = 50
    /// Characters of a raw row that are kept with a holding or a dropped row.
    public static let rawCharacters = 300
    /// Characters of a holding's name.
    public static let nameCharacters = 100
    /// Significant digits of a number; `Decimal` holds 38 and cuts the rest without a word.
    public static let numberDigits = 30
    /// The largest amount, in any currency; a larger one is a misread.
    public static let moneyExponent = 15
    /// Nesting of JSON.
    public static let jsonDepth = 32

    // MARK: Screenshots

    /// Bytes of one image.
    public static let imageBytes = 10 * 1024 * 1024
    /// Pixels of one image.
    public static let imagePixels = 25_000_000
    /// Bytes that the engine may answer with.
    public static let ocrOutputBytes = 4 * 1024 * 1024
    /// Words of one page.
    public static let ocrWords = 20_000
    /// How long the engine may take for one image.
    public static let ocrDeadline = Duration.seconds(20)
    /// How long each question to the engine at start may take; long, because a busy machine must not lose its engine.
    public static let ocrDiscoveryDeadline = Duration.seconds(30)
    /// Pages that wait for the one engine; more are refused.
    public static let ocrWaiting = 16
}
