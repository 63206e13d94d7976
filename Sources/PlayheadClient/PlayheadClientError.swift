public import Events

/// What can go wrong between this client and a server.
public struct PlayheadClientError: Error, Sendable, CustomStringConvertible {
    /// A stable, `snake_case` code: the server's own, or one of those below.
    public struct Code: Sendable, Hashable, RawRepresentable {
        /// The code as it is in an answer.
        public let rawValue: String

        /// Names a code.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The address is not one of a server.
        public static let invalidServer = Code(rawValue: "invalid_server")
        /// No connection could be made, or none that stays, until the client gave up.
        public static let unreachable = Code(rawValue: "unreachable")
        /// The server answered what a Playhead server does not answer.
        public static let unexpectedAnswer = Code(rawValue: "unexpected_answer")
        /// A frame or an event that cannot be read.
        public static let malformed = Code(rawValue: "malformed")
        /// Offsets with a gap, or that go back.
        public static let brokenOrder = Code(rawValue: "broken_order")
        /// The server has no such session.
        public static let sessionNotFound = Code(rawValue: "session_not_found")
        /// The session has fewer events than the offset asked for; `head` holds its head.
        public static let offsetBeyondHead = Code(rawValue: "offset_beyond_head")
        /// The session answers a message already.
        public static let runInProgress = Code(rawValue: "run_in_progress")
    }

    /// What kind of error it is.
    public var code: Code
    /// What happened.
    public var message: String
    /// What to do about it.
    public var hint: String?
    /// The HTTP status, where the server answered.
    public var status: Int?
    /// The session's head, where the server said it.
    public var head: Offset?
    /// The error underneath.
    public var underlying: (any Error)?

    /// Makes an error.
    public init(
        _ code: Code, _ message: String, hint: String? = nil, status: Int? = nil, head: Offset? = nil,
        underlying: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.hint = hint
        self.status = status
        self.head = head
        self.underlying = underlying
    }

    /// The code and what happened.
    public var description: String { "\(code.rawValue): \(message)" }
}

extension PlayheadClientError {
    /// The error that an answer's JSON body tells: `{"error":{"code":…,"message":…,"hint":…,"head":…}}`.
    init(status: Int, body: [UInt8]) {
        var scanner = JSONScanner(body)
        var code: String?
        var message: String?
        var hint: String?
        var head: Int64?
        // A body of another shape, for instance a proxy's page, leaves the fields empty, which is told below.
        try? scanner.object { scanner, key in
            guard key == "error" else { return try scanner.skipValue() }
            try scanner.object { scanner, key in
                switch key {
                case "code": code = try scanner.optionalString()
                case "message": message = try scanner.optionalString()
                case "hint": hint = try scanner.optionalString()
                case "head": head = try scanner.optionalInteger()
                default: try scanner.skipValue()
                }
            }
        }
        if let code, let message {
            self.init(
                Code(rawValue: code), message, hint: hint, status: status, head: head.map(Offset.init))
        } else {
            self.init(
                .unexpectedAnswer, "the server answered with HTTP status \(status): \(Self.quote(body))",
                hint: "check that the address is a Playhead server's", status: status)
        }
    }

    static func malformed(_ what: String, _ bytes: some Collection<UInt8>, _ underlying: any Error) -> Self {
        PlayheadClientError(
            .malformed, "\(what) cannot be read (\(underlying)): \(quote(bytes))",
            hint: "check that the client and the server are of one version", underlying: underlying)
    }

    /// The beginning of an answer, fit for one line.
    static func quote(_ bytes: some Collection<UInt8>) -> String {
        let text = String(decoding: bytes.prefix(Limits.quotedCharacters * 4), as: UTF8.self)
        let line = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) }
        return String(line.prefix(Limits.quotedCharacters))
    }
}
