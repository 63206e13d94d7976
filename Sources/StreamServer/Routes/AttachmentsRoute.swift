// GET /attachments/{sha256}   the bytes, as application/octet-stream
//
// The type is in the message that carries the attachment. It is not said here, and a browser is told not to guess: a
// file that somebody posted must never run as a page of this origin.

import Dispatch
import EventLog
import HTTPTypes
import Hummingbird

/// Gives back what messages carry.
struct AttachmentsRoute: Sendable {
    let store: AttachmentStore

    func add(to table: inout RouteTable) {
        table.get("/attachments/{sha256}") { _, context in
            let digest = context.path("sha256")
            guard let bytes = try await read(digest) else {
                throw StreamServerError(
                    .attachmentNotFound, "there is no attachment \(digest.prefix(64))",
                    hint: "name it by the SHA-256 that the message has, in lower-case hexadecimal")
            }
            var headers = HTTPFields()
            headers[.contentType] = "application/octet-stream"
            headers[.contentDisposition] = "attachment; filename=\"\(digest)\""
            headers[.xContentTypeOptions] = "nosniff"
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        }
    }

    private func read(_ digest: String) async throws -> [UInt8]? {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try store.bytes(digest) }) }
        }
    }
}
