import Events
import ServerSentEvents

/// A frame as a client sees it.
struct Frame: Equatable {
    var id: String
    var json: String

    /// The frames of a body.
    static func all(_ body: [UInt8]) throws -> [Frame] {
        var decoder = ServerSentEventDecoder()
        return try decoder.feed(body).map { Frame(id: $0.id, json: $0.text) }
    }

    var value: JSONValue { get throws { try JSONValue.parse(json) } }
    var type: String { get throws { try value["type"]?.string ?? "" } }
    var content: String { get throws { try value["content"]?.string ?? "" } }
    var status: String? { get throws { try value["metadata"]?["status"]?.string } }
    var isFinal: Bool { get throws { try value["metadata"]?["final_response"] == .bool(true) } }
    /// `type/status`, for comparing sequences.
    var summary: String { get throws { try type + (status.map { "/" + $0 } ?? "") } }
}
