import Events

/// An event in words: a state word and what it is about.
struct EventDescription {
    /// How a state word is meant.
    enum Outcome {
        case neutral, good, doubtful, bad
    }

    var word: String
    var details: String
    var outcome: Outcome

    init(_ event: Event, _ attribution: Attribution) {
        // The last part of the kind's name is the state word: `run.started` → started.
        let parts = event.kind.name.split(separator: ".")
        word = event.kind.name.hasPrefix("kind.") ? event.kind.name : String(parts.last ?? "")
        outcome =
            switch event.kind {
            case .runCompleted, .nodeCompleted, .messageCompleted: .good
            case .runFailed, .nodeFailed: .bad
            case .runCancelled, .runPaused, .messageInterrupted, .answerRejected, .nodeSkipped, .eventErased,
                .sessionErased:
                .doubtful
            default: .neutral
            }
        var words: [String] = []
        if let node = attribution.node { words.append(node) }
        if parts.count == 2, parts[0] != "node", parts[0] != "kind" { words.append(String(parts[0])) }
        let facts = event.body == nil ? ["[erased]"] : Self.facts(event)
        details = ([words.joined(separator: " ")] + facts).filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// What the body says, in words; a body of an unknown shape as it is.
    private static func facts(_ event: Event) -> [String] {
        let body = event.body ?? ""
        let whole = [String(decoding: body.utf8.prefix(Limits.detailBytes), as: UTF8.self)]
        guard body.utf8.count <= Limits.detailBytes * 16, let json = try? JSONValue.parse(body) else { return whole }
        switch event.kind {
        case .sessionOpened: return facts(json, ["chatbot"])
        case .messageReceived: return contents(json)
        case .runStarted: return facts(json, ["workflow", "version"])
        case .runResumed: return facts(json, ["attempt"]) + lists(json, ["reused", "retried", "continued"])
        case .runPaused: return facts(json, ["node", "asks"])
        case .runCompleted, .runFailed, .runCancelled: return duration(json) + failure(json["reason"])
        case .nodeStarted: return json["attempt"]?.integer ?? 1 > 1 ? facts(json, ["attempt"]) : []
        case .nodeCompleted: return duration(json)
        case .nodeFailed:
            return duration(json) + failure(json["error"])
                + [json["will_retry"] == .bool(true) ? "will be tried again" : ""]
        case .nodeSkipped, .messageInterrupted: return failure(json["reason"])
        case .messageStarted:
            return facts(json, ["role", "agent", "model"])
                + (json["supersedes"]?.integer).map { ["supersedes message \($0)"] }.orEmpty
        case .messageCompleted: return completed(json)
        case .messageResumable: return facts(json, ["position", "text_bytes"])
        case .answerRejected: return facts(json, ["rule", "found"])
        case .custom: return facts(json, ["name"]) + whole
        default: return body == "{}" ? [] : whole
        }
    }

    private static func facts(_ json: JSONValue, _ names: [String]) -> [String] {
        names.compactMap { name in
            switch json[name] {
            case .string(let text)?: "\(name) \(text)"
            case .integer(let number)?: "\(name) \(number)"
            default: nil
            }
        }
    }

    private static func lists(_ json: JSONValue, _ names: [String]) -> [String] {
        names.compactMap { name in
            guard case .array(let elements)? = json[name], !elements.isEmpty else { return nil }
            return "\(name) \(elements.compactMap(\.string).joined(separator: " "))"
        }
    }

    private static func contents(_ json: JSONValue) -> [String] {
        guard case .array(let parts)? = json["contents"] else { return [] }
        return parts.map { part in
            if let text = part["content"]?.string { return "“\(text)”" }
            let size = part["size"]?.integer.map { "\($0) bytes" }
            return [part["content_type"]?.string, part["name"]?.string, part["media_type"]?.string, size]
                .compactMap { $0 }.joined(separator: " ")
        }
    }

    private static func completed(_ json: JSONValue) -> [String] {
        var facts = [json["finish_reason"]?.string ?? ""]
        if let characters = json["characters"]?.integer { facts.append("\(characters) characters") }
        if let tokens = json["usage"]?["output_tokens"]?.integer { facts.append("\(tokens) output tokens") }
        if let time = json["time_to_first_token_ms"]?.integer { facts.append("first token after \(time) ms") }
        return facts
    }

    private static func duration(_ json: JSONValue) -> [String] {
        guard let milliseconds = json["duration_ms"]?.integer else { return [] }
        if milliseconds < 10_000 { return ["\(milliseconds) ms"] }
        return ["\(milliseconds / 1000).\(milliseconds / 100 % 10) s"]
    }

    private static func failure(_ json: JSONValue?) -> [String] {
        guard let json else { return [] }
        return [[json["code"]?.string, json["message"]?.string].compactMap { $0 }.joined(separator: ": ")]
    }
}

extension [String]? {
    fileprivate var orEmpty: [String] { self ?? [] }
}
