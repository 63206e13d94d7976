import HTTPTypes
import Hummingbird

extension HTTPField.Name {
    static let accelBuffering = known("X-Accel-Buffering")
    static let expectedHead = known("Expected-Head")
    static let idempotencyKey = known("Idempotency-Key")
    static let lastEventID = known("Last-Event-ID")
    /// The incarnation of the log: another one than before means that a backup was restored.
    static let playheadLog = known("Playhead-Log")
    static let prefer = known("Prefer")
    static let preferenceApplied = known("Preference-Applied")
    static let producerEpoch = known("Producer-Epoch")
    static let producerID = known("Producer-Id")
    static let producerSequence = known("Producer-Sequence")

    private static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is a header's name") }
        return name
    }
}

/// The media types of answers.
enum MediaType {
    static let eventStream = "text/event-stream"
    static let json = "application/json"
    static let lines = "application/x-ndjson"
    static let html = "text/html; charset=utf-8"
}

extension Response {
    /// An answer of JSON text.
    static func json(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        json(bytes: Array(text.utf8), status: status)
    }

    /// An answer of JSON bytes.
    static func json(bytes: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: MediaType.json],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
