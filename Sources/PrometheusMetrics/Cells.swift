import CoreMetrics
import Synchronization

/// What a metric's values are kept in, one for each set of label values.
protocol Cell: AnyObject, Sendable {
    /// Appends the lines of the text format.
    func render(_ name: String, _ labels: String, to text: inout String)
}

/// A count that only grows.
final class CounterCell: Cell, CounterHandler, FloatingPointCounterHandler {
    private let value = Mutex(0.0)

    func increment(by amount: Int64) { increment(by: Double(amount)) }
    func increment(by amount: Double) { value.withLock { $0 += max(0, amount) } }
    func reset() { value.withLock { $0 = 0 } }

    func render(_ name: String, _ labels: String, to text: inout String) {
        text += line(name, labels, value.withLock { $0 })
    }
}

/// A value that goes up and down.
final class GaugeCell: Cell, MeterHandler, RecorderHandler {
    private let value = Mutex(0.0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }

    func render(_ name: String, _ labels: String, to text: inout String) {
        text += line(name, labels, value.withLock { $0 })
    }
}

/// How values are spread over buckets, cumulative when rendered.
final class HistogramCell: Cell, RecorderHandler, TimerHandler {
    private struct State {
        var counts: [Int64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(_ bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        // The bounds are few: looking through them costs less than a binary search.
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock {
            $0.counts[bucket] += 1
            $0.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func render(_ name: String, _ labels: String, to text: inout String) {
        let state = state.withLock { $0 }
        let prefix = labels.isEmpty ? "" : labels + ","
        var total: Int64 = 0
        for (index, count) in state.counts.enumerated() {
            total += count
            let bound = index < bounds.count ? number(bounds[index]) : "+Inf"
            text += line(name + "_bucket", prefix + "le=\"\(bound)\"", Double(total))
        }
        text += line(name + "_sum", labels, state.sum)
        text += line(name + "_count", labels, Double(total))
    }
}

private func line(_ name: String, _ labels: String, _ value: Double) -> String {
    labels.isEmpty ? "\(name) \(number(value))\n" : "\(name){\(labels)} \(number(value))\n"
}

/// A whole number without its fraction.
private func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    return Int64(exactly: value).map(String.init) ?? "\(value)"
}
