import Events

/// A frame's `metadata`; members without a value are left out.
struct FrameMetadata {
    /// `assistant`, `user`, `tool`, or `system` for what the server says.
    var role: String
    /// Whether it is meant for the person who reads the conversation.
    var isDisplayed = true
    var isStreaming = false
    var isFinalResponse = false
    var node: String?
    var run: Offset?
    var message: Offset?
    var status: String?
    var supersedes: Offset?

    /// The frame's `message_type`, with its quotes.
    var messageType: String { JSONText.string(role) }

    /// The JSON object.
    var json: String {
        var text = "{\"role\":\(JSONText.string(role)),\"display\":\(isDisplayed),\"streaming\":\(isStreaming)"
        text += ",\"final_response\":\(isFinalResponse)"
        if let node { text += ",\"node_name\":\(JSONText.string(node))" }
        if let run { text += ",\"run\":\(run)" }
        if let message { text += ",\"message\":\(message)" }
        if let status { text += ",\"status\":\"\(status)\"" }
        if let supersedes { text += ",\"supersedes\":\(supersedes)" }
        return text + "}"
    }
}
