import Events

extension Event {
    /// Parses an event's JSON form; a body that is JSON is kept verbatim, as the log holds it.
    init(scanning json: [UInt8]) throws {
        var scanner = JSONScanner(json)
        try self.init(&scanner)
        try scanner.end()
    }

    /// Parses an event's JSON form where the scanner stands.
    init(_ scanner: inout JSONScanner) throws {
        var form = Form()
        try scanner.object { scanner, key in
            switch key {
            case "session": form.session = SessionID(try scanner.string())
            case "offset": form.offset = try scanner.integer()
            case "position": form.position = try scanner.integer()
            case "at": form.at = Timestamp(try scanner.string())
            case "kind": form.kind = EventKind(name: try scanner.string())
            case "v": form.version = try scanner.integer()
            case "cause": form.cause = try scanner.optionalInteger()
            case "body": form.body = try scanner.verbatim()
            default: try scanner.skipValue()
            }
        }
        guard let session = form.session, let offset = form.offset, let position = form.position, let at = form.at,
            let kind = form.kind, let version = form.version, let body = form.body
        else { throw JSONScanner.Failure(expected: "session, offset, position, at, kind, v and body", index: 0) }
        self.init(
            session: session, offset: Offset(offset), position: Position(position), at: at, kind: kind,
            version: Int(clamping: version), cause: form.cause.map(Offset.init),
            body: try Self.body(body, kind, scanner))
    }

    private struct Form {
        var session: SessionID?
        var offset: Int64?
        var position: Int64?
        var at: Timestamp?
        var kind: EventKind?
        var version: Int64?
        var cause: Int64?
        var body: ArraySlice<UInt8>?
    }

    private static func body(_ json: ArraySlice<UInt8>, _ kind: EventKind, _ scanner: JSONScanner) throws -> String? {
        if json.elementsEqual("null".utf8) { return nil }
        guard kind == .token else { return try scanner.text(json) }
        var text: String?
        var inner = JSONScanner(Array(json))
        try inner.object { inner, key in
            if key == "text" { text = try inner.string() } else { try inner.skipValue() }
        }
        guard let text else { throw JSONScanner.Failure(expected: "a token's text", index: 0) }
        return text
    }
}
