import CoreMetrics
import PrometheusMetrics
import StreamServer

/// The metrics of the process, as the server sets them up.
enum TestMetrics {
    /// Whoever uses the server's metrics asks for it first: those that were made before it would count nothing.
    static let registry: PrometheusRegistry = {
        let registry = PrometheusRegistry(ServerMetrics.definitions)
        MetricsSystem.bootstrap(registry)
        return registry
    }()
}
