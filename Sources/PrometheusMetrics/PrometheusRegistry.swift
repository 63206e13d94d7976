// The text format, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/):
//
//   # HELP playhead_tokens_total Tokens recorded.
//   # TYPE playhead_tokens_total counter
//   playhead_tokens_total{model="local-composer",node="character_advisor"} 1027

public import CoreMetrics
import Synchronization

/// A metrics backend that keeps everything in memory and shows it in Prometheus' text format.
///
/// Counters, meters and recorders become counters, gauges and gauges; timers and aggregating recorders become
/// histograms, timers in seconds. A label is taken as the metric's name: it has to say its unit.
public final class PrometheusRegistry: MetricsFactory {
    private struct Family {
        var type: String
        /// By their labels as the format writes them.
        var cells: [String: any Cell] = [:]
    }

    private let definitions: [String: MetricDefinition]
    private let families = Mutex<[String: Family]>([:])

    /// Makes an empty registry.
    ///
    /// - Parameter definitions: the help and the buckets of the metrics; another metric has its name as help.
    public init(_ definitions: [MetricDefinition] = []) {
        self.definitions = Dictionary(definitions.map { ($0.name, $0) }) { first, _ in first }
    }

    /// Every metric that was made, by name.
    public func render() -> String {
        let families = families.withLock { $0 }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text += "# HELP \(name) \(Self.escaped(definitions[name]?.help ?? name, quotes: false))\n"
            text += "# TYPE \(name) \(family.type)\n"
            for (labels, cell) in family.cells.sorted(by: { $0.key < $1.key }) {
                cell.render(name, labels, to: &text)
            }
        }
        return text
    }

    /// Makes or finds a counter.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(label, dimensions, "counter") { CounterCell() }
    }

    /// Makes or finds a counter.
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        cell(label, dimensions, "counter") { CounterCell() }
    }

    /// Makes or finds a gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        cell(label, dimensions, "gauge") { GaugeCell() }
    }

    /// Makes or finds a histogram, or a gauge where nothing is aggregated.
    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return cell(label, dimensions, "gauge") { GaugeCell() } }
        return histogram(label, dimensions)
    }

    /// Makes or finds a histogram of seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    // A metric is never forgotten: Prometheus takes a counter that is gone for a restart.

    /// Does nothing.
    public func destroyCounter(_ handler: any CounterHandler) {}
    /// Does nothing.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    /// Does nothing.
    public func destroyMeter(_ handler: any MeterHandler) {}
    /// Does nothing.
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Does nothing.
    public func destroyTimer(_ handler: any TimerHandler) {}

    private func histogram(_ name: String, _ dimensions: [(String, String)]) -> HistogramCell {
        let buckets = definitions[name]?.buckets ?? MetricDefinition.secondsBuckets
        return cell(name, dimensions, "histogram") { HistogramCell(buckets) }
    }

    /// The cell of a set of label values.
    ///
    /// Where a name is used for two types, which is a mistake in the program, the second has values that nobody sees.
    private func cell<Kind: Cell>(
        _ name: String, _ dimensions: [(String, String)], _ type: String, _ make: () -> Kind
    ) -> Kind {
        families.withLock { families in
            var family = families[name] ?? Family(type: type)
            guard family.type == type else { return make() }
            var labels = Self.labels(dimensions)
            if family.cells[labels] == nil, family.cells.count >= Limits.seriesPerMetric {
                labels = Self.labels(dimensions.map { ($0.0, "other") })
            }
            if let known = family.cells[labels] as? Kind { return known }
            let made = make()
            family.cells[labels] = made
            families[name] = family
            return made
        }
    }

    private static func labels(_ dimensions: [(String, String)]) -> String {
        dimensions.sorted { $0.0 < $1.0 }
            .map {
                "\($0.0)=\"\(escaped(String(decoding: $0.1.utf8.prefix(Limits.labelBytes), as: UTF8.self), quotes: true))\""
            }
            .joined(separator: ",")
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
