import EventLog
import Events
@testable import StreamServer
import Synchronization
import Testing
import TestSupport

@Suite struct FrameEncoderTests {
    private let session = SessionID.test("frames")

    /// The frames of a session, without what surrounds them on the wire.
    private func frames(_ log: any EventLog, after: StreamPosition = .beginning) async throws -> [String] {
        let stream = EventStream(
            log, MessageTexts(log), session, after: after, options: StreamOptions(follow: .none))
        var output = MessageBytes(.lines)
        while try await !stream.fill(&output).isFinished {}
        return String(decoding: output.take(), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("Each event of an answer makes the frame that the format says, byte for byte")
    func goldens() async throws {
        let log = MemoryEventLog()
        let message = try await log.append(
            [
                try NewEvent(.sessionOpened, SessionOpened(chatbot: "xiaomei")),
                try NewEvent(
                    .messageReceived,
                    MessageReceived(
                        chatbot: "xiaomei", contents: [ContentPart(contentType: "text", content: "风险 \"大\"吗?")],
                        idempotencyKey: "k")),
            ], to: session
        ).last
        try await Script.answer(log, session, message, tokens: ["你好", "\"\n"])
        #expect(
            try await frames(log) == [
                #"{"type":"user_message","content":[{"content":"风险 \"大\"吗?","content_type":"text"}],"message_type":"user","metadata":{"role":"user","display":true,"streaming":false,"final_response":false,"message":2}}"#,
                #"{"type":"run","content":{"chatbot":"xiaomei","version":1,"workflow":"fund_analysis"},"message_type":"system","metadata":{"role":"system","display":false,"streaming":false,"final_response":false,"run":3,"message":2,"status":"started"}}"#,
                #"{"type":"node","content":{"attempt":1,"node":"analyze_risk"},"message_type":"system","metadata":{"role":"system","display":false,"streaming":false,"final_response":false,"node_name":"analyze_risk","run":3,"status":"started"}}"#,
                #"{"type":"tool_message","content":{"hhi":0.25,"name":"小\"美"},"message_type":"tool","metadata":{"role":"tool","display":true,"streaming":false,"final_response":false,"node_name":"analyze_risk","run":3}}"#,
                #"{"type":"node","content":{"duration_ms":2},"message_type":"system","metadata":{"role":"system","display":false,"streaming":false,"final_response":false,"node_name":"analyze_risk","run":3,"status":"completed"}}"#,
                #"{"type":"node","content":{"attempt":1,"node":"character_advisor"},"message_type":"system","metadata":{"role":"system","display":false,"streaming":false,"final_response":false,"node_name":"character_advisor","run":3,"status":"started"}}"#,
                #"{"type":"ai_message","content":"你好","message_type":"assistant","metadata":{"role":"assistant","display":true,"streaming":true,"final_response":false,"node_name":"character_advisor","run":3,"message":8}}"#,
                #"{"type":"ai_message","content":"\"\n","message_type":"assistant","metadata":{"role":"assistant","display":true,"streaming":true,"final_response":false,"node_name":"character_advisor","run":3,"message":8}}"#,
                #"{"type":"ai_message","content":"你好\"\n","message_type":"assistant","metadata":{"role":"assistant","display":true,"streaming":false,"final_response":true,"node_name":"character_advisor","run":3,"message":8,"status":"completed"}}"#,
                #"{"type":"node","content":{"duration_ms":3},"message_type":"system","metadata":{"role":"system","display":false,"streaming":false,"final_response":false,"node_name":"character_advisor","run":3,"status":"completed"}}"#,
                #"{"type":"run","content":{"duration_ms":5},"message_type":"system","metadata":{"role":"system","display":false,"streaming":false,"final_response":false,"run":3,"message":2,"status":"completed"}}"#,
            ])
    }

    @Test("An agent that does not stream sends only the final frame, with the whole text")
    func notStreaming() async throws {
        let log = MemoryEventLog()
        let message = try await log.append(
            [try NewEvent(.messageReceived, MessageReceived(chatbot: nil, contents: []))], to: session
        ).last
        let started = try await Script.begin(log, session, message, streaming: false)
        try await log.append([.token("all of it", of: started.message)], to: session)
        try await log.append(
            [try NewEvent(.messageCompleted, cause: .event(started.message), Script.completed(["all of it"]))],
            to: session)
        let spoken = try await frames(log).filter { $0.contains("ai_message") }.map { Frame(id: "", json: $0) }
        #expect(spoken.count == 1)
        #expect(try spoken.first?.content == "all of it")
        #expect(try spoken.first?.isFinal == true)
    }

    @Test("A failed run is told as an error and then as its end, and a cut between the two loses nothing")
    func failure() async throws {
        let log = MemoryEventLog()
        let reason = Failure(code: "node_failed", message: "no", hint: "try")
        let run = try await log.append(
            [
                try NewEvent(.messageReceived, MessageReceived(chatbot: nil, contents: [])),
                try NewEvent(
                    .runStarted, cause: .sameAppend(0), RunStarted(workflow: "w", version: 1, chatbot: "c", agents: [:])
                ),
                try NewEvent(.runFailed, cause: .sameAppend(1), RunEnded(durationMs: 1, reason: reason)),
            ], to: session)
        let all = try await frames(log)
        #expect(
            all.suffix(2) == [
                #"{"type":"error","content":{"code":"node_failed","hint":"try","message":"no"},"message_type":"system","metadata":{"role":"system","display":true,"streaming":false,"final_response":false,"run":2,"message":1,"status":"failed"}}"#,
                #"{"type":"run","content":{"duration_ms":1,"reason":{"code":"node_failed","hint":"try","message":"no"}},"message_type":"system","metadata":{"role":"system","display":false,"streaming":false,"final_response":false,"run":2,"message":1,"status":"failed"}}"#,
            ])
        #expect(try await frames(log, after: StreamPosition(offset: run.last, part: 1)) == [all[3]])
    }

    @Test("Interrupted, rejected and retried messages say so, and name what they take the place of")
    func supersedes() async throws {
        let log = MemoryEventLog()
        let received = try await log.append(
            [try NewEvent(.messageReceived, MessageReceived(chatbot: nil, contents: []))], to: session
        ).last
        let first = try await Script.begin(log, session, received)
        let second = try await log.append(
            [
                try NewEvent(
                    .messageInterrupted, cause: .event(first.message),
                    MessageInterrupted(reason: Failure(code: "cut", message: "cut"))),
                try NewEvent(.answerRejected, cause: .event(first.message), AnswerRejected(rule: "r", found: "f")),
                try NewEvent(
                    .messageStarted, cause: .event(first.node),
                    MessageStarted(
                        role: "assistant", agent: nil, model: nil, streaming: true, supersedes: first.message)),
                NewEvent(kind: .token, cause: .sameAppend(2), body: "again"),
            ], to: session)
        let last = try await frames(log).suffix(3).map { Frame(id: "", json: $0) }
        #expect(try last.map { try $0.summary } == ["ai_message/interrupted", "ai_message/rejected", "ai_message"])
        #expect(try last.map { try $0.content } == ["", "", "again"])
        #expect(try last[2].value["metadata"]?["supersedes"] == .integer(first.message.value))
        #expect(try last[2].value["metadata"]?["message"] == .integer(second.last.value - 1))
    }

    @Test("Events of outside producers that belong to no run, or to nothing, still have their frames")
    func outside() async throws {
        let log = MemoryEventLog()
        try await log.append(
            [
                NewEvent(kind: .messageStarted, cause: .none, body: #"{"role":"assistant","streaming":true}"#),
                NewEvent(kind: .token, cause: .sameAppend(0), body: "hi"),
                NewEvent(kind: .custom, cause: .sameAppend(1), body: #"{"name":"seen"}"#),
                NewEvent(kind: .token, cause: .none, body: "lost"),
                NewEvent(kind: .nodeSkipped, cause: .none, body: #"{"node":"n","reason":{"code":"c","message":"m"}}"#),
            ], to: session)
        #expect(
            try await frames(log) == [
                #"{"type":"ai_message","content":"hi","message_type":"assistant","metadata":{"role":"assistant","display":true,"streaming":true,"final_response":false,"message":1}}"#,
                #"{"type":"custom","content":{"name":"seen"},"message_type":"system","metadata":{"role":"system","display":false,"streaming":false,"final_response":false,"message":1}}"#,
                #"{"type":"node","content":{"node":"n","reason":{"code":"c","message":"m"}},"message_type":"system","metadata":{"role":"system","display":false,"streaming":false,"final_response":false,"node_name":"n","status":"skipped"}}"#,
            ])
    }

    @Test("A chain of causes that is too long ends in nothing, from wherever it is read")
    func longChain() async throws {
        let log = MemoryEventLog()
        var last = try await log.append(
            [NewEvent(kind: .nodeStarted, cause: .none, body: #"{"attempt":1,"node":"n"}"#)], to: session
        ).last
        for _ in 0..<20 { last = try await log.append([.custom("x", cause: .event(last))], to: session).last }
        let whole = try await frames(log)
        for after in 0..<whole.count {
            let position = StreamPosition(offset: Offset(Int64(after)))
            #expect(try await frames(log, after: position) == Array(whole[after...]))
        }
        #expect(whole[1].contains(#""node_name":"n""#))
        #expect(!whole[20].contains(#""node_name""#))
    }

    @Test("The lineage forgets and finds again: many interleaved messages keep their places")
    func manyMessages() async throws {
        let log = MemoryEventLog()
        var messages: [Offset] = []
        for index in 0..<100 {
            messages.append(
                try await log.append(
                    [
                        try NewEvent(.nodeStarted, NodeStarted(node: "n\(index)", attempt: 1)),
                        try NewEvent(
                            .messageStarted, cause: .sameAppend(0),
                            MessageStarted(role: "assistant", agent: nil, model: nil, streaming: true)),
                    ], to: session
                ).last)
        }
        for message in messages + messages.reversed() { try await log.append([.token("t", of: message)], to: session) }
        let tokens = try await frames(log).filter { $0.contains("ai_message") }
        let expected = Array(0..<100) + Array(0..<100).reversed()
        for (token, index) in zip(tokens, expected) { #expect(token.contains("\"node_name\":\"n\(index)\"")) }
        #expect(tokens.count == 200)
    }

    /// A log that counts its reads.
    private final class CountingLog: ForwardingEventLog {
        let log: any EventLog
        let reads = Mutex(0)

        init(_ log: any EventLog) { self.log = log }

        func read(
            _ session: SessionID, after: Offset, limit: Int, withCauses: Bool
        ) async throws -> EventPage {
            reads.withLock { $0 += 1 }
            return try await log.read(session, after: after, limit: limit, withCauses: withCauses)
        }
    }

    @Test("Wherever a stream begins in a settled session, one read shows where its first token belongs")
    func oneRead() async throws {
        let directory = try TemporaryDirectory()
        let first = try SQLiteEventLog(directory: directory.path)
        let message = try await first.append(
            [try NewEvent(.messageReceived, MessageReceived(chatbot: nil, contents: []))], to: session)
        try await Script.answer(first, session, message.last)
        try await first.settle()
        first.shutDown()
        let second = try SQLiteEventLog(directory: directory.path)
        defer { second.shutDown() }
        let log = CountingLog(second)
        let whole = try await log.read(session, after: .beginning).events
        let lastToken = try #require(whole.last { $0.kind == .token })
        for after in 0..<lastToken.offset.value {
            log.reads.withLock { $0 = 0 }
            let stream = EventStream(
                log, MessageTexts(log), session, after: StreamPosition(offset: Offset(after)),
                options: StreamOptions(follow: .none, kinds: [.token], limit: 1))
            var output = MessageBytes(.lines)
            while try await !stream.fill(&output).isFinished {}
            let frame = String(decoding: output.take(), as: UTF8.self)
            #expect(frame.contains(#""node_name":"character_advisor","run":2,"#))
            #expect(log.reads.withLock { $0 } == 1)
        }
    }

    @Test("The members of a body are spliced as they stand")
    func members() {
        let body = #"{"a":{"b":[1,"}\"]"],"c":{}},"d":"x\\","e":null,"f":-1.5e3}"#
        #expect(JSONMembers(body).map { String($0.name) } == ["a", "d", "e", "f"])
        #expect(JSONMembers.value("a", of: body) == #"{"b":[1,"}\"]"],"c":{}}"#)
        #expect(JSONMembers.value("d", of: body) == #""x\\""#)
        #expect(JSONMembers.value("f", of: body) == "-1.5e3")
        #expect(JSONMembers.value("g", of: body) == nil)
        #expect(JSONMembers.object(body, without: "a") == #"{"d":"x\\","e":null,"f":-1.5e3}"#)
        #expect(JSONMembers.object("{}", without: "a") == "{}")
        for broken in ["", "[1]", "null", "{", #"{"a"#, #"{"a":"#, #"{"a":"x"#, #"{"a":{"#] {
            #expect(Array(JSONMembers(broken)).isEmpty)
        }
    }
}
