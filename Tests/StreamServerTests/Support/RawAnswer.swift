/// An HTTP answer as it arrives: head, then a body with its length or in chunks (RFC 9112, sections 6 and 7).
struct RawAnswer {
    private(set) var status = 0
    /// By lower-case name; a repeated header's values are joined.
    private(set) var headers: [String: String] = [:]
    private(set) var body: [UInt8] = []
    /// True once the body has ended the way its framing says; false where the connection was cut before.
    private(set) var isComplete = false
    private var unread: [UInt8] = []
    private var hasHead = false

    var text: String { String(decoding: body, as: UTF8.self) }

    /// Takes the next bytes of the connection.
    mutating func feed(_ bytes: [UInt8]) {
        unread += bytes
        while !hasHead {
            guard let end = firstIndex(of: Array("\r\n\r\n".utf8)) else { return }
            readHead(String(decoding: unread[..<end], as: UTF8.self))
            unread.removeSubrange(..<(end + 4))
            // An interim answer is followed by the real one.
            hasHead = !(100..<200).contains(status)
        }
        if headers["transfer-encoding"] == "chunked" { readChunks() } else { readLength() }
    }

    private mutating func readHead(_ text: String) {
        let lines = text.split(separator: "\r\n")
        status = lines.first.flatMap { Int($0.split(separator: " ")[1]) } ?? 0
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let name = line[..<colon].lowercased()
            let value = String(line[line.index(after: colon)...].drop { $0 == " " })
            headers[name] = headers[name].map { "\($0), \(value)" } ?? value
        }
    }

    private mutating func readLength() {
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        body += unread
        unread = []
        isComplete = status == 204 || body.count >= length
    }

    private mutating func readChunks() {
        while !isComplete, let lineEnd = firstIndex(of: [13, 10]) {
            guard let size = Int(String(decoding: unread[..<lineEnd], as: UTF8.self), radix: 16),
                unread.count >= lineEnd + 2 + size + 2
            else { return }
            body += unread[(lineEnd + 2)..<(lineEnd + 2 + size)]
            unread.removeSubrange(..<(lineEnd + 2 + size + 2))
            isComplete = size == 0
        }
    }

    private func firstIndex(of pattern: [UInt8]) -> Int? {
        guard unread.count >= pattern.count else { return nil }
        return (0...(unread.count - pattern.count)).first { unread[$0..<($0 + pattern.count)].elementsEqual(pattern) }
    }
}
