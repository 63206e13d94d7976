/// How fast the text of a message is delivered.
///
/// Recording always runs at the model's speed.
enum Pace: Hashable {
    /// As it comes.
    case off
    /// The speed of somebody who writes, more when the backlog grows.
    case natural
    /// Characters a second.
    case characters(Double)

    /// Nil where the text is none of `off`, `natural` and a possible number of characters a second.
    init?(_ text: String) {
        switch text {
        case "off": self = .off
        case "natural": self = .natural
        default:
            guard let rate = Double(text), Limits.paceRates.contains(rate) else { return nil }
            self = .characters(rate)
        }
    }
}
