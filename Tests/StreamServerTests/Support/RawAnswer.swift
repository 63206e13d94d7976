/// An HTTP answer as it arrives: head, then a body with its length or in chunks (RFC 9112, sections 6 and 7).
struct RawAnswer: CustomStringConvertible {
    private(set) var status = 0
    /// By lower-case name; a repeated header's values are joined.
    private(set) var headers: [String: String] = [:]
    private(set) var body: [UInt8] = []
    /// The sizes of the chunks, as the server wrote them.
    private(set) var chunks: [Int] = []
    /// True once the body has ended the way its framing says; false where the connection was cut before.
    private(set) var isComplete = false
    /// True for the answer to HEAD, whose length is that of a body that does not come.
    var hasNoBody = false
    private var unread: [UInt8] = []
    /// How much of `unread` has been taken.
    private var taken = 0
    private var hasHead = false

    var text: String { String(decoding: body, as: UTF8.self) }
    var description: String { "\(status), \(body.count) bytes\(isComplete ? "" : ", cut")" }

    /// Takes the next bytes of the connection.
    mutating func feed(_ bytes: [UInt8]) {
        if taken > 0 {
            unread.removeSubrange(..<taken)
            taken = 0
        }
        unread += bytes
        while !hasHead {
            guard let head = line(ending: "\r\n\r\n") else { return }
            readHead(head)
            // An interim answer is followed by the real one.
            hasHead = !(100..<200).contains(status)
        }
        if headers["transfer-encoding"] == "chunked", !hasNoBody { readChunks() } else { readLength() }
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
        body += unread[taken...]
        taken = unread.count
        isComplete = hasNoBody || status == 204 || body.count >= length
    }

    private mutating func readChunks() {
        while !isComplete {
            let start = taken
            guard let line = line(ending: "\r\n"), let size = Int(line, radix: 16), unread.count >= taken + size + 2
            else {
                taken = start
                return
            }
            body += unread[taken..<(taken + size)]
            taken += size + 2
            if size > 0 { chunks.append(size) }
            isComplete = size == 0
        }
    }

    /// Takes what stands before the next such end.
    private mutating func line(ending: String) -> String? {
        let end = Array(ending.utf8)
        var index = taken
        while index + end.count <= unread.count {
            if unread[index] == end[0], unread[index..<(index + end.count)].elementsEqual(end) {
                defer { taken = index + end.count }
                return String(decoding: unread[taken..<index], as: UTF8.self)
            }
            index += 1
        }
        return nil
    }
}
