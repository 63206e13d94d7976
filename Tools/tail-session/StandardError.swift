import Events
import Foundation
import PlayheadClient

/// Standard error: notices and errors, never data.
enum StandardError {
    static func notice(_ text: String) { write("note: \(TerminalText.line(text))\n") }

    static func write(_ text: String) {
        // Nobody can be told where standard error itself fails.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}

extension Reconnect {
    /// The notice of a lost connection.
    var words: String {
        let milliseconds = delay.components.seconds * 1000 + delay.components.attoseconds / 1_000_000_000_000_000
        return "\(reason); connecting again in \(milliseconds) ms"
    }
}
