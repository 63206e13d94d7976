import Foundation
import Glibc

/// A connection of plain sockets: what goes over the wire is what the test says, and what comes is seen as it comes.
final class RawConnection: Sendable {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Nothing that a test waits for takes as long; a test that fails must end.
    private static let patience = timeval(tv_sec: 30, tv_usec: 0)

    private let descriptor: Int32

    /// - Parameter receiveBuffer: bytes that the kernel takes for a test that takes none; nil: megabytes.
    init(port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(description: "no socket: \(errno)") }
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var patience = Self.patience
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(description: "cannot connect: \(errno)") }
    }

    deinit { close(descriptor) }

    /// Sends all of it.
    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            // A server may answer and close before it has read everything.
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Closes the sending side, as a client does that goes away.
    func leave() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Sends no more, but takes what comes.
    func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Everything up to the end.
    func receiveAll() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let received = try await receive()
            if received.isEmpty { return bytes }
            bytes += received
        }
    }

    /// Returns once the server has closed its side.
    ///
    /// It cannot say so to a reader that takes nothing, so the system is asked.
    func untilClosedByServer() async throws {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        let ours = String(format: ":%04X", UInt16(bigEndian: address.sin_port))
        let established = "01"
        let deadline = ContinuousClock.now + .seconds(Self.patience.tv_sec)
        while ContinuousClock.now < deadline {
            // proc(5): the lines of /proc/net/tcp are "sl local_address rem_address st …".
            // String(contentsOfFile:) takes the first short read, of 4 KiB, for the end of such a file.
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/net/tcp"))
            let table = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
            let lines = table.split(separator: "\n").dropFirst()
            let isOpen = lines.contains { line in
                let fields = line.split(separator: " ")
                return fields.count > 3 && fields[2].hasSuffix(ours) && fields[3] == established
            }
            if !isOpen { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Failure(description: "the server kept the connection open")
    }

    /// The next bytes; empty at the end.
    func receive(atMost count: Int = 1 << 16) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: a pool's threads would all be blocked before long.
            Thread.detachNewThread { [self] in
                var buffer = [UInt8](repeating: 0, count: count)
                let received = recv(descriptor, &buffer, count, 0)
                if received < 0, errno == EAGAIN {
                    continuation.resume(throwing: Failure(description: "nothing came for 30 seconds"))
                } else {
                    continuation.resume(returning: Array(buffer.prefix(max(received, 0))))
                }
            }
        }
    }

    /// The bytes that have arrived, without waiting for more.
    ///
    /// What a server that closed could not send any more may never come, and nothing says so.
    func receiveWhatIsThere() -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let received = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard received > 0 else { return bytes }
            bytes += buffer[..<received]
        }
    }

    /// Reads on until the answer is complete, the connection ends, or `enough` says so.
    func read(_ answer: inout RawAnswer, until enough: (RawAnswer) -> Bool = { _ in false }) async throws {
        while !answer.isComplete, !enough(answer) {
            let bytes = try await receive()
            if bytes.isEmpty { return }
            answer.feed(bytes)
        }
    }
}
