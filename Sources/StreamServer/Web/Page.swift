import HTTPTypes
import Hummingbird

/// The page at `/`.
struct Page: Sendable {
    private static let html = """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <title>Playhead</title>
        <h1>Playhead</h1>
        <p>The server is running. <a href="/chatbots">Chatbots</a>, <a href="/sessions">sessions</a>,
        <a href="/health/ready">health</a>.</p>
        </html>

        """

    func add(to table: inout RouteTable) {
        table.get("/") { _, _ in
            Response(
                status: .ok, headers: [.contentType: MediaType.html],
                body: ResponseBody(byteBuffer: ByteBuffer(string: Self.html)))
        }
    }
}
