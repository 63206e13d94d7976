import Events
import Foundation

@testable import tail_session

/// A session as a list of events, made one after the other.
struct SessionScript {
    private(set) var events: [Event] = []

    var session: SessionID { ProcessTests.session }

    @discardableResult
    mutating func add(_ kind: EventKind, cause: Offset? = nil, _ body: String? = "{}") -> Offset {
        let offset = Offset(Int64(events.count + 1))
        events.append(
            Event(
                session: session, offset: offset, position: Position(offset.value * 10),
                at: Timestamp(microseconds: 1_795_349_071_655_120 + offset.value * 1_000_000), kind: kind, cause: cause,
                body: body))
        return offset
    }

    mutating func addNode(_ name: String) -> Offset {
        add(.nodeStarted, #"{"attempt":1,"node":"\#(name)"}"#)
    }

    mutating func addMessage(of node: Offset?, role: String = "assistant", supersedes: Offset? = nil) -> Offset {
        let more = supersedes.map { #","supersedes":\#($0)"# } ?? ""
        return add(.messageStarted, cause: node, #"{"role":"\#(role)","streaming":true\#(more)}"#)
    }

    mutating func addTokens(_ texts: [String], of message: Offset) {
        for text in texts { add(.token, cause: message, text) }
    }

    /// A message with a node, a piece of text, an interruption, and the message that takes its place.
    static var retried: SessionScript {
        var script = SessionScript()
        let node = script.addNode("advisor")
        let first = script.addMessage(of: node)
        script.addTokens(["lost ", "text"], of: first)
        script.add(.messageInterrupted, cause: first, #"{"reason":{"code":"upstream_cut","message":"cut"}}"#)
        let second = script.addMessage(of: node, supersedes: first)
        script.addTokens(["the ", "answer"], of: second)
        script.add(.messageCompleted, cause: second)
        return script
    }
}

/// Reads a script as a log would be read, in pages; what is beyond `recorded` comes live.
struct ScriptedSource: Source {
    var session: SessionID { script.session }
    var script: SessionScript
    var recorded: Int
    var pageSize = 3
    var cursor = Offset.beginning
    var end: Offset?

    init(_ script: SessionScript, recorded: Int? = nil) {
        self.script = script
        self.recorded = recorded ?? script.events.count
    }

    func head() -> Offset { script.events.prefix(recorded).last?.offset ?? .beginning }

    func offset(before time: Timestamp) -> Offset {
        script.events.prefix(recorded).last { $0.at < time }?.offset ?? .beginning
    }

    func event(at offset: Offset) -> Event? { script.events.first { $0.offset == offset } }

    func supersededMessages(after: Offset, through: Offset) -> Set<Offset> {
        Set(script.events.filter { $0.offset > after && $0.offset <= through }.compactMap(\.supersedes))
    }

    mutating func start(after: Offset, end: Offset?) {
        cursor = after
        self.end = end
    }

    mutating func next() -> [Event]? {
        let page = script.events.filter { $0.offset > cursor && $0.offset <= end ?? $0.offset }.prefix(pageSize)
        guard let last = page.last else { return nil }
        cursor = last.offset
        return Array(page)
    }
}

/// What a tail printed: one element for each write.
final class Printed {
    var writes: [String] = []
    var notices: [String] = []

    var text: String { writes.joined() }
}

/// Runs a tail over a source in one output format.
@discardableResult
func tail(
    _ source: ScriptedSource, _ plan: TailPlan = TailPlan(), _ arguments: String...
) async throws -> Printed {
    let printed = Printed()
    try await tail(source, plan, arguments, into: printed)
    return printed
}

func tail(_ source: ScriptedSource, _ plan: TailPlan, _ arguments: [String], into printed: Printed) async throws {
    let command = try TailSession.command(["demo", "--color", "never"] + arguments)
    var tail = Tail(
        source, plan, needsSuperseded: command.output == .raw, makeRenderer: command.makeRenderer
    ) { rendering in
        if !rendering.bytes.isEmpty { printed.writes.append(String(decoding: rendering.bytes, as: UTF8.self)) }
        printed.notices += rendering.notices
    }
    try await tail.run(now: Timestamp(microseconds: 1_795_349_071_655_120 + 100_000_000))
}
