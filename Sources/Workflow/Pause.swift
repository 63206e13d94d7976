public import Events

/// A user's answer to a question of a run.
public struct Reply: Sendable {
    /// The parts of the message.
    public var contents: [ContentPart]

    /// The text parts of the message.
    public var text: String {
        contents.compactMap { $0.contentType == "text" ? $0.content : nil }.joined(separator: "\n")
    }
}

extension NodeContext {
    /// Asks the user, and pauses the run until the session's next message answers.
    ///
    /// A paused run holds nothing in memory: what this throws ends the node's work, and must be let through. With the
    /// answer the work begins again, as the same attempt; the same question then gives the answer. What the question is
    /// made of is published before, where doing it again might give another.
    public func ask(_ question: String) throws -> Reply {
        if let answered = run.recovered.replies.last(where: { $0.node == node && $0.question == question }) {
            return answered.reply
        }
        guard question.utf8.count <= Limits.bytesPerQuestion else {
            throw WorkflowError(
                .messageTooLong, "a question of \(question.utf8.count) bytes; the limit is \(Limits.bytesPerQuestion)")
        }
        throw NodePause(question: question)
    }
}

/// A node waits for input.
struct NodePause: Error {
    var question: String
}

/// Nothing of a run can go on before a question is answered.
struct RunPause: Error {
    var body: RunPaused
}
