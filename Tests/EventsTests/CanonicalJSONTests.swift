import Events
import Testing

@Suite("Canonical JSON") struct CanonicalJSONTests {
    private struct Shape: Codable, Equatable {
        var firstName: String
        var holdPl: Double?
        var durationMs: Int64
        var byNode: [String: JSONValue]
        var sha256: String
        var timeToFirstTokenMs: Int64?
    }

    @Test("Keys are sorted and snake_case; the keys of dictionaries stay as they are, at any depth")
    func keys() throws {
        let free: JSONValue = .object([
            "camelCase": .integer(1), "snake_case": .object(["innerCamel": .array([.object(["dEEP": .null])])]),
            "a.b": .bool(true), "": .string("/"),
        ])
        let shape = Shape(
            firstName: "x", holdPl: 0.5, durationMs: 3, byNode: ["analyzeRisk": free, "analyze_risk": .null],
            sha256: "ab", timeToFirstTokenMs: nil)
        let text = try CanonicalJSON.encode(shape)
        #expect(
            text
                == #"{"by_node":{"analyzeRisk":{"":"/","a.b":true,"camelCase":1,"snake_case":{"innerCamel":[{"dEEP":null}]}},"#
                + #""analyze_risk":null},"duration_ms":3,"first_name":"x","hold_pl":0.5,"sha256":"ab"}"#)
        #expect(try CanonicalJSON.decode(Shape.self, from: text) == shape)
    }

    @Test("A value is read back from its text, and its text is a fixed point")
    func values() throws {
        let texts = [
            "null", "true", "false", "0", "-1", "9223372036854775807", "-9223372036854775808", "0.1", "1e+22",
            "-2.5e-07",
            #""""#, #""é\"\\\n\u0000""#, "[]", "{}", "[1,[2,{}],null]", #"{"a":{"b":[{"C":1}]},"b":2}"#,
        ]
        for text in texts {
            let value = try JSONValue.parse(text)
            let canonical = try value.text
            #expect(try JSONValue.parse(canonical) == value)
            #expect(try JSONValue.parse(canonical).text == canonical)
        }
        for text in ["1.0", "1e2", "-0", "-0.0", "18446744073709551615", " { \"b\" : 1 , \"a\" : 2 } "] {
            let canonical = try JSONValue.parse(text).text
            #expect(try JSONValue.parse(canonical).text == canonical)
        }
    }

    @Test("Whole numbers stay whole and text is not taken for something else")
    func types() throws {
        #expect(try JSONValue.parse("1") == .integer(1))
        #expect(try JSONValue.parse("1.5") == .number(1.5))
        #expect(try JSONValue.parse("true") == .bool(true))
        #expect(try JSONValue.parse(#""1""#) == .string("1"))
        #expect(try JSONValue.parse(#""true""#) == .string("true"))
        #expect(try JSONValue.parse("1").double == 1)
        #expect(try JSONValue.parse(#"{"a":1}"#)["a"]?.integer == 1)
    }

    @Test("A number that JSON has no form for is refused")
    func notFinite() {
        for number in [Double.nan, .infinity, -.infinity] {
            #expect(throws: (any Error).self) { try CanonicalJSON.encode(JSONValue.number(number)) }
        }
    }

    @Test("What is no JSON is refused", arguments: ["", "{", "nul", "{\"a\":}", "[1", "'a'", "\u{1}"])
    func malformed(text: String) {
        #expect(throws: (any Error).self) { try JSONValue.parse(text) }
    }

    @Test("Every body kind is read back")
    func bodies() throws {
        let failure = Failure(code: "c", message: "m", hint: "h")
        try roundTrip(SessionOpened(chatbot: "x", metadata: .object(["camelCase": .integer(1)])))
        try roundTrip(
            MessageReceived(
                chatbot: "x",
                contents: [
                    ContentPart(contentType: "text", content: "a"),
                    ContentPart(contentType: "image", name: "n", mediaType: "image/png", sha256: "ab", size: 3),
                ], idempotencyKey: "k"))
        try roundTrip(RunStarted(workflow: "w", version: 2, chatbot: "x", agents: ["someNode": .object(["aB": .null])]))
        try roundTrip(RunEnded(durationMs: 5, reason: failure))
        try roundTrip(RunResumed(reused: ["a"], retried: ["b"], continued: ["c"], attempt: 2, agents: ["n": .null]))
        try roundTrip(RunPaused(node: "n", asks: "?"))
        try roundTrip(NodeStarted(node: "n", attempt: 1))
        try roundTrip(NodeCompleted(durationMs: 1))
        try roundTrip(NodeFailed(durationMs: 1, error: failure, willRetry: true))
        try roundTrip(NodeSkipped(node: "n", reason: failure))
        try roundTrip(
            MessageStarted(
                role: "assistant", agent: "a", model: "m", streaming: true, supersedes: Offset(3),
                streamCharsPerSecond: 28))
        try roundTrip(
            MessageCompleted(
                finishReason: "stop", usage: Usage(inputTokens: 1, outputTokens: 2), timeToFirstTokenMs: 3,
                characters: 4,
                sha256: "ab", repairs: 1))
        try roundTrip(MessageInterrupted(reason: failure, repairs: 1))
        try roundTrip(AnswerRejected(rule: "r", found: "f"))
    }

    /// Nothing is lost where the text of what was read equals the text it was read from.
    private func roundTrip<Body: Codable>(_ body: Body) throws {
        let text = try CanonicalJSON.encode(body)
        #expect(try CanonicalJSON.encode(CanonicalJSON.decode(Body.self, from: text)) == text)
        let count = Mirror(reflecting: body).children.count
        guard case .object(let members) = try JSONValue.parse(text) else { return #expect(Bool(false), "\(text)") }
        #expect(members.count == count, "\(text)")
        #expect(members.keys.allSatisfy { $0 == $0.lowercased() }, "\(text)")
    }
}
