import ArgumentParser
import Events
import Foundation
import StandardStreams

extension TailSession {
    /// Parses the arguments and runs.
    ///
    /// - Throws: `TailError`, with `usage` where the arguments are wrong.
    static func run(_ arguments: [String]) async throws {
        let command: TailSession
        do {
            command = try self.command(arguments)
        } catch {
            guard exitCode(for: error) != .success else {
                // The help, which was asked for.
                try StandardOutput.write(fullMessage(for: error) + "\n")
                return
            }
            throw TailError(.usage, message(for: error), hint: "tail-session --help lists the options")
        }
        try await command.run()
    }

    /// Parses and checks the arguments.
    static func command(_ arguments: [String]) throws -> TailSession { try parse(arguments) }

    /// What the options come to.
    var plan: TailPlan {
        var plan = TailPlan(follow: follow, until: until, nodes: Set(node), kinds: Set(kind))
        if from == .end { plan.start = .end }
        if let after { plan.start = .after(after) }
        if let since { plan.start = .since(since) }
        if let last { plan.start = .last(last) }
        return plan
    }

    func makeRenderer(superseded: Set<Offset>) -> any Renderer {
        switch output {
        case .raw: RawRenderer(superseded: superseded)
        case .json: JSONRenderer()
        case .text:
            TextRenderer(
                showsTime: timestamps, usesColor: usesColor(ProcessInfo.processInfo.environment),
                columns: StandardOutput.size?.columns ?? Limits.columns)
        }
    }

    /// Colour is for terminals that can show it, and for nobody who set `NO_COLOR` (no-color.org).
    func usesColor(_ environment: [String: String], isTerminal: Bool = StandardOutput.isTerminal) -> Bool {
        guard environment["NO_COLOR", default: ""].isEmpty else { return false }
        switch color {
        case .auto: return isTerminal && environment["TERM"] != "dumb"
        case .always: return true
        case .never: return false
        }
    }

    static func session(_ text: String) throws -> SessionID {
        guard let session = SessionID(text) else {
            throw ValidationError("“\(text)” is not the name of a session: \(SessionID.rule)")
        }
        return session
    }

    static func offset(_ text: String) throws -> Offset { Offset(try count(text)) }

    static func count(_ text: String) throws -> Int64 {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int64(text) else {
            throw ValidationError("“\(text)” is not a whole number from 0")
        }
        return count
    }

    static func since(_ text: String) throws -> Since {
        guard let since = Since(text) else {
            throw ValidationError(
                "“\(text)” is neither a time like 2026-11-22T12:04:31Z nor an age like 90s, 15m, 2h or 1d")
        }
        return since
    }

    static func kind(_ text: String) throws -> EventKind {
        guard let kind = EventKind(name: text) else {
            throw ValidationError(
                "no kind is named “\(text)”; there are \(EventKind.names.dropFirst().joined(separator: ", "))")
        }
        return kind
    }
}
