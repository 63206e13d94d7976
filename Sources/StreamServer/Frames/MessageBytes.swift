import Events

/// Gathers what is to be written: server-sent events, lines of JSON, or the elements of a JSON array.
///
/// What is put in is one line of JSON by construction, so nothing has to be looked for in it.
struct MessageBytes {
    enum Form {
        /// `id: 17` LF `data: {…}` LF LF; the first message opens with `retry: 1000` LF.
        case serverSentEvents
        /// `{…}` LF
        case lines
        /// `{…},{…}`
        case list
    }

    let form: Form
    /// What has been gathered since it was last taken.
    private(set) var bytes: [UInt8] = []
    /// Messages put in so far.
    private(set) var count = 0

    init(_ form: Form) {
        self.form = form
    }

    var isEmpty: Bool { bytes.isEmpty }

    /// Takes what was gathered.
    ///
    /// A large buffer is not kept: a stream may be idle for long.
    mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    /// Puts in one message.
    ///
    /// - Parameter part: how much of the event has been delivered with it, where that is not all.
    mutating func append(_ offset: Offset, part: Int? = nil, _ body: (inout [UInt8]) -> Void) {
        switch form {
        case .serverSentEvents:
            if count == 0 { bytes.append(contentsOf: "retry: \(Limits.retryMs)\n".utf8) }
            bytes.append(contentsOf: Self.id)
            appendDecimal(offset.value)
            if let part {
                bytes.append(UInt8(ascii: "."))
                appendDecimal(Int64(part))
            }
            bytes.append(contentsOf: Self.data)
            body(&bytes)
            bytes.append(lineFeed)
            bytes.append(lineFeed)
        case .lines:
            body(&bytes)
            bytes.append(lineFeed)
        case .list:
            if count > 0 { bytes.append(UInt8(ascii: ",")) }
            body(&bytes)
        }
        count += 1
    }

    private mutating func appendDecimal(_ value: Int64) {
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var rest = value
        var count = 0
        repeat {
            digits[count] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
            count += 1
        } while rest > 0
        while count > 0 {
            count -= 1
            bytes.append(digits[count])
        }
    }

    private static let id = Array("id: ".utf8)
    private static let data = Array("\ndata: ".utf8)
}

private let lineFeed = UInt8(ascii: "\n")
