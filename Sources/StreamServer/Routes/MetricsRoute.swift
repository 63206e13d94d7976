// GET /metrics
//
//   The metrics in Prometheus' text format, version 0.0.4.

import HTTPTypes
import Hummingbird
import NIOCore

/// Shows the metrics.
struct MetricsRoute: Sendable {
    let metrics: @Sendable () async throws -> String

    func add(to table: inout RouteTable) {
        table.get("/metrics") { _, _ in
            let text = try await metrics()
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
    }
}
