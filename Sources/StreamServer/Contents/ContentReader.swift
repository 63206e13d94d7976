// A message comes as JSON
//
//   {"contents":[{"content_type":"text","content":"…"},
//                {"content_type":"image","content":"<base64 or data: URL>","media_type":"image/png"},
//                {"content_type":"file","name":"holdings.csv","content":"<text, or data: URL for bytes>"}]}
//
// or as multipart/form-data with the fields `text`, `image` and `file`, each as often as wanted, kept in their order.

import Events
import Foundation
import Hummingbird
import NIOCore

/// Reads a posted message.
enum ContentReader {
    /// Reads the body by its `Content-Type`; one without is taken for JSON.
    static func read(_ request: Request) async throws -> [ReceivedPart] {
        let type = HeaderParameters(request.headers[.contentType] ?? "application/json")
        switch type.value.lowercased() {
        case "application/json", "": return try parse(json: try await RequestBytes.collect(request))
        case "multipart/form-data":
            guard let boundary = type["boundary"], (1...Limits.multipartBoundaryLength).contains(boundary.utf8.count),
                !boundary.utf8.contains(where: { $0 < 0x20 || $0 > 0x7E })
            else {
                throw StreamServerError(
                    .malformedMultipart, "the Content-Type has no boundary",
                    hint: "let the client write the header: it knows the boundary")
            }
            return try await readForm(request, boundary)
        default:
            throw StreamServerError(
                .unsupportedMediaType, "a message cannot come as \(type.value)",
                hint: "send application/json or multipart/form-data")
        }
    }

    private static func readForm(_ request: Request, _ boundary: String) async throws -> [ReceivedPart] {
        var form = FormReader(boundary: boundary)
        try await RequestBytes.forEach(request) { try form.feed($0) }
        return try form.finish()
    }

    /// Reads the JSON form.
    static func parse(json: [UInt8]) throws -> [ReceivedPart] {
        let body: JSONValue
        do {
            body = try JSONDecoder().decode(JSONValue.self, from: Data(json))
        } catch {
            throw StreamServerError(
                .malformedJSON, "the body is not JSON",
                hint: "send {\"contents\":[{\"content_type\":\"text\",\"content\":\"…\"}]}",
                underlying: error)
        }
        guard case .array(let contents)? = body["contents"] else {
            throw StreamServerError(
                .invalidBody, "the body has no contents",
                hint: "send {\"contents\":[{\"content_type\":\"text\",\"content\":\"…\"}]}")
        }
        var received = ReceivedContents()
        for (index, part) in contents.enumerated() { try read(part, at: "contents[\(index)]", into: &received) }
        return try received.finish()
    }

    private static func read(_ part: JSONValue, at place: String, into received: inout ReceivedContents) throws {
        guard let type = part["content_type"]?.string, ["text", "image", "file"].contains(type) else {
            let named = part["content_type"]?.string.map { ": \"\($0.prefix(64))\"" } ?? ""
            throw StreamServerError(
                .invalidContentType, "\(place) has no content_type that is known\(named)",
                hint: "content_type is text, image or file")
        }
        guard let content = part["content"]?.string else {
            throw StreamServerError(.invalidContent, "\(place) has no content", hint: "content is a string")
        }
        switch type {
        case "text": try received.add(text: content, at: place)
        case "image":
            let bytes = try DataURL(content, at: place)?.bytes ?? DataURL.base64(content, at: place)
            try received.add(image: bytes, at: place)
        default:
            let url = try DataURL(content, at: place)
            try received.add(
                file: url?.bytes ?? Array(content.utf8), name: part["name"]?.string ?? "file",
                mediaType: part["media_type"]?.string ?? url?.mediaType, at: place)
        }
    }
}

/// Collects the parts of a form.
struct FormReader {
    private var parser: MultipartParser
    private var outputs: [MultipartParser.Output] = []
    private var received = ReceivedContents()
    private var headers: MultipartHeaders?
    private var bytes: [UInt8] = []
    private var count = 0

    init(boundary: String) { parser = MultipartParser(boundary: boundary) }

    /// Takes the next bytes of the body.
    mutating func feed(_ input: some Collection<UInt8>) throws {
        try parser.feed(input, into: &outputs)
        defer { outputs.removeAll() }
        for output in outputs {
            switch output {
            case .part(let next):
                headers = next
                count += 1
            case .bytes(let more): bytes.append(contentsOf: more)
            case .endOfPart:
                if let headers { try add(headers) }
                bytes = []
            }
        }
    }

    /// Ends the body and gives its parts.
    func finish() throws -> [ReceivedPart] {
        try parser.finish()
        return try received.finish()
    }

    private mutating func add(_ headers: MultipartHeaders) throws {
        let place = "part \(count)"
        switch headers.name {
        case "text":
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw StreamServerError(.invalidContent, "\(place) is not UTF-8", hint: "send text as UTF-8")
            }
            try received.add(text: text, at: place)
        case "image":
            if isUnchosen(headers) { return }
            try received.add(image: bytes, at: place)
        case "file":
            if isUnchosen(headers) { return }
            // What a client says when it does not know says less than the file's name.
            let mediaType = headers.mediaType == "application/octet-stream" ? nil : headers.mediaType
            try received.add(file: bytes, name: headers.fileName ?? "file", mediaType: mediaType, at: place)
        default:
            throw StreamServerError(
                .invalidContentType, "\(place) is a field that is not known: \"\(headers.name.prefix(64))\"",
                hint: "the fields are text, image and file")
        }
    }

    /// A browser's file field in which nothing was chosen.
    private func isUnchosen(_ headers: MultipartHeaders) -> Bool { headers.fileName == "" && bytes.isEmpty }
}
