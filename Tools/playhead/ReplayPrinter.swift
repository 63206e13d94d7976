import Events
import Foundation
import StandardStreams

/// Prints a replay: a message's text as it grows, and a line for every other event.
struct ReplayPrinter {
    private let form: OutputForm
    private let nodes: Set<String>
    /// The node of every event that others name as their cause.
    private var places: [Offset: String] = [:]
    private var isInText = false

    init(form: OutputForm, nodes: Set<String>) {
        self.form = form
        self.nodes = nodes
    }

    /// Remembers where what the event causes belongs.
    mutating func note(_ event: Event) {
        guard event.kind != .token, let node = node(of: event) else { return }
        places[event.offset] = node
    }

    /// Whether the event is of one of the nodes asked for.
    func isWanted(_ event: Event) -> Bool {
        nodes.isEmpty || node(of: event).map(nodes.contains) ?? false
    }

    mutating func show(_ event: Event) throws {
        if form == .json { return try print(event.json) }
        if event.kind == .token {
            try StandardOutput.write(TerminalText.lines(event.body ?? "[erased]"))
            isInText = true
            return
        }
        try finish()
        let time = event.at.description.dropFirst(11).prefix(12)
        let node = node(of: event).map { "  \($0)" } ?? ""
        try print("\(time)  \(event.offset)  \(event.kind)\(node)\(event.body == nil ? "  [erased]" : "")")
    }

    mutating func finish() throws {
        if isInText { try StandardOutput.write("\n") }
        isInText = false
    }

    private func node(of event: Event) -> String? {
        switch event.kind {
        case .nodeStarted: (try? event.decode(NodeStarted.self))?.node
        case .nodeSkipped: (try? event.decode(NodeSkipped.self))?.node
        default: event.cause.flatMap { places[$0] }
        }
    }
}
