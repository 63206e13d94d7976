/// What can be wrong with a key or a note.
package struct EvidenceError: Error, Sendable, CustomStringConvertible {
    /// A stable, `snake_case` code.
    package enum Code: String, Sendable {
        /// Not a signer or verifier key.
        case invalidKey = "invalid_key"
        /// Not a note, or not signed by the key.
        case invalidNote = "invalid_note"
    }

    /// What kind of error it is.
    package var code: Code
    /// What happened.
    package var message: String
    /// What to do about it.
    package var hint: String

    static func invalidKey(_ message: String) -> EvidenceError {
        EvidenceError(code: .invalidKey, message: message, hint: "playhead keygen makes a pair")
    }

    package static func invalidNote(_ message: String) -> EvidenceError {
        EvidenceError(
            code: .invalidNote, message: message,
            hint: "a checkpoint is the answer of GET /audit/checkpoint, and its key is keys/log.pub of that log")
    }

    /// The code and the message.
    package var description: String { "\(code.rawValue): \(message)" }
}
