import HTTPTypes
import Hummingbird

/// Which pages may ask from a browser: those of the server itself, and those that the operator names.
struct OriginRule {
    /// `https://example.org`, or `*` for any.
    let allowed: [String]

    /// Refuses what a page of another origin asks, a form posted without a preflight included.
    func check(_ origin: String?, host: String?) throws {
        guard let origin, !isAllowed(origin) else { return }
        // The page of this server: `http://` and the host that was asked.
        if let host, origin == "http://\(host)" || origin == "https://\(host)" { return }
        throw StreamServerError(
            .originNotAllowed, "pages of \(origin) may not use this server",
            hint: "start it with --allow-origin \(origin) to let them")
    }

    func isAllowed(_ origin: String) -> Bool {
        allowed.contains("*") || allowed.contains(origin)
    }

    /// Lets the page read the answer.
    func allow(_ origin: String, in headers: inout HTTPFields) {
        guard isAllowed(origin) else { return }
        headers[.accessControlAllowOrigin] = origin
        headers[.vary] = "Origin"
        headers[.accessControlExposeHeaders] = "Location, Playhead-Log, Preference-Applied, Retry-After"
    }

    /// The headers of the answer to a preflight.
    func preflight(_ origin: String) -> HTTPFields {
        var headers = HTTPFields()
        headers[.accessControlAllowMethods] = "GET, POST, DELETE"
        headers[.accessControlAllowHeaders] =
            "Content-Type, Last-Event-ID, Idempotency-Key, Prefer, Expected-Head, Producer-Id, Producer-Epoch, "
            + "Producer-Sequence"
        headers[.accessControlMaxAge] = "600"
        return headers
    }
}
