import Hummingbird
import NIOCore

/// Reads a request's body up to the limit.
enum RequestBytes {
    /// Hands on each piece as it comes.
    ///
    /// - Throws: `body_too_large` before the limit is passed, and before anything is read where the length is said.
    static func forEach(_ request: Request, _ take: (ByteBufferView) throws -> Void) async throws {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > Limits.requestBodyBytes {
            throw tooLarge
        }
        var size = 0
        for try await buffer in request.body {
            size += buffer.readableBytes
            guard size <= Limits.requestBodyBytes else { throw tooLarge }
            try take(buffer.readableBytesView)
        }
    }

    /// Reads the whole body.
    static func collect(_ request: Request) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try await forEach(request) { bytes.append(contentsOf: $0) }
        return bytes
    }

    private static var tooLarge: StreamServerError {
        StreamServerError(
            .bodyTooLarge, "the body has more than \(Limits.requestBodyBytes) bytes",
            hint: "send smaller files, or fewer in one message")
    }
}
