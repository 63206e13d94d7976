import Events

/// One output format: a state machine that is fed events and returns bytes.
protocol Renderer {
    /// Appends what the event adds to the output.
    mutating func render(_ event: Event, _ attribution: Attribution, into rendering: inout Rendering)

    /// Appends what completes the output when no event will follow.
    mutating func finish(into rendering: inout Rendering)
}

extension Renderer {
    func finish(into rendering: inout Rendering) {}
}

/// What one read came to.
struct Rendering {
    /// For standard output.
    var bytes: [UInt8] = []
    /// For standard error, one line each.
    var notices: [String] = []
}

/// The event's JSON form, one a line.
struct JSONRenderer: Renderer {
    func render(_ event: Event, _ attribution: Attribution, into rendering: inout Rendering) {
        event.appendJSON(to: &rendering.bytes)
        rendering.bytes.append(UInt8(ascii: "\n"))
    }
}
