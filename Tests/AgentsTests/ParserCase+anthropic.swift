import Events

@testable import Agents

extension ParserCase {
    private static func event(_ name: String, _ members: String = "") -> String {
        "event: \(name)\ndata: {\"type\":\"\(name)\"\(members.isEmpty ? "" : ",")\(members)}\n\n"
    }

    private static func text(_ json: String) -> String {
        event("content_block_delta", "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\(json)}")
    }

    private static let start = event(
        "message_start",
        "\"message\":{\"id\":\"m\",\"role\":\"assistant\",\"content\":[],\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}"
    )
    private static let open = event(
        "content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}")
    private static let close = event("content_block_stop", "\"index\":0")
    private static let ended = event(
        "message_delta",
        "\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":12}")
    private static let stop = event("message_stop")
    private static let tokens = Usage(inputTokens: 9, outputTokens: 12)

    static let anthropic: [ParserCase] = [
        .init(
            "a whole answer with cumulative usage", .anthropic,
            start + open + event("ping") + text("\"你\"") + text("\"好\"") + close + ended + stop,
            Reading(["你", "好"], usage: tokens, finish: "end_turn")),
        .init(
            "lines end with CRLF", .anthropic,
            (start + open + text("\"a\"") + close + ended + stop).replacing("\n", with: "\r\n"),
            Reading(["a"], usage: tokens, finish: "end_turn")),
        .init(
            "thinking is kept apart; signatures, tool input and citations are no text", .anthropic,
            start
                + event(
                    "content_block_start", "\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\"}")
                + event(
                    "content_block_delta", "\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}")
                + event(
                    "content_block_delta", "\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"c2ln\"}"
                )
                + close
                + event("content_block_start", "\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\"}")
                + event(
                    "content_block_delta", "\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"\"}"
                )
                + event("content_block_delta", "\"index\":2,\"delta\":{\"type\":\"citations_delta\",\"citation\":{}}")
                + text("\"a\"") + ended + stop,
            Reading(["a"], reasoning: ["hm"], usage: tokens, finish: "end_turn")),
        .init(
            "new kinds of events and deltas are ignored", .anthropic,
            start + event("brand_new", "\"x\":1")
                + event("content_block_delta", "\"delta\":{\"type\":\"new_delta\",\"text\":\"X\"}")
                + text("\"a\"") + ended + stop,
            Reading(["a"], usage: tokens, finish: "end_turn")),
        .init(
            "a block that begins with text", .anthropic,
            start + event("content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"a\"}")
                + text("\"b\"")
                + ended + stop,
            Reading(["a", "b"], usage: tokens, finish: "end_turn")),
        .init(
            "a surrogate pair in two deltas is joined", .anthropic,
            start + open + text("\"\\ud83e\"") + text("\"\\udda6\"") + close + ended + stop,
            Reading(["🦦"], usage: tokens, finish: "end_turn")),
        .init(
            "a refusal", .anthropic,
            start + event("message_delta", "\"delta\":{\"stop_reason\":\"refusal\"},\"usage\":{\"output_tokens\":1}")
                + stop,
            Reading(usage: Usage(inputTokens: 9, outputTokens: 1), finish: "refusal")),
        .init(
            "no blank line after message_stop", .anthropic,
            start + text("\"a\"") + ended + "event: message_stop\ndata: {\"type\":\"message_stop\"}",
            Reading(["a"], usage: tokens, finish: "end_turn")),
        .init(
            "a clean end without message_stop is an interruption", .anthropic,
            start + open + text("\"a\"") + close + ended,
            Reading(["a"], usage: tokens, error: .interrupted)),
        .init(
            "[DONE] is not how this format ends", .anthropic, start + text("\"a\"") + "data: [DONE]\n\n",
            Reading(["a"], usage: Usage(inputTokens: 9, outputTokens: 1), error: .malformed)),
        .init(
            "an overload after the 200", .anthropic,
            start + open + text("\"a\"")
                + event(
                    "error", "\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"},\"request_id\":\"r\""
                ),
            Reading(["a"], usage: Usage(inputTokens: 9, outputTokens: 1), error: .overloaded)),
        .init(
            "an error after the 200", .anthropic,
            start + event("error", "\"error\":{\"type\":\"api_error\",\"message\":\"Internal\"}"),
            Reading(usage: Usage(inputTokens: 9, outputTokens: 1), error: .upstream)),
        .init(
            "a second message behind the first", .anthropic,
            start + open + text("\"A\"") + start + text("\"B\"") + ended + stop,
            Reading(["A"], usage: Usage(inputTokens: 9, outputTokens: 1), error: .malformed)),
        .init(
            "what is not JSON", .anthropic, start + "data: nonsense\n\n",
            Reading(usage: Usage(inputTokens: 9, outputTokens: 1), error: .malformed)),
        .init(
            "a whole answer", .anthropicWhole,
            "{\"type\":\"message\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\"},{\"type\":\"text\",\"text\":\"你\"},"
                + "{\"type\":\"text\",\"text\":\"好\"}],\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":9,\"output_tokens\":12}}",
            Reading(["你", "好"], reasoning: ["hm"], usage: tokens, finish: "end_turn")),
        .init("a whole answer without its reason", .anthropicWhole, "{\"content\":[]}", Reading(error: .malformed)),
        .init(
            "an error under 200", .anthropicWhole,
            "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}",
            Reading(error: .overloaded)),
    ]
}
