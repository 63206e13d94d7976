import Events
import Projections

/// What a session amounts to, and what of it was erased: the fold itself passes over an erased event.
struct FoldedSession {
    /// A message as it is shown.
    struct Message {
        var offset: Offset
        /// Who wrote it and what became of it.
        var title: String
        var text: String
    }

    private(set) var state: SessionState
    /// The events that have no body any more, oldest first.
    private(set) var erased: [Event] = []
    /// For each message the lengths of its text in UTF-8 at which tokens were erased, with how many.
    private var gaps: [Offset: [(place: Int, tokens: Int)]] = [:]

    init(_ session: SessionID) {
        state = SessionState(session: session)
    }

    mutating func apply(_ event: Event) {
        state.apply(event)
        guard event.body == nil else { return }
        erased.append(event)
        guard event.kind == .token, let cause = event.cause, let text = state.message(at: cause)?.text else { return }
        let place = text.utf8.count
        if let last = gaps[cause]?.indices.last, gaps[cause]?[last].place == place {
            gaps[cause]?[last].tokens += 1
        } else {
            gaps[cause, default: []].append((place, 1))
        }
    }

    /// Every message, those included of which only the place is left.
    var messages: [Message] {
        let ends = Set(erased.lazy.filter { $0.kind == .messageCompleted }.compactMap(\.cause))
        let kept = state.messages.map { message in
            let place = message.node.map { " of \($0)" } ?? ""
            // The end was recorded, whatever it said.
            let status = ends.contains(message.offset) ? .completed : message.status
            let tokens = gaps[message.offset]?.reduce(0) { $0 + $1.tokens } ?? 0
            return Message(
                offset: message.offset,
                title: "\(message.role)\(place), \(status.rawValue)\(message.isSuperseded ? ", superseded" : "")"
                    + (tokens > 0 ? ", \(tokens) token\(tokens == 1 ? "" : "s") erased" : ""),
                text: text(of: message))
        }
        let lost = erased.compactMap { event -> Message? in
            switch event.kind {
            case .messageReceived: Message(offset: event.offset, title: "user, erased", text: "")
            case .messageStarted: Message(offset: event.offset, title: "of an agent, erased", text: "")
            default: nil
            }
        }
        return (kept + lost).sorted { $0.offset < $1.offset }
    }

    /// The erased events that no message shows.
    var otherErased: [Event] {
        erased.filter { event in
            switch event.kind {
            case .messageReceived, .messageStarted: false
            case .token: event.cause.flatMap { state.message(at: $0) } == nil
            default: true
            }
        }
    }

    /// The state as JSON; `erased` names the erased events, where there are any.
    func json() throws -> String {
        let text = try CanonicalJSON.encode(state)
        guard !erased.isEmpty, case .object(var members) = try JSONValue.parse(text) else { return text }
        members["erased"] = .array(
            erased.map { event in
                var marks: [String: JSONValue] = [
                    "offset": .integer(event.offset.value), "kind": .string("\(event.kind)"),
                ]
                if let cause = event.cause { marks["cause"] = .integer(cause.value) }
                return .object(marks)
            })
        return try CanonicalJSON.encode(JSONValue.object(members))
    }

    /// The text with a mark wherever some of it was erased.
    private func text(of message: MessageState) -> String {
        let bytes = Array(message.text.utf8)
        var text = ""
        var begin = 0
        for gap in gaps[message.offset] ?? [] {
            text += String(decoding: bytes[begin..<gap.place], as: UTF8.self) + "[erased]"
            begin = gap.place
        }
        return text + String(decoding: bytes[begin...], as: UTF8.self)
    }
}
