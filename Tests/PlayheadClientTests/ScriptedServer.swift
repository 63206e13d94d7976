import Foundation
import Synchronization

/// An HTTP server on loopback that answers what a test wrote down, one script a connection, and keeps what it was asked.
final class ScriptedServer: Sendable {
    /// What it was asked: the head, and the body where there was one.
    struct Request: Sendable {
        var method: String
        var target: String
        /// By lower-case name.
        var headers: [String: String]
        var body: String
    }

    enum Step: Sendable {
        /// Bytes as they are.
        case send(String)
        /// One chunk of a chunked body.
        case chunk(String)
        /// The last chunk: the clean end.
        case end
        /// Waits until the client has gone.
        case awaitClose
    }

    /// The head of an event stream's answer.
    static let streamHead = Step.send(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n")

    /// A whole answer with a JSON body.
    static func json(_ status: Int, _ body: String, headers: String = "") -> [Step] {
        [
            .send(
                "HTTP/1.1 \(status) Status\r\nContent-Type: application/json\r\n\(headers)"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        ]
    }

    private struct State {
        var scripts: [[Step]]
        var requests: [Request] = []
    }

    let port: Int
    private let listener: Int32
    private let state: Mutex<State>

    var address: String { "http://127.0.0.1:\(port)" }
    var requests: [Request] { state.withLock { $0.requests } }

    /// - Parameter scripts: one for each connection, in order; a connection without one is closed at once.
    init(_ scripts: [Step]...) throws {
        state = Mutex(State(scripts: scripts))
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (listener, isBound) = withUnsafeMutablePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                (
                    listener,
                    bind(listener, $0, length) == 0 && listen(listener, 16) == 0
                        && getsockname(listener, $0, &length) == 0
                )
            }
        }
        guard isBound else { throw CocoaError(.featureUnsupported) }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                let script = state.withLock { $0.scripts.isEmpty ? [] : $0.scripts.removeFirst() }
                Thread.detachNewThread { [self] in serve(connection, script) }
            }
        }
    }

    /// Takes no more connections and lets go of itself.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func serve(_ connection: Int32, _ script: [Step]) {
        defer { close(connection) }
        guard !script.isEmpty, let request = readRequest(connection) else { return }
        state.withLock { $0.requests.append(request) }
        for step in script {
            switch step {
            case .send(let text): write(text, to: connection)
            case .chunk(let text):
                write("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n", to: connection)
            case .end: write("0\r\n\r\n", to: connection)
            case .awaitClose:
                var byte: UInt8 = 0
                while recv(connection, &byte, 1, 0) > 0 {}
            }
        }
    }

    private func write(_ text: String, to connection: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return }
            rest = rest.dropFirst(sent)
        }
    }

    private func readRequest(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard recv(connection, &byte, 1, 0) == 1 else { return nil }
            bytes.append(byte)
        }
        let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
        let parts = lines[0].split(separator: " ").map(String.init)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
        var body: [UInt8] = []
        let length = headers["content-length"].flatMap(Int.init) ?? 0
        while body.count < length, recv(connection, &byte, 1, 0) == 1 { body.append(byte) }
        return Request(
            method: parts.first ?? "", target: parts.count > 1 ? parts[1] : "", headers: headers,
            body: String(decoding: body, as: UTF8.self))
    }
}
