import Events

@testable import Agents

extension ParserCase {
    private static func line(_ json: String) -> String {
        "{\"model\":\"m\",\"created_at\":\"2026-11-22T12:00:00Z\",\"message\":{\"role\":\"assistant\",\(json)},\"done\":false}\n"
    }

    private static func text(_ json: String) -> String { line("\"content\":\(json)") }

    private static func done(_ content: String = "", reason: String = "stop") -> String {
        "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\(content)\"},\"done\":true,\"done_reason\":\"\(reason)\","
            + "\"total_duration\":5589157167,\"prompt_eval_count\":26,\"eval_count\":9,\"eval_duration\":4709213000}\n"
    }

    private static let tokens = Usage(inputTokens: 26, outputTokens: 9)

    static let ollama: [ParserCase] = [
        .init(
            "an answer in lines", .ollama, text("\"你\"") + text("\"好\"") + done(),
            Reading(["你", "好"], usage: tokens, finish: "stop")),
        .init(
            "lines end with CRLF, and some are empty", .ollama,
            (text("\"a\"") + "\n  \n" + done()).replacing("\n", with: "\r\n"),
            Reading(["a"], usage: tokens, finish: "stop")),
        .init(
            "the last line carries text", .ollama, text("\"a\"") + done("b"),
            Reading(["a", "b"], usage: tokens, finish: "stop")),
        .init(
            "the last line has no line feed", .ollama, text("\"a\"") + String(done().dropLast()),
            Reading(["a"], usage: tokens, finish: "stop")),
        .init(
            "no reason is given", .ollama, "{\"message\":{\"content\":\"a\"},\"done\":true}",
            Reading(["a"], finish: "stop")),
        .init(
            "the limit of tokens", .ollama, text("\"a\"") + done(reason: "length"),
            Reading(["a"], usage: tokens, finish: "length")),
        .init(
            "thinking is kept apart", .ollama, line("\"content\":\"\",\"thinking\":\"hm\"") + text("\"a\"") + done(),
            Reading(["a"], reasoning: ["hm"], usage: tokens, finish: "stop")),
        .init(
            "Go's escapes of < > &", .ollama, text("\"\\u003cb\\u003e \\u0026\"") + done(),
            Reading(["<b> &"], usage: tokens, finish: "stop")),
        .init(
            "tool calls are no text", .ollama,
            line("\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{\"a\":1}}}]") + done(),
            Reading(usage: tokens, finish: "stop")),
        .init(
            "a surrogate pair in two lines is joined", .ollama, text("\"\\ud83e\"") + text("\"\\udda6\"") + done(),
            Reading(["🦦"], usage: tokens, finish: "stop")),
        .init(
            "/api/generate calls the text response", .ollama,
            "{\"response\":\"a\",\"done\":false}\n{\"response\":\"\",\"done\":true,\"done_reason\":\"stop\"}\n",
            Reading(["a"], finish: "stop")),
        .init(
            "an error in a line under 200", .ollama,
            text("\"a\"") + "{\"error\":\"model runner has unexpectedly stopped\"}\n",
            Reading(["a"], error: .upstream)),
        .init(
            "a clean end without done is an interruption", .ollama, text("\"a\""), Reading(["a"], error: .interrupted)),
        .init(
            "an end inside a line is an interruption", .ollama, text("\"a\"") + "{\"mess",
            Reading(["a"], error: .interrupted)),
        .init("what is not JSON", .ollama, text("\"a\"") + "<html>\n", Reading(["a"], error: .malformed)),
    ]
}
