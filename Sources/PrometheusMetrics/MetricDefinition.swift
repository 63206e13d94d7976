/// What the text format says about a metric beside its values.
public struct MetricDefinition: Sendable, Hashable {
    /// The whole name, with its unit and, for a counter, `_total`.
    public var name: String
    /// One sentence.
    public var help: String
    /// The upper bounds of a histogram's buckets, ascending, without infinity; in seconds for a timer.
    public var buckets: [Double]

    /// From a tenth of a millisecond to five minutes.
    public static let secondsBuckets = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
    ]
    /// Powers of four up to a million.
    public static let countBuckets: [Double] = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576]

    /// Takes the parts as they are.
    public init(_ name: String, _ help: String, buckets: [Double] = secondsBuckets) {
        self.name = name
        self.help = help
        self.buckets = buckets
    }
}
