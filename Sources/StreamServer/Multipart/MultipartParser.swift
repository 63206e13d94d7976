// multipart/form-data (RFC 7578) on multipart syntax (RFC 2046, section 5.1.1):
//
//   preamble, ignored
//   --boundary CRLF
//   Content-Disposition: form-data; name="file"; filename="holdings.csv" CRLF
//   Content-Type: text/csv CRLF
//   CRLF
//   the bytes CRLF
//   --boundary CRLF … CRLF
//   --boundary--
//   epilogue, ignored
//
// A delimiter is CRLF, two hyphens and the boundary: the line end before it belongs to it and not to the bytes. The first
// one may stand at the very beginning. White space may follow it on its line.

/// Parses a form piece by piece.
struct MultipartParser {
    /// What a piece of the body held.
    enum Output: Equatable {
        /// A part begins.
        case part(MultipartHeaders)
        /// Bytes of the part.
        case bytes([UInt8])
        /// The part is complete.
        case endOfPart
    }

    private enum State {
        /// Before the first delimiter, in a part's bytes, or after the last delimiter.
        case preamble, bytes, epilogue
        /// After a delimiter, before its line's end.
        case afterDelimiter, afterHyphen, afterCarriageReturn
        case headers
    }

    private let delimiter: [UInt8]
    private var state = State.preamble
    /// How many bytes of the delimiter have just gone by.
    private var matched: Int
    private var headers: [UInt8] = []
    /// Bytes of the part that are known not to begin a delimiter.
    private var bytes: [UInt8] = []

    init(boundary: String) {
        delimiter = Array("\r\n--\(boundary)".utf8)
        // As if a line end had gone before.
        matched = 2
    }

    /// True once the closing delimiter has come.
    var isComplete: Bool { state == .epilogue }

    /// Takes the next bytes and appends what they complete.
    mutating func feed(_ input: some Collection<UInt8>, into outputs: inout [Output]) throws {
        var rest = ArraySlice(input)
        while let byte = rest.first {
            switch state {
            case .epilogue: return
            case .preamble, .bytes:
                if matched == 0 { copy(&rest) }
                guard let byte = rest.popFirst() else { break }
                match(byte, &outputs)
            case .afterDelimiter:
                rest.removeFirst()
                switch byte {
                case space, tab: break
                case carriageReturn: state = .afterCarriageReturn
                case hyphen: state = .afterHyphen
                default: throw Self.malformed("a boundary is followed by something else")
                }
            case .afterHyphen:
                guard byte == hyphen else { throw Self.malformed("a boundary is followed by one hyphen") }
                state = .epilogue
            case .afterCarriageReturn:
                rest.removeFirst()
                guard byte == lineFeed else { throw Self.malformed("a boundary's line does not end") }
                state = .headers
                // The block ends with an empty line; where it has no header, that is its first line.
                headers = [carriageReturn, lineFeed]
            case .headers:
                rest.removeFirst()
                try header(byte, &outputs)
            }
        }
        flush(&outputs)
    }

    /// Ends the body.
    ///
    /// - Throws: where its closing delimiter has not come.
    func finish() throws {
        guard isComplete else { throw Self.malformed("the form ends before its closing boundary") }
    }

    /// Takes everything up to the next byte that may begin a delimiter.
    private mutating func copy(_ rest: inout ArraySlice<UInt8>) {
        let end = rest.firstIndex(of: carriageReturn) ?? rest.endIndex
        if state == .bytes { bytes.append(contentsOf: rest[..<end]) }
        rest = rest[end...]
    }

    private mutating func match(_ byte: UInt8, _ outputs: inout [Output]) {
        if byte == delimiter[matched] {
            matched += 1
            guard matched == delimiter.count else { return }
            matched = 0
            if state == .bytes {
                flush(&outputs)
                outputs.append(.endOfPart)
            }
            state = .afterDelimiter
            return
        }
        // What looked like a delimiter is content. Only its first byte can begin another: no CR comes later in it.
        if state == .bytes { bytes.append(contentsOf: delimiter[..<matched]) }
        matched = 0
        if byte == carriageReturn {
            matched = 1
        } else if state == .bytes {
            bytes.append(byte)
        }
    }

    private mutating func header(_ byte: UInt8, _ outputs: inout [Output]) throws {
        headers.append(byte)
        guard headers.count <= Limits.multipartHeaderBytes else {
            throw Self.malformed("a part has more than \(Limits.multipartHeaderBytes) bytes of headers")
        }
        guard headers.suffix(4).elementsEqual([carriageReturn, lineFeed, carriageReturn, lineFeed]) else { return }
        outputs.append(.part(try MultipartHeaders(headers[2...])))
        headers = []
        state = .bytes
        matched = 0
    }

    private mutating func flush(_ outputs: inout [Output]) {
        guard !bytes.isEmpty else { return }
        outputs.append(.bytes(bytes))
        bytes = []
    }

    static func malformed(_ what: String) -> StreamServerError {
        StreamServerError(
            .malformedMultipart, "the form is broken: \(what)",
            hint: "send multipart/form-data as RFC 7578 describes it, for instance with curl -F")
    }
}

private let carriageReturn = UInt8(ascii: "\r")
private let lineFeed = UInt8(ascii: "\n")
private let hyphen = UInt8(ascii: "-")
private let space = UInt8(ascii: " ")
private let tab = UInt8(ascii: "\t")
