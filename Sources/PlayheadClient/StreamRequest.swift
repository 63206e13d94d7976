import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// How long a stream goes on.
public enum Follow: String, Sendable, CaseIterable {
    /// To the head.
    case none
    /// To the head, then the run in progress to its end.
    case run
    /// Until the session closes.
    case session
}

/// What is asked of the server: once to begin, and again after every cut.
struct StreamRequest: Sendable {
    /// The post that begins a chat.
    struct Post: Sendable {
        var url: String
        /// Nil: every iterator makes one.
        var idempotencyKey: String?
        var body: ByteBuffer
    }

    /// The events route.
    var url: String
    /// Its filters, without `after`.
    var query: [(name: String, value: String)]
    /// Where to begin.
    var after: FrameID
    /// Nil for a stream that is only read.
    var post: Post?

    /// The request for the next connection.
    ///
    /// - Parameter lastID: the id of the last message received; nil before the first. A chat that was cut before it is
    ///   posted again: its `Idempotency-Key` joins the run that the first post may have started.
    func request(lastID: FrameID?) -> HTTPClientRequest {
        if let post, lastID == nil {
            var request = HTTPClientRequest(url: post.url)
            request.method = .POST
            request.headers.add(name: "Accept", value: "text/event-stream")
            request.headers.add(name: "Content-Type", value: "application/json")
            if let key = post.idempotencyKey { request.headers.add(name: "Idempotency-Key", value: key) }
            request.body = .bytes(post.body)
            return request
        }
        var query = query
        if lastID == nil, after > .beginning { query.append(("after", after.description)) }
        var request = HTTPClientRequest(url: url + ServerAddress.query(query))
        request.headers.add(name: "Accept", value: "text/event-stream")
        if let lastID { request.headers.add(name: "Last-Event-ID", value: lastID.description) }
        return request
    }

    /// The same with an idempotency key of its own, where it posts and has none.
    var keyed: StreamRequest {
        var request = self
        if request.post?.idempotencyKey == nil {
            let key = (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
            request.post?.idempotencyKey = key
        }
        return request
    }
}
