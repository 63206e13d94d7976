/// The falls of a series below its running maximum; the first value is a peak.
struct Drawdown: Sendable {
    /// Negative fractions, one a value; 0 at a peak.
    let path: [Double]
    /// The deepest fall, negative or 0.
    let deepest: Double
    /// Index of the last peak before the deepest point.
    let peak: Int
    let trough: Int
    /// Index at which the old peak was reached again; nil where it has not been.
    let recovered: Int?

    /// Needs at least one value, all of them positive and finite.
    init?(_ values: [Double]) {
        guard let first = values.first, values.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
        var path: [Double] = []
        path.reserveCapacity(values.count)
        var top = first
        var topIndex = 0
        var deepest = 0.0
        var peak = 0
        var trough = 0
        for (index, value) in values.enumerated() {
            if value >= top {
                top = value
                topIndex = index
            }
            let fall = value / top - 1
            path.append(fall)
            if fall < deepest {
                deepest = fall
                peak = topIndex
                trough = index
            }
        }
        self.path = path
        self.deepest = deepest
        self.peak = peak
        self.trough = trough
        let old = values[peak]
        recovered = deepest < 0 ? values.indices.first { $0 > trough && values[$0] >= old } : nil
    }

    var current: Double { path[path.count - 1] }

    /// Root mean square of the falls, over all values but the first, which is the start and not a period.
    var ulcerIndex: Double? {
        Statistics.mean(path.dropFirst().map { $0 * $0 }).map { $0.squareRoot() }
    }
}
