import ArgumentParser
import Audit
import EventLog
import Events
import Foundation
import Projections

struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print what a session amounted to at an offset. Reads only, so a server may run.")

    @OptionGroup var options: DataOptions

    @Argument(help: "The session.", transform: sessionArgument)
    var session: SessionID

    @Option(help: "The offset. (default: the head)")
    var at: Int64?

    @Option(name: .shortAndLong, help: "text or json.")
    var output = OutputForm.text

    func run() async throws {
        try await reportingErrors {
            let folded = try fold(session, data: options.data, upTo: at)
            if output == .json { return try print(folded.json()) }
            let state = folded.state
            try print("\(state.session) at offset \(state.head)\(state.isClosed ? ", closed" : "")")
            for message in folded.messages {
                try print("message \(message.offset)  \(message.title)")
                let lines = TerminalText.lines(message.text).split(separator: "\n")
                if !lines.isEmpty { try print(lines.map { "    \($0)" }.joined(separator: "\n")) }
            }
            for run in state.runs {
                try print("run \(run.offset)  \(run.workflow), \(run.status.rawValue)")
                for node in run.nodes { try print("    \(node.node) (\(node.attempt)): \(node.status.rawValue)") }
            }
            for event in folded.otherErased { try print("event \(event.offset)  \(event.kind), erased") }
        }
    }
}

struct Diff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show where two sessions part: a fork and its origin, or two runs of one question.",
        discussion: "Times and durations are left out. Exit codes: 0 the same, 1 different.")

    @OptionGroup var options: DataOptions

    @Argument(help: "A session.", transform: sessionArgument)
    var first: SessionID

    @Argument(help: "Another one.", transform: sessionArgument)
    var second: SessionID

    func run() async throws {
        try await reportingErrors {
            let parting = try parting()
            if let (offset, first, second) = parting {
                try print("the same up to offset \(offset - 1), then")
                try print("< \(first.map { TerminalText.lines($0.json) } ?? "nothing")")
                try print("> \(second.map { TerminalText.lines($0.json) } ?? "nothing")")
            } else {
                try print("the same")
            }
            let states = try (fold(first, data: options.data, upTo: nil), fold(second, data: options.data, upTo: nil))
            for line in Self.differences(states.0.state, states.1.state) { try print(line) }
            if parting != nil { throw ExitCode(1) }
        }
    }

    /// The first offset at which the two are not the same.
    private func parting() throws -> (Int64, Event?, Event?)? {
        let file = try LogFile(directory: options.data)
        var cursor = Offset.beginning
        while true {
            let pages = try (page(first, file, cursor), page(second, file, cursor))
            for (a, b) in zip(pages.0, pages.1) where !Self.isSame(a, b) { return (a.offset.value, a, b) }
            let count = min(pages.0.count, pages.1.count)
            if count == 0, pages.0.count != pages.1.count {
                return (cursor.next.value, pages.0.first, pages.1.first)
            }
            if count == 0 { return nil }
            cursor = Offset(cursor.value + Int64(count))
        }
    }

    private func page(_ session: SessionID, _ file: LogFile, _ after: Offset) throws -> [Event] {
        try readablePage(session, file, after).events
    }

    private static func isSame(_ a: Event, _ b: Event) -> Bool {
        guard a.kind == b.kind, a.version == b.version, a.cause == b.cause else { return false }
        if a.body == b.body { return true }
        guard a.kind != .token, let x = a.body, let y = b.body, let first = try? JSONValue.parse(x),
            let second = try? JSONValue.parse(y)
        else { return false }
        return first.timeless == second.timeless
    }

    /// Which nodes' updates and which answers differ, whatever their offsets.
    private static func differences(_ a: SessionState, _ b: SessionState) -> [String] {
        var lines: [String] = []
        for (index, runs) in zip(a.runs, b.runs).enumerated() {
            for node in runs.0.nodes {
                guard let other = runs.1.nodes.last(where: { $0.node == node.node }) else {
                    lines.append("run \(index + 1): only the first has node \(node.node)")
                    continue
                }
                if node.update?.timeless != other.update?.timeless {
                    lines.append("run \(index + 1): \(node.node) differs")
                }
            }
        }
        let answers = [a, b].map { $0.messages.filter { $0.role == "assistant" && !$0.isSuperseded } }
        for (index, pair) in zip(answers[0], answers[1]).enumerated() where pair.0.text != pair.1.text {
            let same = zip(pair.0.text, pair.1.text).prefix { $0 == $1 }.count
            lines.append("answer \(index + 1): the first \(same) characters are the same")
        }
        return lines
    }
}

/// The state of a session at an offset, from the file alone.
private func fold(_ session: SessionID, data: String, upTo end: Int64?) throws -> FoldedSession {
    let file = try LogFile(directory: data)
    var folded = FoldedSession(session)
    while true {
        let page = try readablePage(session, file, folded.state.head)
        if let end, end > page.status.head.value || end < 0 {
            throw EventLogError(
                .offsetBeyondHead, "session \(session) has no offset \(end)", hint: "its head is \(page.status.head)")
        }
        let events = page.events.filter { end == nil || $0.offset.value <= end ?? 0 }
        for event in events { folded.apply(event) }
        if events.isEmpty { return folded }
    }
}

/// A page of a session of which something is left to be read.
private func readablePage(_ session: SessionID, _ file: LogFile, _ after: Offset) throws -> EventPage {
    guard let page = try file.page(session, after: after) else { throw unknownSession(session) }
    if page.status.isErased { throw EventLogError.erased(session) }
    return page
}

private func unknownSession(_ session: SessionID) -> AuditError {
    AuditError(.sessionNotFound, "there is no session named \(session)", hint: "check the name and --data")
}

extension JSONValue {
    /// Without what differs between any two runs: durations and times.
    fileprivate var timeless: JSONValue {
        switch self {
        case .object(let members):
            .object(members.filter { !$0.key.hasSuffix("_ms") && !$0.key.hasSuffix("_at") }.mapValues(\.timeless))
        case .array(let values): .array(values.map(\.timeless))
        default: self
        }
    }
}
