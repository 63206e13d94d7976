import Events

/// Only the text of assistants' messages, the exact bytes, nothing between them.
///
/// Text that another message takes the place of is left out where that is known when it would be printed: of everything
/// that was recorded before the reader started, so a finished session prints the answers alone. Text that streams in
/// live is printed at once, and where it is superseded later a notice says so: what was written cannot be taken back.
struct RawRenderer: Renderer {
    private var superseded: Set<Offset>
    /// The newest messages of which something was printed.
    private var printed: [Offset] = []

    /// - Parameter superseded: the messages that are known to be superseded.
    init(superseded: Set<Offset>) { self.superseded = superseded }

    mutating func render(_ event: Event, _ attribution: Attribution, into rendering: inout Rendering) {
        if let message = event.supersedes, superseded.insert(message).inserted, printed.contains(message) {
            rendering.notices.append(
                "the text of message \(message), printed above, is superseded by message \(event.offset)")
        }
        guard event.kind == .token, let text = event.body, attribution.role == "assistant",
            let message = attribution.message, !superseded.contains(message)
        else { return }
        if printed.last != message, !printed.contains(message) {
            if printed.count == Limits.rememberedMessages { printed.removeFirst() }
            printed.append(message)
        }
        rendering.bytes.append(contentsOf: text.utf8)
    }
}
