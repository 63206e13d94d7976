// The answer to a request that cannot be served, everywhere the same:
//
//   {"error":{"code":"offset_beyond_head","message":"…","hint":"…","head":17}}
//
// `code` is stable. `hint` is left out where there is none. `head` comes with `offset_beyond_head` and `head_conflict`,
// `expected_sequence` with `sequence_gap`.

/// What can go wrong at the HTTP edge.
///
/// Codes are stable and appear in HTTP answers.
public struct StreamServerError: Error, Sendable, CustomStringConvertible {
    /// A stable, `snake_case` code and the HTTP status it is answered with.
    public struct Code: Sendable, Hashable, RawRepresentable {
        /// The code as it is answered.
        public let rawValue: String
        /// The HTTP status.
        public let status: Int

        /// Names a code that is answered with 400.
        public init(rawValue: String) { self.init(rawValue, status: 400) }

        /// Names a code.
        public init(_ rawValue: String, status: Int) {
            self.rawValue = rawValue
            self.status = status
        }

        /// The path is no route.
        public static let routeNotFound = Code("route_not_found", status: 404)
        /// The route exists, the method does not.
        public static let methodNotAllowed = Code("method_not_allowed", status: 405)
        /// None of the accepted media types is offered.
        public static let notAcceptable = Code("not_acceptable", status: 406)
        /// The body is larger than the limit.
        public static let bodyTooLarge = Code("body_too_large", status: 413)
        /// The body is neither JSON nor a form.
        public static let unsupportedMediaType = Code("unsupported_media_type", status: 415)
        /// The body is not JSON.
        public static let malformedJSON = Code("malformed_json", status: 400)
        /// The form breaks RFC 2046 or RFC 7578.
        public static let malformedMultipart = Code("malformed_multipart", status: 400)
        /// The JSON has another shape than the route takes.
        public static let invalidBody = Code("invalid_body", status: 400)
        /// A part is neither text, nor image, nor file.
        public static let invalidContentType = Code("invalid_content_type", status: 400)
        /// A part has no content, or content of the wrong form.
        public static let invalidContent = Code("invalid_content", status: 400)
        /// The message has no parts.
        public static let emptyMessage = Code("empty_message", status: 400)
        /// The message has too many parts or too much text.
        public static let messageTooLarge = Code("message_too_large", status: 413)
        /// The bytes are no image of a kind that can be read.
        public static let invalidImage = Code("invalid_image", status: 400)
        /// The name breaks the pattern.
        public static let invalidSession = Code("invalid_session", status: 400)
        /// `after`, `at` or `Last-Event-ID` is no offset.
        public static let invalidOffset = Code("invalid_offset", status: 400)
        /// A query parameter or header has a value that it cannot have.
        public static let invalidParameter = Code("invalid_parameter", status: 400)
        /// An event of that kind cannot be appended from outside.
        public static let kindNotAllowed = Code("kind_not_allowed", status: 400)
        /// An event names a cause that cannot be its own.
        public static let invalidCause = Code("invalid_cause", status: 400)
        /// No attachment of that digest.
        public static let attachmentNotFound = Code("attachment_not_found", status: 404)
        /// The `Host` is not this machine's own.
        public static let hostNotAllowed = Code("host_not_allowed", status: 403)
        /// The request comes from a page of another origin.
        public static let originNotAllowed = Code("origin_not_allowed", status: 403)
        /// The session cannot be closed while it changes.
        public static let sessionBusy = Code("session_busy", status: 409)
        /// As many connections are served as may be.
        public static let tooManyConnections = Code("too_many_connections", status: 503)
        /// The server is about to stop.
        public static let draining = Code("draining", status: 503)
        /// The address is not loopback and no flag allows it.
        public static let remoteAddressRefused = Code("remote_address_refused", status: 500)
        /// What `--allow-origin` names is nothing that a browser calls a page's origin.
        public static let invalidOrigin = Code("invalid_origin", status: 500)
        /// Nothing can listen on the address: another program does, or it is not this machine's.
        public static let addressUnavailable = Code("address_unavailable", status: 500)
        /// A bug of ours; the log says more.
        public static let internalError = Code("internal_error", status: 500)
    }

    /// The code.
    public var code: Code
    /// What happened.
    public var message: String
    /// What to do about it.
    public var hint: String?
    /// The session's head, where the request did not fit it.
    public var head: Int64?
    /// The sequence number that the log waits for.
    public var expectedSequence: Int64?
    /// Seconds after which another try makes sense.
    public var retryAfterSeconds: Int?
    /// The methods of a route, for `method_not_allowed`.
    var allowedMethods: [String] = []
    /// The error underneath.
    public var underlying: (any Error)?

    /// Makes an error.
    public init(_ code: Code, _ message: String, hint: String? = nil, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.underlying = underlying
    }

    /// The code and the message.
    public var description: String { "\(code.rawValue): \(message)" }
}
