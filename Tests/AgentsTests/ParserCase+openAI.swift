import Events

@testable import Agents

extension ParserCase {
    private static func delta(_ json: String, finish: String = "null") -> String {
        "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":\(json),"
            + "\"logprobs\":null,\"finish_reason\":\(finish)}]}\n\n"
    }

    private static func content(_ json: String) -> String { delta("{\"content\":\(json)}") }

    private static let role = delta("{\"role\":\"assistant\",\"content\":\"\"}")
    private static let stop = delta("{}", finish: "\"stop\"")
    private static let usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":3}}\n\n"
    private static let done = "data: [DONE]\n\n"
    private static let tokens = Usage(inputTokens: 5, outputTokens: 3)

    static let openAI: [ParserCase] = ordinary + unicode + differences + endings + errors + whole

    private static let ordinary: [ParserCase] = [
        .init(
            "a whole answer with its usage last", .openAI,
            role + content("\"你\"") + content("\"好\"") + stop + usage + done,
            Reading(["你", "好"], usage: tokens, finish: "stop")),
        .init(
            "lines end with CRLF", .openAI,
            (role + content("\"a\"") + stop + done).replacing("\n", with: "\r\n"), Reading(["a"], finish: "stop")),
        .init(
            "a BOM comes first", .openAI, "\u{FEFF}" + content("\"a\"") + stop + done, Reading(["a"], finish: "stop")),
        .init(
            "an empty answer", .openAI, role + stop + done, Reading(finish: "stop")),
        .init(
            "the finish reason shares a chunk with content", .openAI,
            content("\"a\"") + delta("{\"content\":\"b\"}", finish: "\"length\"") + done,
            Reading(["a", "b"], finish: "length")),
        .init(
            "a filter ends it, and no usage ever comes", .openAI,
            content("\"a\"") + delta("{}", finish: "\"content_filter\"") + done,
            Reading(["a"], finish: "content_filter")),
        .init(
            "the finish reason comes twice", .openAI, content("\"a\"") + stop + stop + done,
            Reading(["a"], finish: "stop")),
        .init(
            "whitespace inside the JSON", .openAI,
            "data: { \"choices\" : [ { \"delta\" : { \"content\" : \"a\" } , \"finish_reason\" : \"stop\" } ] }\n\n"
                + done,
            Reading(["a"], finish: "stop")),
    ]

    private static let unicode: [ParserCase] = [
        .init(
            "emoji with joiners, flags, tones and marks in several deltas", .openAI,
            ["👩", "\u{200D}", "🚀", "🇫", "🇷", "👍", "🏽", "e", "\u{301}"].map { content("\"\($0)\"") }.joined() + stop
                + done,
            Reading(["👩", "\u{200D}", "🚀", "🇫", "🇷", "👍", "🏽", "e", "\u{301}"], finish: "stop")),
        .init(
            "Arabic, Devanagari, Thai", .openAI,
            content("\"مرحبا نमस्ते\"") + content("\"สวัสดี\"") + stop + done,
            Reading(["مرحبا نमस्ते", "สวัสดี"], finish: "stop")),
        .init(
            "a surrogate pair escaped in one delta", .openAI, content("\"a\\ud83e\\udda6b\"") + stop + done,
            Reading(["a🦦b"], finish: "stop")),
        .init(
            "a surrogate pair in two deltas is joined", .openAI,
            content("\"a\\ud83e\"") + content("\"\\udda6b\"") + stop + done, Reading(["a", "🦦b"], finish: "stop")),
        .init(
            "a surrogate pair around an empty delta is joined", .openAI,
            content("\"\\uD83E\"") + content("\"\"") + content("\"\\uDDA6\"") + stop + done,
            Reading(["🦦"], finish: "stop")),
        .init(
            "a high surrogate alone is replaced", .openAI, content("\"a\\ud83e\"") + content("\"b\"") + stop + done,
            Reading(["a", "\u{FFFD}b"], finish: "stop", repairs: 1)),
        .init(
            "a high surrogate at the end is replaced", .openAI, content("\"a\\ud83e\"") + stop + done,
            Reading(["a", "\u{FFFD}"], finish: "stop", repairs: 1)),
        .init(
            "a low surrogate alone is replaced", .openAI, content("\"a\\udda6b\"") + stop + done,
            Reading(["a\u{FFFD}b"], finish: "stop", repairs: 1)),
        .init(
            "every escape", .openAI,
            content("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u4F60\\u0000\"") + stop + done,
            Reading(["\"\\/\u{8}\u{C}\n\r\tAé你\0"], finish: "stop")),
        .init(
            "bytes that are not UTF-8 are replaced", .openAI,
            bytes: Array("data: {\"choices\":[{\"delta\":{\"content\":\"a".utf8) + [0xFF]
                + Array("b\"},\"finish_reason\":\"stop\"}]}\n\n\(done)".utf8),
            Reading(["a\u{FFFD}b"], finish: "stop", repairs: 1)),
        .init(
            "a code point cut between two deltas is joined", .openAI,
            bytes: Array("data: {\"choices\":[{\"delta\":{\"content\":\"a".utf8) + [0xF0, 0x9F]
                + Array("\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"".utf8) + [0xA6, 0xA6]
                + Array("\"},\"finish_reason\":\"stop\"}]}\n\n\(done)".utf8),
            Reading(["a", "🦦"], finish: "stop")),
        .init(
            "U+2028 in the text", .openAI, content("\"a\u{2028}b\"") + stop + done,
            Reading(["a\u{2028}b"], finish: "stop")),
    ]

    private static let differences: [ParserCase] = [
        .init(
            "content is null, empty or absent", .openAI,
            delta("{\"role\":\"assistant\",\"content\":null}") + content("\"\"") + delta("{}") + content("\"a\"") + stop
                + done,
            Reading(["a"], finish: "stop")),
        .init(
            "Azure begins without choices and without an id", .openAI,
            "data: {\"choices\":[],\"created\":0,\"id\":\"\",\"prompt_filter_results\":[{\"prompt_index\":0}]}\n\n"
                + role + content("\"a\"") + stop + done,
            Reading(["a"], finish: "stop")),
        .init(
            "the role never comes", .openAI, content("\"a\"") + stop + done, Reading(["a"], finish: "stop")),
        .init(
            "the role is in every chunk", .openAI,
            delta("{\"role\":\"assistant\",\"content\":\"a\"}") + delta("{\"role\":\"assistant\",\"content\":\"b\"}")
                + delta("{\"role\":\"assistant\",\"content\":\"\"}", finish: "\"stop\"") + done,
            Reading(["a", "b"], finish: "stop")),
        .init(
            "the finish reason is an empty string until the end", .openAI,
            delta("{\"content\":\"a\"}", finish: "\"\"") + stop + done, Reading(["a"], finish: "stop")),
        .init(
            "usage is null in every chunk", .openAI,
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}],"
                + "\"usage\":null}\n\n"
                + done,
            Reading(["a"], finish: "stop")),
        .init(
            "usage is in the finish chunk", .openAI,
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}],"
                + "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":3}}\n\n" + done,
            Reading(["a"], usage: tokens, finish: "stop")),
        .init(
            "usage is cumulative in every chunk", .openAI,
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],"
                + "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1}}\n\n"
                + "data: {\"choices\":[{\"delta\":{\"content\":\"b\"}}],"
                + "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":3}}\n\n"
                + stop + done,
            Reading(["a", "b"], usage: tokens, finish: "stop")),
        .init(
            "reasoning_content is kept apart", .openAI,
            delta("{\"role\":\"assistant\",\"content\":null,\"reasoning_content\":\"hm\"}")
                + delta("{\"reasoning_content\":\"!\"}") + content("\"a\"") + stop + done,
            Reading(["a"], reasoning: ["hm", "!"], finish: "stop")),
        .init(
            "reasoning is kept apart, and not doubled where it has both names", .openAI,
            delta("{\"reasoning\":\"hm\"}") + delta("{\"reasoning\":\"!\",\"reasoning_content\":\"!\"}")
                + content("\"a\"")
                + stop + done,
            Reading(["a"], reasoning: ["hm", "!"], finish: "stop")),
        .init(
            "content is a list of parts", .openAI,
            content(
                "[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"hm\"}]},"
                    + "{\"type\":\"text\",\"text\":\"a\"}]"
            )
                + stop + done,
            Reading(["a"], reasoning: ["hm"], finish: "stop")),
        .init(
            "fragments of tool calls are no text", .openAI,
            delta(
                "{\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"type\":\"function\","
                    + "\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}"
            )
                + delta("{\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\"{\\\"a\\\"\"}}]}")
                + delta("{}", finish: "\"tool_calls\"") + done,
            Reading(finish: "tool_calls")),
        .init(
            "a refusal is the answer", .openAI, delta("{\"refusal\":\"no\"}") + stop + done,
            Reading(["no"], finish: "stop")),
        .init(
            "a second choice is ignored", .openAI,
            content("\"a\"")
                + "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"X\"},\"finish_reason\":null}]}\n\n"
                + stop + done,
            Reading(["a"], finish: "stop")),
        .init(
            "keep-alive comments between and inside events", .openAI,
            ": OPENROUTER PROCESSING\n\n:\n\n" + content("\"a\"") + ": keep-alive\n\n"
                + content("\"b\"").replacing("\n\n", with: "\n: hb\n\n") + stop + done,
            Reading(["a", "b"], finish: "stop")),
        .init(
            "Python's NaN among the numbers", .openAI,
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"logprobs\":[NaN,-Infinity,1.5e-3],"
                + "\"finish_reason\":\"stop\"}]}\n\n"
                + done,
            Reading(["a"], finish: "stop")),
    ]

    private static let endings: [ParserCase] = [
        .init(
            "no space before [DONE]", .openAI, content("\"a\"") + stop + "data:[DONE]\n\n",
            Reading(["a"], finish: "stop")),
        .init(
            "no blank line after [DONE]", .openAI, content("\"a\"") + stop + "data: [DONE]",
            Reading(["a"], finish: "stop")),
        .init(
            "bytes after [DONE] are not looked at", .openAI,
            content("\"a\"") + stop + done + content("\"b\"") + "junk\n\n",
            Reading(["a"], finish: "stop")),
        .init(
            "a clean end without [DONE] is an interruption", .openAI, role + content("\"a\"") + stop,
            Reading(["a"], error: .interrupted)),
        .init(
            "a clean end without a finish reason is an interruption", .openAI,
            role + content("\"a\"") + content("\"b\""),
            Reading(["a", "b"], error: .interrupted)),
        .init(
            "[DONE] without a finish reason is an interruption", .openAI, role + content("\"a\"") + done,
            Reading(["a"], error: .interrupted)),
        .init("a clean end without a byte is an interruption", .openAI, "", Reading(error: .interrupted)),
        .init(
            "an end inside an event is an interruption", .openAI, content("\"a\"") + "data: {\"choices\":[{\"de",
            Reading(["a"], error: .interrupted)),
        .init(
            "an end with half a character keeps what came", .openAI, content("\"a\\ud83e\""),
            Reading(["a", "\u{FFFD}"], error: .interrupted, repairs: 1)),
    ]

    private static let errors: [ParserCase] = [
        .init(
            "an error object in the stream", .openAI,
            content("\"a\"") + "data: {\"error\":{\"message\":\"boom\",\"type\":\"server_error\",\"code\":null}}\n\n"
                + done,
            Reading(["a"], error: .upstream)),
        .init(
            "an error event", .openAI, content("\"a\"") + "event: error\ndata: {\"message\":\"boom\"}\n\n",
            Reading(["a"], error: .upstream)),
        .init(
            "OpenRouter's error with a finish reason", .openAI,
            content("\"a\"")
                + "data: {\"error\":{\"code\":502,\"message\":\"gone\"},"
                + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}\n\n" + done,
            Reading(["a"], error: .upstream)),
        .init("an error that is a text", .openAI, "data: {\"error\":\"boom\"}\n\n", Reading(error: .upstream)),
        .init(
            "an overload in the stream", .openAI, "data: {\"error\":{\"message\":\"slow down\",\"code\":429}}\n\n",
            Reading(error: .overloaded)),
        .init(
            "a finish reason that says error", .openAI, content("\"a\"") + delta("{}", finish: "\"error\"") + done,
            Reading(["a"], error: .upstream)),
        .init(
            "a second answer behind the first", .openAI,
            role + content("\"A\"") + content("\"A\"") + role + content("\"B\"") + stop + done,
            Reading(["A", "A"], error: .malformed)),
        .init("what is not JSON", .openAI, content("\"a\"") + "data: <html>\n\n", Reading(["a"], error: .malformed)),
        .init(
            "JSON that is cut", .openAI, content("\"a\"") + "data: {\"choices\":[\n\n",
            Reading(["a"], error: .malformed)),
        .init(
            "JSON nested without end", .openAI, "data: " + String(repeating: "[", count: 200) + "\n\n",
            Reading(error: .malformed)),
    ]

    private static let whole: [ParserCase] = [
        .init(
            "a whole answer", .openAIWhole,
            "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"你好🦦\","
                + "\"reasoning_content\":\"hm\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":3}}",
            Reading(["你好🦦"], reasoning: ["hm"], usage: tokens, finish: "stop")),
        .init("a whole answer that is cut", .openAIWhole, "{\"choices\":[{\"mess", Reading(error: .malformed)),
        .init("a whole answer without choices", .openAIWhole, "{}", Reading(error: .malformed)),
        .init(
            "an error under 200", .openAIWhole, "{\"error\":{\"message\":\"boom\"}}", Reading(error: .upstream)),
    ]
}
