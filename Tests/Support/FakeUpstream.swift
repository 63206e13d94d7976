#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif
import Foundation
import Synchronization

/// A model's server on a real port of this machine, that plays a script: bytes, cuts, silence.
///
/// It is made of plain sockets and one thread a connection, so that it shares nothing with the client under test.
public final class FakeUpstream: Sendable {
    /// What is done with a request, one after the other.
    public enum Step: Sendable {
        /// Sends bytes as they are.
        case send([UInt8])
        /// Waits until the test opens the gate.
        case wait(Gate)
        /// Keeps silent until the client closes the connection.
        case silence
        /// Closes the connection in order.
        case close
        /// Cuts the connection with RST.
        case reset
        /// Sends the bytes again and again until the client closes the connection.
        case forever([UInt8])
        /// Sends the bytes a hundred times a second until the client closes the connection.
        case drip([UInt8])
        /// Runs code of the test.
        case run(@Sendable () -> Void)

        /// Sends text as it is.
        public static func text(_ text: String) -> Step { .send(Array(text.utf8)) }

        /// The head of an answer whose body comes in HTTP chunks.
        public static func head(_ type: String, status: String = "200 OK", headers: String = "") -> Step {
            .text("HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nTransfer-Encoding: chunked\r\n\(headers)\r\n")
        }

        /// One HTTP chunk; none where there are no bytes, since an empty one would be the last.
        public static func chunk(_ bytes: [UInt8]) -> Step {
            bytes.isEmpty
                ? .send([])
                : .send(Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8))
        }

        /// One HTTP chunk.
        public static func chunk(_ text: String) -> Step { chunk(Array(text.utf8)) }

        /// The last HTTP chunk.
        public static let end = Step.text("0\r\n\r\n")

        /// A whole answer with its length.
        public static func answer(
            _ body: String, type: String = "application/json", status: String = "200 OK", headers: String = ""
        ) -> Step {
            .text(
                "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n"
                    + body)
        }
    }

    /// A request as it came.
    public struct Request: Sendable {
        /// `GET`, `POST`, ….
        public var method: String
        /// The path and query.
        public var target: String
        /// By lower-case name.
        public var headers: [String: String]
        /// The whole body.
        public var body: [UInt8]
        /// 1 for the server's first request.
        public var number: Int
    }

    /// The port of this machine.
    public let port: UInt16
    /// The base address.
    public var url: String { "http://127.0.0.1:\(port)" }

    private let listener: Int32
    private let script: @Sendable (Request) -> [Step]
    private let state = Mutex(State())

    private struct State {
        var requests: [Request] = []
        var connections = 0
        var closed = 0
        var waiting: [Waiter] = []

        /// The waiters whose time has come, taken out.
        mutating func due() -> [CheckedContinuation<Void, Never>] {
            let due = waiting.filter { $0.closed <= closed && $0.requests <= requests.count }
            waiting.removeAll { $0.closed <= closed && $0.requests <= requests.count }
            return due.map(\.continuation)
        }
    }

    private struct Waiter {
        var closed = 0
        var requests = 0
        var continuation: CheckedContinuation<Void, Never>
    }

    /// Starts to listen.
    public init(_ script: @escaping @Sendable (Request) -> [Step]) throws {
        self.script = script
        listener = try Self.listen()
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
        }
        guard result == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { self.acceptAll() }
    }

    /// Plays the same steps for every request.
    public convenience init(_ steps: [Step]) throws {
        try self.init { _ in steps }
    }

    /// The requests so far.
    public var requests: [Request] { state.withLock { $0.requests } }

    /// Connections that clients have opened so far.
    public var connections: Int { state.withLock { $0.connections } }

    /// Returns when that many connections are closed, by either side.
    public func closed(_ count: Int = 1) async {
        await withCheckedContinuation { wait(Waiter(closed: count, continuation: $0)) }
    }

    /// Returns when that many requests have come.
    public func requested(_ count: Int) async {
        await withCheckedContinuation { wait(Waiter(requests: count, continuation: $0)) }
    }

    private func wait(_ waiter: Waiter) {
        let due = state.withLock { state in
            state.waiting.append(waiter)
            return state.due()
        }
        for continuation in due { continuation.resume() }
    }

    /// Stops listening.
    public func stop() {
        // Closed by the thread that accepts: until that has seen it, nobody else may get the same descriptor.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// A port where nobody listens.
    public static func deadPort() throws -> UInt16 {
        let upstream = try FakeUpstream([])
        upstream.stop()
        return upstream.port
    }

    private func acceptAll() {
        while true {
            let socket = accept(listener, nil, nil)
            guard socket >= 0 else {
                close(listener)
                return
            }
            var on: Int32 = 1
            setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
            state.withLock { $0.connections += 1 }
            Thread.detachNewThread {
                self.serve(socket)
                let due = self.state.withLock { state in
                    state.closed += 1
                    return state.due()
                }
                for continuation in due { continuation.resume() }
            }
        }
    }

    private func serve(_ socket: Int32) {
        var received: [UInt8] = []
        while let request = read(socket, &received) {
            for step in script(request) where !play(step, socket) {
                close(socket)
                return
            }
        }
        close(socket)
    }

    /// False where the connection is over.
    private func play(_ step: Step, _ socket: Int32) -> Bool {
        switch step {
        case .send(let bytes): return send(bytes, socket)
        case .wait(let gate): gate.waitBlocking()
        case .run(let body): body()
        case .silence:
            var byte: UInt8 = 0
            while recv(socket, &byte, 1, 0) > 0 {}
            return false
        case .close: return false
        case .reset:
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
            return false
        case .forever(let bytes):
            while send(bytes, socket) {}
            return false
        case .drip(let bytes):
            while send(bytes, socket) { usleep(10_000) }
            return false
        }
        return true
    }

    private func send(_ bytes: [UInt8], _ socket: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { buffer in
                #if canImport(Darwin)
                    Darwin.send(socket, buffer.baseAddress, buffer.count, 0)
                #elseif canImport(Musl)
                    Musl.send(socket, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
                #else
                    Glibc.send(socket, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
                #endif
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// The next request; nil where the client has closed.
    private func read(_ socket: Int32, _ received: inout [UInt8]) -> Request? {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let headEnd = received.firstRange(of: end) {
                let lines = String(decoding: received[..<headEnd.lowerBound], as: UTF8.self).components(
                    separatedBy: "\r\n")
                var headers: [String: String] = [:]
                for line in lines.dropFirst() {
                    let parts = line.split(separator: ":", maxSplits: 1)
                    guard parts.count == 2 else { continue }
                    headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
                }
                let length = headers["content-length"].flatMap { Int($0) } ?? 0
                if received.count >= headEnd.upperBound + length {
                    let body = Array(received[headEnd.upperBound..<(headEnd.upperBound + length)])
                    received.removeFirst(headEnd.upperBound + length)
                    let words = lines[0].split(separator: " ").map(String.init) + ["", ""]
                    let (request, due) = state.withLock { state in
                        let request = Request(
                            method: words[0], target: words[1], headers: headers, body: body,
                            number: state.requests.count + 1)
                        state.requests.append(request)
                        return (request, state.due())
                    }
                    for continuation in due { continuation.resume() }
                    return request
                }
            }
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            received.append(contentsOf: buffer[..<count])
        }
    }

    private static func listen() throws -> Int32 {
        #if canImport(Darwin) || canImport(Musl)
            let socket = socket(AF_INET, SOCK_STREAM, 0)
        #else
            let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        guard socket >= 0 else { throw POSIXError(.ENFILE) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, Self.beginListening(socket) else { throw POSIXError(.EADDRINUSE) }
        return socket
    }

    private static func beginListening(_ socket: Int32) -> Bool {
        #if canImport(Darwin)
            Darwin.listen(socket, 512) == 0
        #elseif canImport(Musl)
            Musl.listen(socket, 512) == 0
        #else
            Glibc.listen(socket, 512) == 0
        #endif
    }
}
