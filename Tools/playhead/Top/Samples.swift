import Foundation

/// The values of a Prometheus text, by name and labels as they are written.
struct Samples: Sendable {
    private var values: [String: [(labels: String, value: Double)]] = [:]

    /// Takes what it understands; comments and what is no sample are left out.
    init(_ text: String) {
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
                continue
            }
            let series = line[..<space]
            let name = series.prefix { $0 != "{" }
            values[String(name), default: []].append((String(series.dropFirst(name.count)), value))
        }
    }

    /// Whether there is such a metric.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// The sum over all labels that contain `part`.
    func sum(_ name: String, _ part: String = "") -> Double {
        (values[name] ?? []).reduce(0) { part.isEmpty || $1.labels.contains(part) ? $0 + $1.value : $0 }
    }

    /// The value under which a share of a histogram's observations lie, since `earlier`.
    ///
    /// Linear inside a bucket, as Prometheus' `histogram_quantile` has it; nil where nothing was observed.
    func quantile(_ share: Double, of name: String, since earlier: Samples?) -> Double? {
        let before = earlier?.buckets(name) ?? [:]
        let counts = buckets(name).map { (bound: $0.key, count: $0.value - (before[$0.key] ?? 0)) }
            .sorted { $0.bound < $1.bound }
        guard let total = counts.last?.count, total > 0 else { return nil }
        var lower = (bound: 0.0, count: 0.0)
        for bucket in counts {
            if bucket.count >= share * total {
                guard bucket.bound.isFinite else { return lower.bound }
                let width = bucket.count - lower.count
                let part = width > 0 ? (share * total - lower.count) / width : 1
                return lower.bound + part * (bucket.bound - lower.bound)
            }
            lower = bucket
        }
        return lower.bound
    }

    private func buckets(_ name: String) -> [Double: Double] {
        var counts: [Double: Double] = [:]
        for (labels, value) in values[name + "_bucket"] ?? [] {
            guard let start = labels.range(of: "le=\"")?.upperBound else { continue }
            let text = labels[start...].prefix { $0 != "\"" }
            counts[text == "+Inf" ? .infinity : Double(text) ?? .infinity, default: 0] += value
        }
        return counts
    }
}
