/// Leaves out of a resumed answer what was recorded before, and makes sure that it is the same.
struct TextSkipper: Sendable {
    private var left: ArraySlice<UInt8>

    /// - Parameters:
    ///   - text: the whole recorded text.
    ///   - position: where in it the upstream begins to repeat.
    init?(_ text: String, from position: Int) {
        let bytes = Array(text.utf8)
        guard (0...bytes.count).contains(position) else { return nil }
        left = bytes[position...]
    }

    /// True where everything that was recorded has come again.
    var isDone: Bool { left.isEmpty }

    /// What of a delta is new; nil where nothing is.
    ///
    /// - Throws: `AgentError` with code `upstream_lost` where the upstream says something else, or ends too early.
    mutating func take(_ delta: AgentDelta) throws(AgentError) -> AgentDelta? {
        if isDone { return delta }
        switch delta {
        case .text(let text):
            let bytes = Array(text.utf8)
            let known = min(bytes.count, left.count)
            guard bytes[..<known].elementsEqual(left.prefix(known)) else { throw Self.another }
            left = left.dropFirst(known)
            return known < bytes.count ? .text(String(decoding: bytes[known...], as: UTF8.self)) : nil
        case .finished: throw Self.another
        // Reasoning that precedes text already recorded was given before it.
        case .reasoning: return nil
        case .usage, .repaired: return delta
        }
    }

    private static let another = AgentError(
        code: .lost, message: "the upstream's answer is not the one that was recorded")
}
