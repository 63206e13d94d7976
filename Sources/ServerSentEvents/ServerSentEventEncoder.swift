// What is sent, one message:
//
//   retry: 1000          only inside the first message: a block of its own crashes some clients
//   id: 17
//   data: {"type":"ai_message",…}
//   (blank line)
//
// Lines end with LF only. Between messages, never inside one, the comment ": hb" keeps the connection alive; it ends
// with ONE line feed, because a blank line after it makes some clients dispatch an event without data.

/// Writes an event stream (WHATWG HTML, section 9.2) in the form that every client at hand reads.
public struct ServerSentEventEncoder: Sendable {
    /// The heartbeat: a comment and one line feed.
    public static let heartbeat: [UInt8] = Array(": hb\n".utf8)

    private var retryMs: Int?

    /// - Parameter retryMs: how long a client waits before it reconnects; said once, inside the first message.
    public init(retryMs: Int? = nil) {
        self.retryMs = retryMs
    }

    /// Appends one message.
    ///
    /// A line break inside `data` starts another `data:` line, so that no text can end the message early; a reader gets
    /// it back as a line feed. What this project sends is one line of compact JSON.
    ///
    /// - Parameter id: the place to resume after; it holds no line break.
    public mutating func encode(id: String?, data: some Collection<UInt8>, into output: inout [UInt8]) {
        if let retryMs {
            output.append(contentsOf: "retry: \(retryMs)\n".utf8)
            self.retryMs = nil
        }
        if let id {
            precondition(!id.utf8.contains { $0 == lineFeed || $0 == carriageReturn || $0 == 0 }, "an id is one line")
            output.append(contentsOf: "id: ".utf8)
            output.append(contentsOf: id.utf8)
            output.append(lineFeed)
        }
        output.append(contentsOf: "data: ".utf8)
        let start = output.count
        output.append(contentsOf: data)
        if output[start...].contains(where: { $0 == lineFeed || $0 == carriageReturn }) {
            breakLines(from: start, in: &output)
        }
        output.append(lineFeed)
        output.append(lineFeed)
    }

    /// One message as bytes of its own.
    public mutating func encode(id: String?, data: some Collection<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        encode(id: id, data: data, into: &output)
        return output
    }

    private func breakLines(from start: Int, in output: inout [UInt8]) {
        let data = Array(output[start...])
        output.removeSubrange(start...)
        for (index, byte) in data.enumerated() {
            switch byte {
            case lineFeed where index > 0 && data[index - 1] == carriageReturn: break
            case lineFeed, carriageReturn: output.append(contentsOf: "\ndata: ".utf8)
            default: output.append(byte)
            }
        }
    }
}

let lineFeed = UInt8(ascii: "\n")
let carriageReturn = UInt8(ascii: "\r")
