import Agents
import BenchmarkReference
import Events
import Foundation

extension AgentsCommand {
    /// Each format's parser beside a split of the same bytes into lines, which any reader has to do at the least.
    func measureParsers(_ report: inout Report) throws {
        for (name, model, line, end) in Self.formats {
            let answer = Array((String(repeating: line, count: 8_000_000 / line.utf8.count) + end).utf8)
            let megabytes = Double(answer.count) / 1e6
            let expected = 8_000_000 / line.utf8.count
            var best = Double.infinity
            var bare = Double.infinity
            for _ in 0..<5 {
                var start = ProcessFigures.clock(CLOCK_PROCESS_CPUTIME_ID)
                let deltas = try AnswerReading.deltas(of: answer, from: model, pieces: 16_384)
                best = min(best, ProcessFigures.clock(CLOCK_PROCESS_CPUTIME_ID) - start)
                let texts = deltas.count { if case .text = $0 { true } else { false } }
                precondition(texts == expected, "\(name): \(texts) deltas of \(expected)")
                start = ProcessFigures.clock(CLOCK_PROCESS_CPUTIME_ID)
                precondition(reference_split_lines(answer, answer.count) >= expected)
                bare = min(bare, ProcessFigures.clock(CLOCK_PROCESS_CPUTIME_ID) - start)
            }
            report.add(
                Figure("parser, \(name): beside memchr", megabytes / best, "MB/s", reference: megabytes / bare))
            report.add(Figure("parser, \(name): one token", best / Double(expected) * 1e6, "µs"))
        }
    }

    private static func model(_ provider: Provider, responses: Bool = false) -> ModelConfiguration {
        ModelConfiguration(
            name: "m", provider: provider, modelName: "m", parameters: responses ? ["api": .string("responses")] : [:])
    }

    /// A token and the end, as each provider writes them.
    private static let formats: [(name: String, model: ModelConfiguration, line: String, end: String)] = [
        (
            "chat completions", model(.openAICompatible),
            """
            data: {"id":"chatcmpl-123","object":"chat.completion.chunk","created":1763812800,"model":"gpt-x",\
            "system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":" 你好a"},"logprobs":null,\
            "finish_reason":null}]}\n\n
            """,
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
        ),
        (
            "responses", model(.openAICompatible, responses: true),
            """
            event: response.output_text.delta\ndata: {"type":"response.output_text.delta","sequence_number":7,\
            "item_id":"msg_123","output_index":0,"content_index":0,"delta":" 你好a","logprobs":[]}\n\n
            """,
            "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}\n\n"
        ),
        (
            "anthropic", model(.anthropic),
            """
            event: content_block_delta\ndata: {"type":"content_block_delta","index":0,\
            "delta":{"type":"text_delta","text":" 你好a"}}\n\n
            """,
            "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
        ),
        (
            "ollama", model(.ollama),
            """
            {"model":"qwen","created_at":"2026-11-22T12:00:00.123456789Z",\
            "message":{"role":"assistant","content":" 你好a"},"done":false}\n
            """,
            "{\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n"
        ),
    ]
}
