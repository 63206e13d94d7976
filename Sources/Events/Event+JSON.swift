// The JSON form of an event, everywhere the same (HTTP, NDJSON, exports, `tail-session -o json`):
//
//   {"session":"demo","offset":17,"position":918,"at":"2026-11-22T12:04:31.655120Z","kind":"token","v":1,
//    "cause":9,"body":{"text":"你好"}}
//
// `cause` is left out where there is none; `body` is null once erased. A body that is JSON is spliced in verbatim.

extension Event {
    /// Appends the JSON form, one line without its line feed.
    public func appendJSON(to output: inout [UInt8]) {
        output.append(contentsOf: "{\"session\":\"\(session.name)\",\"offset\":\(offset.value)".utf8)
        output.append(contentsOf: ",\"position\":\(position.value),\"at\":\"\(at)\",\"kind\":\"\(kind.name)\"".utf8)
        output.append(contentsOf: ",\"v\":\(version)".utf8)
        if let cause { output.append(contentsOf: ",\"cause\":\(cause.value)".utf8) }
        output.append(contentsOf: ",\"body\":".utf8)
        switch body {
        case nil: output.append(contentsOf: "null".utf8)
        case let text? where kind == .token:
            output.append(contentsOf: "{\"text\":".utf8)
            JSONText.appendString(text, to: &output)
            output.append(UInt8(ascii: "}"))
        case let json?: output.append(contentsOf: json.utf8)
        }
        output.append(UInt8(ascii: "}"))
    }

    /// The JSON form as text.
    public var json: String {
        var output: [UInt8] = []
        appendJSON(to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// Parses the JSON form; a body that is JSON is kept as it is written.
    ///
    /// - Throws: `DecodingError` where a field is missing or wrong.
    public init(json: String) throws {
        let form = try CanonicalJSON.decode(Form.self, from: json)
        guard let session = SessionID(form.session) else { throw Form.error("session: \(SessionID.rule)") }
        guard let kind = EventKind(name: form.kind) else { throw Form.error("kind: no kind is named \(form.kind)") }
        guard let at = Timestamp(form.at) else { throw Form.error("at: not an RFC 3339 time") }
        let body: String?
        switch form.body {
        case .null?, nil: body = nil
        case let value? where kind == .token:
            guard let text = value["text"]?.string else { throw Form.error("body: a token has a text") }
            body = text
        case let value?:
            let bytes = Array(json.utf8)
            if let range = JSONText.range(ofMember: "body", in: bytes) {
                body = String(decoding: bytes[range], as: UTF8.self)
            } else {
                body = try value.text
            }
        }
        self.init(
            session: session, offset: Offset(form.offset), position: Position(form.position), at: at, kind: kind,
            version: form.v, cause: form.cause.map(Offset.init), body: body)
    }

    private struct Form: Decodable {
        var session: String
        var offset: Int64
        var position: Int64
        var at: String
        var kind: String
        var v: Int
        var cause: Int64?
        var body: JSONValue?

        static func error(_ message: String) -> DecodingError {
            DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: message))
        }
    }
}
