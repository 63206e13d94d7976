// Ollama's /api/chat: one JSON object a line,
//
//   {"model":…,"message":{"role":"assistant","content":"你好"[,"thinking":"…"]},"done":false}
//   {"model":…,"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":26,"eval_count":9}
//
// The last may carry text. An error is a line {"error":"…"} under HTTP 200. /api/generate calls the text `response`.

/// Reads an answer of Ollama, streamed or whole: a whole one is a stream of one line.
struct OllamaParser: AnswerParser {
    private(set) var answer = AnswerState()

    private var decoder: LineDecoder

    init(isStreaming: Bool = true) {
        decoder = LineDecoder(
            maximumBytes: isStreaming ? AgentLimits.maximumLineBytes : AgentLimits.maximumBodyBytes)
    }

    mutating func feed(_ bytes: ArraySlice<UInt8>, into deltas: inout [AgentDelta]) throws(AgentError) {
        guard !answer.isFinished else { return }
        var lines: [[UInt8]] = []
        var failure: AgentError?
        do throws(AgentError) {
            try decoder.feed(bytes) { lines.append($0) }
        } catch {
            failure = error
        }
        for line in lines where !answer.isFinished { try take(line, into: &deltas) }
        if let failure, !answer.isFinished { throw failure }
    }

    mutating func end(into deltas: inout [AgentDelta]) throws(AgentError) {
        guard !answer.isFinished else { return }
        var last: [UInt8] = []
        try decoder.end { last = $0 }
        // A cut line is told by its JSON.
        if !last.isEmpty, JSONView(last) != nil { try take(last, into: &deltas) }
        guard !answer.isFinished else { return }
        answer.flush(into: &deltas)
        throw AgentError(
            code: .interrupted, message: "the model's stream ended without \"done\":true", isRetryable: true)
    }

    private mutating func take(_ line: [UInt8], into deltas: inout [AgentDelta]) throws(AgentError) {
        if line.allSatisfy(JSONTape.isSpace) { return }
        guard let object = JSONView(line), object.isObject else { throw Malformed.chunk(line) }
        answer.progressed()
        if let error = UpstreamFailure.of(object) { throw error }
        try answer.takeReasoning((object["message"]?["thinking"] ?? object["thinking"])?.stringBytes, into: &deltas)
        try answer.takeText((object["message"]?["content"] ?? object["response"])?.stringBytes, into: &deltas)
        answer.takeUsage(
            input: object["prompt_eval_count"]?.integer, output: object["eval_count"]?.integer, into: &deltas)
        if object["done"]?.isTrue ?? false {
            answer.finish(reason: object["done_reason"]?.string ?? "stop", into: &deltas)
        }
    }
}
