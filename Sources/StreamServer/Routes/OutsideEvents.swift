import EventLog
import Events
import Foundation

/// Events as an outside producer sends them, checked so that every reader can rely on their shape.
enum OutsideEvents {
    /// Reads one event, or a list of them.
    static func parse(_ json: [UInt8]) throws -> [NewEvent] {
        let value: JSONValue
        do {
            value = try JSONDecoder().decode(JSONValue.self, from: Data(json))
        } catch {
            throw StreamServerError(
                .malformedJSON, "the body is not JSON", hint: "send {\"events\":[{\"kind\":…,\"cause\":…,\"body\":…}]}",
                underlying: error)
        }
        if case .array(let events)? = value["events"] {
            return try events.enumerated().map { try event($0.element, at: "events[\($0.offset)]") }
        }
        return [try event(value, at: "the event")]
    }

    private static func event(_ value: JSONValue, at place: String) throws -> NewEvent {
        guard case .object = value, let name = value["kind"]?.string else {
            throw StreamServerError(
                .invalidBody, "\(place) has no kind", hint: "send {\"kind\":…,\"cause\":…,\"body\":…}")
        }
        guard let kind = EventKind(name: name), kind.isAllowedFromOutside else {
            let allowed = (1..<EventKind.names.count).map { EventKind(rawValue: $0) }.filter(\.isAllowedFromOutside)
            throw StreamServerError(
                .kindNotAllowed, "\(place) is a \(name.prefix(64)), which cannot be appended from outside",
                hint: "the kinds are \(allowed.map(\.name).joined(separator: ", "))")
        }
        let body = value["body"] ?? .object([:])
        let cause = try cause(value["cause"], at: place)
        if kind == .token {
            guard let text = body["text"]?.string else {
                throw StreamServerError(
                    .invalidBody, "\(place) has no text", hint: "a token's body is {\"text\":\"…\"}")
            }
            return NewEvent(kind: kind, cause: cause, body: text)
        }
        guard case .object = body else {
            throw StreamServerError(.invalidBody, "the body of \(place) is no object", hint: "send a JSON object")
        }
        let text = try body.text
        try checkShape(kind, text, at: place)
        return NewEvent(kind: kind, cause: cause, body: text)
    }

    private static func cause(_ value: JSONValue?, at place: String) throws -> NewEvent.Cause {
        switch value {
        case nil, .null?: return .none
        case .integer(let offset)? where offset > 0: return .event(Offset(offset))
        case let value?:
            if let index = value["index"]?.integer, let index = Int(exactly: index) { return .sameAppend(index) }
            throw StreamServerError(
                .invalidCause, "the cause of \(place) is no offset",
                hint: "a cause is an offset of the session, or {\"index\":i} for an event of the same request")
        }
    }

    /// What a projection or a frame needs to find in the body.
    private static func checkShape(_ kind: EventKind, _ body: String, at place: String) throws {
        do {
            switch kind {
            case .messageReceived: _ = try CanonicalJSON.decode(MessageReceived.self, from: body)
            case .messageStarted:
                let message = try CanonicalJSON.decode(MessageStarted.self, from: body)
                if let speed = message.streamCharsPerSecond, !Limits.paceRates.contains(speed) {
                    throw StreamServerError(
                        .invalidBody, "the stream_chars_per_second of \(place) is out of range",
                        hint: "it is a number from \(Limits.paceRates.lowerBound) to \(Limits.paceRates.upperBound)")
                }
            case .messageCompleted: _ = try CanonicalJSON.decode(MessageCompleted.self, from: body)
            case .messageInterrupted: _ = try CanonicalJSON.decode(MessageInterrupted.self, from: body)
            case .nodeStarted: _ = try CanonicalJSON.decode(NodeStarted.self, from: body)
            case .nodeCompleted: _ = try CanonicalJSON.decode(NodeCompleted.self, from: body)
            case .nodeFailed: _ = try CanonicalJSON.decode(NodeFailed.self, from: body)
            case .nodeSkipped: _ = try CanonicalJSON.decode(NodeSkipped.self, from: body)
            default: break
            }
        } catch let error as DecodingError {
            throw StreamServerError(
                .invalidBody, "the body of \(place) is not that of a \(kind): \(error.place)",
                hint: "the table of event kinds lists what a body holds", underlying: error)
        }
    }

    /// Refuses a token that belongs to no message, a node's end that belongs to no node, and the like; and what would
    /// become part of a run, whose answers are exactly what its models produced.
    static func checkCauses(of events: [NewEvent], in session: SessionID, _ log: any EventLog) async throws {
        let head = try await log.status(of: session)?.head ?? .beginning
        var recorded: [Offset: (kind: EventKind, isInRun: Bool)] = [:]
        for (index, event) in events.enumerated() {
            let expected = causes(of: event.kind)
            let found: EventKind?
            switch event.cause {
            case .none: found = nil
            case .sameAppend(let cause):
                guard (0..<index).contains(cause) else {
                    throw StreamServerError(
                        .invalidCause,
                        "event \(index) names event \(cause) as its cause, which does not come before it",
                        hint: "an index is that of an earlier event of the same request, from 0")
                }
                found = events[cause].kind
            case .event(let offset):
                // Whatever is recorded there by the time of the append, nobody can have meant it.
                guard offset <= head else { throw EventLogError.noSuchCause(offset, session, head: head) }
                let cause =
                    if let known = recorded[offset] { known } else { try await cause(offset, in: session, log) }
                recorded[offset] = cause
                guard !cause.isInRun || event.kind == .custom else {
                    throw StreamServerError(
                        .invalidCause,
                        "event \(index), a \(event.kind), cannot belong to event \(offset), which is part of a run",
                        hint: "only the server writes into its runs: start a message of your own, or send custom")
                }
                found = cause.kind
            }
            guard expected.contains(found) else {
                throw StreamServerError(
                    .invalidCause, "event \(index), a \(event.kind), cannot belong to \(found?.name ?? "nothing")",
                    hint: "its cause is \(expected.map { $0?.name ?? "none" }.joined(separator: ", "))")
            }
        }
    }

    private static func cause(
        _ offset: Offset, in session: SessionID, _ log: any EventLog
    ) async throws -> (kind: EventKind, isInRun: Bool) {
        let page = try await log.read(session, after: Offset(offset.value - 1), limit: 1, withCauses: true)
        guard let event = page.events.first else {
            throw EventLogError.noSuchCause(offset, session, head: page.status.head)
        }
        return (event.kind, ([event] + page.causes).contains { $0.kind == .runStarted })
    }

    /// The kinds that an event of a kind may have as its cause; nil stands for none.
    private static func causes(of kind: EventKind) -> [EventKind?] {
        switch kind {
        case .messageReceived: [nil]
        case .nodeStarted, .nodeSkipped: [.messageReceived, nil]
        case .nodeUpdated, .nodeCompleted, .nodeFailed: [.nodeStarted]
        case .messageStarted: [.nodeStarted, .messageReceived, nil]
        case .token, .messageCompleted, .messageInterrupted: [.messageStarted]
        default: (1..<EventKind.names.count).map { EventKind(rawValue: $0) } + [nil]
        }
    }
}

extension DecodingError {
    /// Which member is wrong.
    fileprivate var place: String {
        switch self {
        case .keyNotFound(let key, _): "\(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            (context.codingPath.last?.stringValue ?? "it") + " has another type"
        @unknown default: "it cannot be read"
        }
    }
}
