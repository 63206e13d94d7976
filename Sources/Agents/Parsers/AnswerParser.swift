internal import Events

/// Reads the bytes of one answer: a state machine without `await`, fed any pieces, that gives deltas.
protocol AnswerParser: Sendable {
    /// Takes the next bytes and appends the deltas that they complete.
    ///
    /// - Throws: `AgentError`; deltas completed before the bad bytes are already in `deltas`.
    mutating func feed(_ bytes: ArraySlice<UInt8>, into deltas: inout [AgentDelta]) throws(AgentError)

    /// The bytes have ended cleanly.
    ///
    /// - Throws: `AgentError` with code `upstream_interrupted` where the answer had not ended before.
    mutating func end(into deltas: inout [AgentDelta]) throws(AgentError)

    /// What was read so far.
    var answer: AnswerState { get }
}

/// What every format's answer has: joined text, limits, usage, one end.
struct AnswerState: Sendable {
    /// True after `.finished`; whatever comes then is not looked at.
    private(set) var isFinished = false
    /// Events of the model, with or without text in them; keep-alives are none.
    private(set) var progress = 0
    /// The upstream's name for the answer, where it gives one.
    var id: String?
    /// The last sequence number, where the upstream counts its events.
    var sequence: Int?
    /// Bytes read up to the last place where another parser could go on; nil where there is none after what was read.
    var boundary: Int?

    private var text = TextJoiner()
    private var reasoning = TextJoiner()
    private var textBytes = 0
    private var reasoningBytes = 0
    private var usage = Usage()

    /// How often something that is not Unicode was replaced.
    var repairs: Int { text.repairs + reasoning.repairs }

    /// True where half a character is held back, so that the text is not at a place to go on from.
    var holdsHalf: Bool { text.holdsHalf || reasoning.holdsHalf }

    /// Notes an event of the model.
    mutating func progressed() { progress += 1 }

    mutating func takeText(_ bytes: [UInt8]?, into deltas: inout [AgentDelta]) throws(AgentError) {
        guard let bytes, !bytes.isEmpty else { return }
        try Self.count(bytes, &textBytes, "answer")
        give(text: { $0.take(bytes) }, into: &deltas)
    }

    mutating func takeReasoning(_ bytes: [UInt8]?, into deltas: inout [AgentDelta]) throws(AgentError) {
        guard let bytes, !bytes.isEmpty else { return }
        try Self.count(bytes, &reasoningBytes, "reasoning")
        let piece = reasoning.take(bytes)
        if !piece.isEmpty { deltas.append(.reasoning(piece)) }
    }

    /// Takes what was reported; a report may come whole, in parts, again or never.
    mutating func takeUsage(input: Int?, output: Int?, into deltas: inout [AgentDelta]) {
        let merged = Usage(inputTokens: input ?? usage.inputTokens, outputTokens: output ?? usage.outputTokens)
        guard merged != usage else { return }
        usage = merged
        deltas.append(.usage(merged))
    }

    /// Halves of characters that nothing completed are given, as U+FFFD.
    mutating func flush(into deltas: inout [AgentDelta]) {
        let lateReasoning = reasoning.end()
        if !lateReasoning.isEmpty { deltas.append(.reasoning(lateReasoning)) }
        give(text: { $0.end() }, into: &deltas)
    }

    private mutating func give(text take: (inout TextJoiner) -> String, into deltas: inout [AgentDelta]) {
        let before = text.repairs
        let piece = take(&text)
        if !piece.isEmpty { deltas.append(.text(piece)) }
        if text.repairs > before { deltas.append(.repaired) }
    }

    mutating func finish(reason: String, into deltas: inout [AgentDelta]) {
        flush(into: &deltas)
        deltas.append(.finished(reason: reason))
        isFinished = true
    }

    private static func count(_ bytes: [UInt8], _ total: inout Int, _ what: String) throws(AgentError) {
        total += bytes.count
        guard total <= AgentLimits.maximumAnswerBytes else {
            throw AgentError(
                code: .limit, message: "the model's \(what) is longer than \(AgentLimits.maximumAnswerBytes) bytes",
                hint: "set max_tokens in llm_model_configs")
        }
    }
}
