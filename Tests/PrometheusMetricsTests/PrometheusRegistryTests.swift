import CoreMetrics
@testable import PrometheusMetrics
import Testing

@Suite struct PrometheusRegistryTests {
    private let registry = PrometheusRegistry([
        MetricDefinition("requests_total", "Requests,\nby \\ status."),
        MetricDefinition("wait_seconds", "Waits.", buckets: [0.1, 1]),
        MetricDefinition("batch_events", "Batches.", buckets: [1, 10]),
    ])

    @Test("Counters, gauges and histograms are shown in the text format, sorted, with help and type")
    func text() {
        let dimensions = [("status", "200"), ("method", "GET")]
        Counter(label: "requests_total", dimensions: dimensions, factory: registry).increment(by: 2)
        Counter(label: "requests_total", dimensions: dimensions.reversed(), factory: registry).increment()
        Counter(label: "requests_total", dimensions: [("status", "a\"b\\\n")], factory: registry).increment()
        Meter(label: "open", factory: registry).increment(by: 3)
        Meter(label: "open", factory: registry).decrement(by: 1)
        Gauge(label: "level", factory: registry).record(1.5)
        let timer = Timer(label: "wait_seconds", factory: registry)
        for milliseconds in [50, 100, 500, 5_000] { timer.recordMilliseconds(milliseconds) }
        Recorder(label: "batch_events", factory: registry).record(7)
        #expect(
            registry.render() == """
                # HELP batch_events Batches.
                # TYPE batch_events histogram
                batch_events_bucket{le="1"} 0
                batch_events_bucket{le="10"} 1
                batch_events_bucket{le="+Inf"} 1
                batch_events_sum 7
                batch_events_count 1
                # HELP level level
                # TYPE level gauge
                level 1.5
                # HELP open open
                # TYPE open gauge
                open 2
                # HELP requests_total Requests,\\nby \\\\ status.
                # TYPE requests_total counter
                requests_total{method="GET",status="200"} 3
                requests_total{status="a\\"b\\\\\\n"} 1
                # HELP wait_seconds Waits.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{le="0.1"} 2
                wait_seconds_bucket{le="1"} 3
                wait_seconds_bucket{le="+Inf"} 4
                wait_seconds_sum 5.65
                wait_seconds_count 4

                """)
    }

    @Test("Labels from outside cannot make the metrics grow without end")
    func bounded() {
        for number in 0..<(3 * Limits.seriesPerMetric) {
            Counter(label: "requests_total", dimensions: [("node", "n\(number)")], factory: registry).increment()
        }
        let lines = registry.render().split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.count == Limits.seriesPerMetric + 1)
        #expect(lines.contains("requests_total{node=\"other\"} \(2 * Limits.seriesPerMetric)"))
        let long = String(repeating: "长", count: 1_000)
        Counter(label: "long_total", dimensions: [("node", long)], factory: registry).increment()
        #expect(registry.render().split(separator: "\n").allSatisfy { $0.utf8.count < 300 })
    }

    @Test("Counts of many threads are all there")
    func concurrent() async {
        let counter = Counter(label: "requests_total", factory: registry)
        let timer = Timer(label: "wait_seconds", factory: registry)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 {
                        counter.increment()
                        timer.recordNanoseconds(1)
                    }
                }
            }
        }
        #expect(registry.render().contains("requests_total 8000\n"))
        #expect(registry.render().contains("wait_seconds_count 8000\n"))
    }

    @Test("A name used for two types keeps its first")
    func conflict() {
        Counter(label: "requests_total", factory: registry).increment()
        Meter(label: "requests_total", factory: registry).set(7)
        #expect(registry.render().contains("requests_total 1\n"))
    }
}
