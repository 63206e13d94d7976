import Events

@testable import Agents

extension ParserCase {
    private static func event(_ name: String, _ members: String, _ number: Int) -> String {
        "event: \(name)\ndata: {\"type\":\"\(name)\",\(members),\"sequence_number\":\(number)}\n\n"
    }

    private static func text(_ json: String, _ number: Int) -> String {
        event("response.output_text.delta", "\"delta\":\(json)", number)
    }

    private static let created = event("response.created", "\"response\":{\"id\":\"r\"}", 0)
    private static let completed = event(
        "response.completed",
        "\"response\":{\"status\":\"completed\",\"usage\":{\"input_tokens\":5,\"output_tokens\":3}}", 9)
    private static let tokens = Usage(inputTokens: 5, outputTokens: 3)

    static let responses: [ParserCase] = [
        .init(
            "a whole answer", .responses,
            created + event("response.in_progress", "\"response\":{\"id\":\"r\"}", 1) + text("\"你\"", 2)
                + text("\"好\"", 3)
                + completed, Reading(["你", "好"], usage: tokens, finish: "stop")),
        .init(
            "reasoning is kept apart, a refusal is text, new events are ignored", .responses,
            created + event("response.reasoning_summary_text.delta", "\"delta\":\"hm\"", 1)
                + event("response.brand_new", "\"delta\":\"X\"", 2)
                + event("response.function_call_arguments.delta", "\"delta\":\"{\"", 3)
                + event("response.refusal.delta", "\"delta\":\"no\"", 4) + completed,
            Reading(["no"], reasoning: ["hm"], usage: tokens, finish: "stop")),
        .init(
            "an answer that reached its limit", .responses,
            text("\"a\"", 1)
                + event(
                    "response.incomplete",
                    "\"response\":{\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"max_output_tokens\"}}",
                    2),
            Reading(["a"], finish: "max_output_tokens")),
        .init(
            "an answer that failed", .responses,
            text("\"a\"", 1)
                + event(
                    "response.failed",
                    "\"response\":{\"status\":\"failed\",\"error\":{\"code\":\"server_error\",\"message\":\"boom\"}}", 2
                ),
            Reading(["a"], error: .upstream)),
        .init(
            "an error event", .responses,
            created + event("error", "\"code\":\"rate_limit_exceeded\",\"message\":\"slow down\"", 1),
            Reading(error: .overloaded)),
        .init(
            "a second answer behind the first", .responses,
            created + text("\"A\"", 1) + event("response.created", "\"response\":{\"id\":\"other\"}", 0)
                + text("\"B\"", 1),
            Reading(["A"], error: .malformed)),
        .init(
            "a clean end without response.completed is an interruption", .responses, created + text("\"a\"", 1),
            Reading(["a"], error: .interrupted)),
    ]
}
