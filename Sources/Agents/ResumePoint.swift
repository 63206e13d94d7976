/// Where an upstream's answer can be taken up again after the reader was gone: what is recorded with the tokens.
public struct ResumePoint: Sendable, Hashable, Codable {
    /// How the upstream does it: `llama_server` or `openai_responses`.
    public var kind: String
    /// The upstream's name for the answer.
    public var id: String
    /// What was read of it: bytes of the stream, or the last sequence number.
    public var position: Int64
    /// The UTF-8 bytes of the answer's text before that position.
    public var textBytes: Int

    /// Takes the parts as they are.
    public init(kind: String, id: String, position: Int64, textBytes: Int) {
        self.kind = kind
        self.id = id
        self.position = position
        self.textBytes = textBytes
    }
}

/// An agent whose upstream keeps an answer that nobody reads.
public protocol ResumableAgent: Agent {
    /// Gives the rest of an answer that was begun in the context of that point.
    ///
    /// What the upstream gives again is compared with `text` and left out, so that no token is recorded twice.
    ///
    /// - Parameter text: the whole text recorded so far.
    /// - Returns: a stream that fails with code `upstream_lost` where the answer cannot be continued exactly: then a new
    ///   attempt has to be made.
    func resumeStream(_ point: ResumePoint, after text: String, _ context: AgentContext) -> AgentStream
}

extension AgentError.Code {
    /// The upstream no longer has the answer, or another one.
    public static let lost = AgentError.Code(rawValue: "upstream_lost")
}
