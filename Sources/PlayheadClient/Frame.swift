// One frame as the server sends it, one line of compact JSON:
//
//   {"type":"ai_message","content":"你好","message_type":"assistant","metadata":{"role":"assistant","display":true,
//    "streaming":true,"final_response":false,"node_name":"character_advisor","run":3,"message":17}}
//
// `content` is a text for `ai_message` and any JSON for the other types.

public import Events

/// What a client sees of a session: one message of the event stream.
public struct Frame: Sendable, Hashable, Codable {
    /// What a frame is; a type this build does not know keeps its name.
    public struct Kind: Sendable, Hashable, RawRepresentable, Codable {
        /// The type as it is in the JSON.
        public let rawValue: String

        /// Names a type.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// What the user posted.
        public static let userMessage = Kind(rawValue: "user_message")
        /// A run started, ended, paused or resumed.
        public static let run = Kind(rawValue: "run")
        /// A node started or ended.
        public static let node = Kind(rawValue: "node")
        /// A node's update.
        public static let toolMessage = Kind(rawValue: "tool_message")
        /// Text of an agent.
        public static let aiMessage = Kind(rawValue: "ai_message")
        /// An event of an outside producer.
        public static let custom = Kind(rawValue: "custom")
        /// Why a run failed.
        public static let error = Kind(rawValue: "error")
    }

    /// What a frame belongs to and how it is meant.
    public struct Metadata: Sendable, Hashable, Codable {
        /// `assistant`, `user`, `tool` or `system`.
        public var role: String
        /// Whether it is meant for the person who reads the conversation.
        public var display: Bool
        /// True for a piece of a text: append it.
        public var streaming: Bool
        /// True where `content` is the whole text of the answer.
        public var finalResponse: Bool
        /// The node that it comes from.
        public var nodeName: String?
        /// The offset of the run's `run.started`.
        public var run: Offset?
        /// The offset of the message that the text belongs to, or that the run answers.
        public var message: Offset?
        /// The offset of an abandoned message whose text this one takes the place of.
        public var supersedes: Offset?
        /// `started`, `completed`, `failed`, `skipped`, `cancelled`, `interrupted`, `rejected`, `paused` or `resumed`.
        public var status: String?

        /// Makes metadata.
        public init(
            role: String, display: Bool = true, streaming: Bool = false, finalResponse: Bool = false,
            nodeName: String? = nil, run: Offset? = nil, message: Offset? = nil, supersedes: Offset? = nil,
            status: String? = nil
        ) {
            self.role = role
            self.display = display
            self.streaming = streaming
            self.finalResponse = finalResponse
            self.nodeName = nodeName
            self.run = run
            self.message = message
            self.supersedes = supersedes
            self.status = status
        }
    }

    /// The place after this frame; it is the stream's, not a part of the JSON.
    public var id = FrameID.beginning
    /// What the frame is.
    public var type: Kind
    /// A text, or what the event says.
    public var content: JSONValue
    /// The role, as older clients read it.
    public var messageType: String
    /// What the frame belongs to and how it is meant.
    public var metadata: Metadata

    private enum CodingKeys: CodingKey {
        case type, content, messageType, metadata
    }

    /// Makes a frame.
    public init(
        id: FrameID = .beginning, type: Kind, content: JSONValue, messageType: String, metadata: Metadata
    ) {
        self.id = id
        self.type = type
        self.content = content
        self.messageType = messageType
        self.metadata = metadata
    }

    /// The text of an `ai_message`; nil where the content is not a text.
    public var text: String? { content.string }

    /// True where the frame ends its run.
    public var endsRun: Bool {
        type == .run && ["completed", "failed", "cancelled"].contains(metadata.status)
    }
}

extension Frame {
    /// Parses the JSON of one message.
    init(id: FrameID, json: [UInt8]) throws {
        var scanner = JSONScanner(json)
        var type: String?
        var content: JSONValue?
        var messageType: String?
        var metadata: Metadata?
        try scanner.object { scanner, key in
            switch key {
            case "type": type = try scanner.string()
            case "content":
                if scanner.isAtString() {
                    content = .string(try scanner.string())
                } else {
                    content = try JSONValue.parse(try scanner.text(try scanner.verbatim()))
                }
            case "message_type": messageType = try scanner.string()
            case "metadata": metadata = try Metadata(&scanner)
            default: try scanner.skipValue()
            }
        }
        try scanner.end()
        guard let type, let content, let messageType, let metadata else {
            throw JSONScanner.Failure(expected: "type, content, message_type and metadata", index: json.count)
        }
        self.init(id: id, type: Kind(rawValue: type), content: content, messageType: messageType, metadata: metadata)
    }
}

extension Frame.Metadata {
    fileprivate init(_ scanner: inout JSONScanner) throws {
        var role: String?
        var metadata = Frame.Metadata(role: "", display: false)
        try scanner.object { scanner, key in
            switch key {
            case "role": role = try scanner.string()
            case "display": metadata.display = try scanner.bool()
            case "streaming": metadata.streaming = try scanner.bool()
            case "final_response": metadata.finalResponse = try scanner.bool()
            case "node_name": metadata.nodeName = try scanner.optionalString()
            case "run": metadata.run = try scanner.optionalInteger().map(Offset.init)
            case "message": metadata.message = try scanner.optionalInteger().map(Offset.init)
            case "supersedes": metadata.supersedes = try scanner.optionalInteger().map(Offset.init)
            case "status": metadata.status = try scanner.optionalString()
            default: try scanner.skipValue()
            }
        }
        guard let role else { throw JSONScanner.Failure(expected: "role", index: 0) }
        metadata.role = role
        self = metadata
    }
}
