/// The bounds of the exporter.
enum Limits {
    /// Sets of label values that one metric keeps apart; what comes beyond is counted under `other`.
    static let seriesPerMetric = 500
    /// UTF-8 bytes of a label's value, after which it is cut.
    static let labelBytes = 128
}
