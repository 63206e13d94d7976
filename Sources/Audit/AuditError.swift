/// What can go wrong with the audit's commands.
package struct AuditError: Error, Sendable, CustomStringConvertible {
    /// A stable, `snake_case` code.
    package enum Code: String, Sendable {
        /// There is no such session.
        case sessionNotFound = "session_not_found"
        /// The log keeps no seals: it runs with `--audit off`.
        case auditOff = "audit_off"
        /// There is no key to sign or verify with.
        case noKey = "no_key"
        /// A size or number that the tree does not have.
        case notInTree = "not_in_tree"
        /// The export's file is not one, or was changed.
        case invalidExport = "invalid_export"
        /// A run of the session is in progress.
        case sessionBusy = "session_busy"
        /// An attachment that a message names is missing, or has other bytes.
        case attachmentDamaged = "attachment_damaged"
        /// A file cannot be read or written.
        case fileFailed = "file_failed"
    }

    /// What kind of error it is.
    package var code: Code
    /// What happened.
    package var message: String
    /// What to do about it.
    package var hint: String

    /// Makes an error.
    package init(_ code: Code, _ message: String, hint: String) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// The code and the message.
    package var description: String { "\(code.rawValue): \(message)" }
}
