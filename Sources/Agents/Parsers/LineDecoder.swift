/// Cuts bytes into lines that end with LF or CRLF, for newline-delimited JSON.
struct LineDecoder: Sendable {
    private let maximumBytes: Int
    private var line: [UInt8] = []

    init(maximumBytes: Int = AgentLimits.maximumLineBytes) { self.maximumBytes = maximumBytes }

    /// Takes the next bytes and calls `body` with each line that they complete, its end taken off.
    mutating func feed(
        _ bytes: ArraySlice<UInt8>, _ body: ([UInt8]) throws(AgentError) -> Void
    ) throws(AgentError) {
        var rest = bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            try append(rest[..<end])
            rest = rest[(end + 1)...]
            try give(body)
        }
        try append(rest)
    }

    /// The end of the bytes: a last line needs no line feed.
    mutating func end(_ body: ([UInt8]) throws(AgentError) -> Void) throws(AgentError) {
        try give(body)
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>) throws(AgentError) {
        guard line.count + bytes.count <= maximumBytes else {
            throw AgentError(code: .limit, message: "a line of the model's stream is longer than \(maximumBytes) bytes")
        }
        line.append(contentsOf: bytes)
    }

    private mutating func give(_ body: ([UInt8]) throws(AgentError) -> Void) throws(AgentError) {
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        let whole = line
        line.removeAll(keepingCapacity: true)
        if !whole.isEmpty { try body(whole) }
    }
}
