import HTTPTypes
import Hummingbird

/// Which pages may ask from a browser: those of the server itself, and those that the operator names.
struct OriginRule {
    /// As browsers write them (RFC 6454, section 6.2): `https://example.org`, or `*` for any.
    let allowed: [String]

    /// - Throws: `StreamServerError` with `invalidOrigin` where a browser never names that origin.
    init(allowed: [String]) throws {
        self.allowed = try allowed.map(Self.origin)
    }

    /// An origin as browsers write it: lower case, without the scheme's own port and without a slash at its end.
    private static func origin(_ text: String) throws -> String {
        if text == "*" { return text }
        func refused(_ why: String, _ hint: String) -> StreamServerError {
            StreamServerError(.invalidOrigin, "“\(text)” is not the origin of a page: \(why)", hint: hint)
        }
        let example = "an origin looks like https://example.org or http://localhost:3000"
        if text.lowercased() == "null" {
            throw refused(
                "any page can say null", "serve the page from an address, and name that; * lets every page in")
        }
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let scheme = parts.first?.lowercased(), isScheme(scheme) else {
            throw refused("it has no scheme", "write http:// or https:// before it; \(example)")
        }
        var authority = parts[1].lowercased()
        if authority.hasSuffix("/") { authority.removeLast() }
        guard !authority.contains(where: { "/?#".contains($0) }) else {
            throw refused("it has a path", "leave out what follows the host and the port; \(example)")
        }
        guard authority.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw refused("browsers write such a host in its ASCII form", "write it with xn--; \(example)")
        }
        let port = authority.last == "]" ? nil : authority.lastIndex(of: ":")
        let host = authority[..<(port ?? authority.endIndex)]
        guard isHost(host) else { throw refused("it has no host that a page can have", example) }
        guard let port else { return "\(scheme)://\(host)" }
        guard let number = UInt16(authority[authority.index(after: port)...]), number > 0 else {
            throw refused("its port is no number from 1 to 65535", example)
        }
        return ["http": 80, "https": 443][scheme] == number ? "\(scheme)://\(host)" : "\(scheme)://\(host):\(number)"
    }

    /// RFC 3986, section 3.1, in lower case.
    private static func isScheme(_ text: String) -> Bool {
        text.utf8.first.map { (0x61...0x7A).contains($0) } ?? false
            && text.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || "+-.".utf8.contains($0)
            }
    }

    /// A name or an IPv4 address, or an IPv6 address in brackets.
    private static func isHost(_ text: Substring) -> Bool {
        if text.hasPrefix("["), text.hasSuffix("]") {
            return text.count > 3 && text.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
        }
        return !text.isEmpty
            && text.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || "-._".utf8.contains($0)
            }
    }

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
    ///
    /// - Parameter origin: nil where no page asks.
    func allow(_ origin: String?, in headers: inout HTTPFields) {
        // An answer to another origin, or to none, must not be taken for this one's from a cache.
        if !allowed.isEmpty { headers[.vary] = headers[.vary].map { "\($0), Origin" } ?? "Origin" }
        guard let origin, isAllowed(origin) else { return }
        headers[.accessControlAllowOrigin] = origin
        headers[.accessControlExposeHeaders] =
            "Allow, Content-Disposition, ETag, Location, Playhead-Log, Preference-Applied, Retry-After"
    }

    /// The headers of the answer to a preflight.
    func preflight(_ origin: String) -> HTTPFields {
        var headers = HTTPFields()
        headers[.accessControlAllowMethods] = "GET, POST, DELETE"
        headers[.accessControlAllowHeaders] =
            "Content-Type, If-None-Match, Last-Event-ID, Idempotency-Key, Prefer, Expected-Head, Producer-Id, "
            + "Producer-Epoch, Producer-Sequence"
        headers[.accessControlMaxAge] = "600"
        return headers
    }
}
