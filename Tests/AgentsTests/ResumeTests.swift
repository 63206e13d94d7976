import Events
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Agents

/// Taking up again, after a crash of our own, an answer that the upstream goes on with.
@Suite struct ResumeTests {
    private static let words = ["你", "好", "，a\u{301}", "👩‍🚀", " 12.5%", "🇫🇷", "。"]

    /// The events of a whole answer as llama-server streams them.
    private static let llama = words.map(Wire.openAI) + [Wire.openAIEnd]

    /// The events of a whole answer of OpenAI's responses.
    private static let responses: [String] = {
        let deltas = words.enumerated().map { index, word in
            "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\","
                + "\"delta\":\"\(word)\",\"sequence_number\":\(index + 1)}\n\n"
        }
        let created =
            "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\"},"
            + "\"sequence_number\":0}\n\n"
        let completed =
            "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\","
            + "\"usage\":{\"input_tokens\":5,\"output_tokens\":7}},\"sequence_number\":8}\n\n"
        return [created] + deltas + [completed]
    }()

    @Test("llama-server: the rest of an answer cut after any token is taken up without a token lost or repeated")
    func llamaServer() async throws {
        for cut in 1..<Self.words.count {
            let upstream = try FakeUpstream { request in
                switch request.method {
                case "POST": [.head("text/event-stream")] + Self.llama[..<cut].map { .chunk($0) } + [.silence]
                default: [.head("text/event-stream"), .chunk(Self.replay(Self.llama, request)), .end]
                }
            }
            let agent = try agent(resumable(upstream))
            let crash = try await crash(agent, after: cut)
            let point = try #require(crash.points.last)
            #expect(point.kind == "llama_server")
            let heard = await Heard.all(of: agent.resumeStream(point, after: crash.text, .test))
            #expect(heard.failure == nil)
            #expect((crash.text + heard.text).utf8.elementsEqual(Self.words.joined().utf8))
            #expect(heard.reading.text.count == Self.words.count - cut)
            #expect(heard.reading.finish == "stop")
            let requests = upstream.requests
            #expect(requests.first?.headers["x-conversation-id"] == "s/2/character_advisor/1")
            #expect(requests.last?.target == "/v1/stream?conv_id=s%2F2%2Fcharacter_advisor%2F1&from=\(point.position)")
            #expect(!requests.contains { $0.method == "DELETE" })
        }
    }

    @Test("OpenAI's responses: the rest is taken up by sequence number")
    func openAIResponses() async throws {
        for cut in 1..<Self.words.count {
            let upstream = try FakeUpstream { request in
                switch request.method {
                case "POST": [.head("text/event-stream")] + Self.responses[...cut].map { .chunk($0) } + [.silence]
                default:
                    [.head("text/event-stream"), .chunk(Self.responses[1...].joined()), .end]
                }
            }
            let agent = try agent(resumable(upstream, responses: true))
            let crash = try await crash(agent, after: cut)
            let point = try #require(crash.points.last)
            #expect(point == ResumePoint(kind: "openai_responses", id: "resp_1", position: 0, textBytes: 0))
            let heard = await Heard.all(of: agent.resumeStream(point, after: crash.text, .test))
            #expect((crash.text + heard.text).utf8.elementsEqual(Self.words.joined().utf8))
            #expect(heard.reading.usage == Usage(inputTokens: 5, outputTokens: 7))
            #expect(heard.reading.finish == "stop")
            let body = String(decoding: try #require(upstream.requests.first).body, as: UTF8.self)
            #expect(body.contains("\"background\":true") && body.contains("\"store\":true"))
            #expect(upstream.requests.last?.target == "/v1/responses/resp_1?stream=true&starting_after=0")
        }
    }

    @Test("OpenAI's responses: where the stream is not to be had any more, the answer is polled until it is whole")
    func polled() async throws {
        let whole =
            "{\"id\":\"resp_1\",\"status\":\"completed\",\"output\":[{\"type\":\"reasoning\"},{\"type\":\"message\","
            + "\"content\":[{\"type\":\"output_text\",\"text\":\"\(Self.words.joined())\"}]}]}"
        let upstream = try FakeUpstream { request in
            if request.target.contains("stream=true") {
                return [.answer("{\"error\":{\"message\":\"expired\"}}", status: "400 Bad Request")]
            }
            return [.answer(request.number < 3 ? "{\"status\":\"in_progress\",\"output\":[]}" : whole)]
        }
        let agent = try agent(resumable(upstream, responses: true))
        let point = ResumePoint(kind: "openai_responses", id: "resp_1", position: 2, textBytes: 3)
        let heard = await Heard.all(of: agent.resumeStream(point, after: "你好", .test))
        #expect(heard.failure == nil)
        #expect(("你好" + heard.text).utf8.elementsEqual(Self.words.joined().utf8))
        #expect(upstream.requests.map(\.target).suffix(2) == ["/v1/responses/resp_1", "/v1/responses/resp_1"])
    }

    @Test("Resume points come while a long answer streams, and each is a place to go on from")
    func points() async throws {
        let long = (0..<400).map { String(repeating: "\($0 % 10)", count: 60) }
        let events = long.map(Wire.openAI) + [Wire.openAIEnd]
        let gates = (0..<300).map { _ in Gate() }
        let upstream = try FakeUpstream { request in
            guard request.method == "POST" else {
                return [.head("text/event-stream"), .chunk(Self.replay(events, request)), .end]
            }
            // Each token is sent when the one before was read, so that the network has no choice of batches.
            return [.head("text/event-stream")]
                + events[..<300].enumerated().flatMap { number, event in
                    [.chunk(event), .wait(gates[number])]
                } + [.silence]
        }
        let agent = try agent(resumable(upstream))
        let crash = try await crash(agent, after: 300) { gates[$0 - 1].open() }
        // The first token at which 4 KiB have come since the last point: every 69th of 60 bytes.
        let places = [0, 69, 138, 207, 276]
        #expect(crash.points.map(\.textBytes) == places.map { $0 * 60 })
        #expect(crash.points.map(\.position) == places.map { Int64(events[..<$0].joined().utf8.count) })
        for point in crash.points {
            let heard = await Heard.all(of: agent.resumeStream(point, after: crash.text, .test))
            #expect(crash.text + heard.text == long.joined())
        }
    }

    @Test(
        "An answer that the upstream has lost, dropped or changed is never continued",
        arguments: [
            FakeUpstream.Step.answer("{\"error\":\"unknown\"}", status: "404 Not Found"),
            .answer("{\"error\":\"dropped\"}", status: "400 Bad Request"),
            .reset,
        ])
    func lost(_ step: FakeUpstream.Step) async throws {
        let upstream = try FakeUpstream([step])
        let agent = try agent(resumable(upstream))
        let point = ResumePoint(kind: "llama_server", id: "s/2/n/1", position: 0, textBytes: 0)
        let heard = await Heard.all(of: agent.resumeStream(point, after: "你好", .test))
        #expect(heard.error?.code == .lost)
        #expect(heard.text.isEmpty)
    }

    @Test("A replay that differs from what was recorded is refused before anything of it is given")
    func changed() async throws {
        let upstream = try FakeUpstream([
            .head("text/event-stream"), .chunk(Wire.openAI("你") + Wire.openAI("们") + Wire.openAIEnd), .end,
        ])
        let agent = try agent(resumable(upstream))
        let point = ResumePoint(kind: "llama_server", id: "s/2/n/1", position: 0, textBytes: 0)
        for text in ["你好", "你们好", "别的"] {
            let heard = await Heard.all(of: agent.resumeStream(point, after: text, .test))
            #expect(heard.error?.code == .lost, "\(text)")
            #expect(heard.text.isEmpty)
        }
        let beyond = ResumePoint(kind: "llama_server", id: "s/2/n/1", position: 0, textBytes: 99)
        #expect(await Heard.all(of: agent.resumeStream(beyond, after: "你", .test)).error?.code == .lost)
    }

    @Test("A cut after the first new token is an interruption, not a lost answer")
    func cutAgain() async throws {
        let upstream = try FakeUpstream([
            .head("text/event-stream"), .chunk(Wire.openAI("你") + Wire.openAI("好")), .close,
        ])
        let agent = try agent(resumable(upstream))
        let point = ResumePoint(kind: "llama_server", id: "s/2/n/1", position: 0, textBytes: 0)
        let heard = await Heard.all(of: agent.resumeStream(point, after: "你", .test))
        #expect(heard.text == "好")
        #expect(heard.error?.code == .interrupted)
    }

    @Test("A cancelled answer is stopped at an upstream that would go on with it")
    func stopped() async throws {
        for isResponses in [false, true] {
            let stopped = Gate()
            let events = isResponses ? Self.responses : Self.llama
            let upstream = try FakeUpstream { request in
                if request.method == "DELETE" || request.target.hasSuffix("/cancel") {
                    return [.answer("{}"), .run { stopped.open() }]
                }
                return [.head("text/event-stream")] + events[..<3].map { .chunk($0) } + [.silence]
            }
            let agent = try agent(resumable(upstream, responses: isResponses))
            for try await delta in agent.executeStream(.question, .test) {
                if case .text = delta { break }
            }
            await stopped.wait()
            let last = upstream.requests.last
            let expected =
                isResponses
                ? "POST /v1/responses/resp_1/cancel"
                : "DELETE /v1/stream?conv_id=s%2F2%2Fcharacter_advisor%2F1"
            #expect(last.map { "\($0.method) \($0.target)" } == expected)
        }
    }

    @Test("An ordinary row is not resumable, and keeps its request as it was")
    func ordinary() async throws {
        let file = try TemporaryConfiguration()
        let directory = AgentDirectory(
            store: file.store, composers: ["composer": FixedComposer(text: "x")], connections: .shared, environment: [:]
        )
        #expect(try directory.resumableAgent(for: file.advisor()) == nil)
        try file.edit(
            """
            UPDATE llm_model_configs SET provider = 'openai_compatible', base_url = 'http://127.0.0.1:1/v1'
            WHERE name = 'local-composer'
            """)
        #expect(try directory.resumableAgent(for: file.advisor()) == nil)
        try file.edit("UPDATE llm_model_configs SET params_json = '{\"resumable\":true}' WHERE name = 'local-composer'")
        #expect(try directory.resumableAgent(for: file.advisor()) != nil)
    }

    /// What follows `from` in the stream of those events.
    private static func replay(_ events: [String], _ request: FakeUpstream.Request) -> [UInt8] {
        let from = request.target.split(separator: "=").last.flatMap { Int($0) } ?? 0
        return Array(events.joined().utf8.dropFirst(from))
    }

    private func resumable(_ upstream: FakeUpstream, responses: Bool = false) -> ModelConfiguration {
        model(upstream) {
            $0.parameters = ["resumable": .bool(true)]
            if responses { $0.parameters["api"] = .string("responses") }
        }
    }

    /// Reads that many tokens and is gone, as a process that dies: what it recorded is what is left.
    private func crash(
        _ agent: ModelAgent, after count: Int, _ read: (Int) -> Void = { _ in }
    ) async throws -> (text: String, points: [ResumePoint]) {
        let recorded = Recorded()
        var context = AgentContext.test
        context.recordResumePoint = { recorded.add($0) }
        context.keepsUpstream = { true }
        var text = ""
        var tokens = 0
        for try await delta in agent.executeStream(.question, context) {
            guard case .text(let piece) = delta else { continue }
            text += piece
            tokens += 1
            read(tokens)
            if tokens == count { break }
        }
        return (text, recorded.points)
    }
}

/// The resume points of one answer.
private final class Recorded: Sendable {
    private let state = Mutex<[ResumePoint]>([])

    var points: [ResumePoint] { state.withLock { $0 } }

    func add(_ point: ResumePoint) {
        state.withLock { $0.append(point) }
    }
}
