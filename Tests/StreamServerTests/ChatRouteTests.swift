import EventLog
import Events
import Foundation
@testable import StreamServer
import Synchronization
import Testing
import TestSupport
import Workflow

@Suite struct ChatRouteTests {
    @Test("A message is recorded and answered with the frames of its run, which end the stream")
    func chat() async throws {
        try await TestServer.run { server in
            let answer = try await server.post("/chatbots/xiaomei/chat/demo?pace=off", message("测试流式响应"))
            #expect(answer.status == 200)
            #expect(answer.isComplete)
            #expect(answer.headers["content-type"] == "text/event-stream")
            let frames = try Frame.all(answer.body)
            #expect(frames.map(\.id).first == "2")
            #expect(
                try frames.map { try $0.summary } == [
                    "user_message", "run/started", "node/started", "tool_message", "node/completed", "node/started",
                ] + Script.tokens.map { _ in "ai_message" } + [
                    "ai_message/completed", "node/completed", "run/completed",
                ])
            let again = try await server.get("/sessions/demo/events")
            #expect(again.body == answer.body)
        }
    }

    @Test("A form brings text, files and images; bytes become attachments, each named by its digest")
    func form() async throws {
        let png =
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8)
            + [0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0, 0, 0, 0, 0, 0, 13, 10, 0xFF]
        let csv = Array("name,amount\r\n基金,100\r\n".utf8)
        let body =
            Array("--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n我的基金风险大吗？\r\n".utf8)
            + Array("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"holdings.csv\"\r\n\r\n".utf8)
            + csv
            + Array("\r\n--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.bin\"\r\n\r\n".utf8) + png
            + Array("\r\n--x--\r\n".utf8)
        try await TestServer.run { server in
            let answer = try await server.request(
                "POST", "/chatbots/xiaomei/chat/demo?pace=off", ["Content-Type": "multipart/form-data; boundary=x"],
                body: body)
            #expect(answer.status == 200, "\(answer.text)")
            let contents = server.chats.requests.withLock { $0[0].contents }
            #expect(
                contents == [
                    ContentPart(contentType: "text", content: "我的基金风险大吗？"),
                    ContentPart(
                        contentType: "file", name: "holdings.csv", mediaType: "text/csv",
                        sha256: AttachmentStore.digest(csv), size: csv.count),
                    ContentPart(
                        contentType: "image", mediaType: "image/png", sha256: AttachmentStore.digest(png),
                        size: png.count),
                ])
            let stored = try await server.get("/attachments/\(AttachmentStore.digest(png))")
            #expect(stored.body == png)
            #expect(stored.headers["x-content-type-options"] == "nosniff")
            #expect(try await server.get("/attachments/\(String(repeating: "0", count: 64))").status == 404)
            #expect(try await server.get("/attachments/..%2Flog.db").status == 404)
        }
    }

    @Test("The same parts come as JSON: text, base64, data URLs")
    func json() async throws {
        let gif = Array("GIF89a".utf8) + [1, 0, 1, 0, 0, 0, 0, 0x3B, 0]
        let encoded = Data(gif).base64EncodedString()
        let body = """
            {"contents":[{"content_type":"image","content":"\(encoded)","media_type":"image/png"},
            {"content_type":"image","content":"data:image/gif;base64,\(encoded)"},
            {"content_type":"file","name":"a.csv","content":"a,b\\n1,2\\n"},
            {"content_type":"file","name":"b","content":"data:text/csv;charset=utf-8,a%2Cb"}]}
            """
        try await TestServer.run { server in
            let answer = try await server.post("/chatbots/xiaomei/chat/demo?pace=off", body)
            #expect(answer.status == 200)
            let contents = server.chats.requests.withLock { $0[0].contents }
            #expect(contents.map(\.mediaType) == ["image/gif", "image/gif", "text/csv", "text/csv"])
            #expect(
                contents.map(\.sha256)
                    == [gif, gif, Array("a,b\n1,2\n".utf8), Array("a,b".utf8)].map(AttachmentStore.digest))
            #expect(contents.map(\.name) == [nil, nil, "a.csv", "b"])
        }
    }

    @Test("stream=false waits and answers one JSON with the whole messages")
    func collected() async throws {
        try await TestServer.run { server in
            let answer = try await server.post("/chatbots/xiaomei/chat/demo?stream=false", message())
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "application/json")
            let value = try JSONValue.parse(answer.text)
            #expect(value["status"] == .string("completed"))
            #expect(value["message"] == .integer(2))
            #expect(value["run"] == .integer(3))
            guard case .array(let messages)? = value["messages"] else {
                Issue.record("no messages")
                return
            }
            #expect(messages.map { $0["type"]?.string } == ["user_message", "tool_message", "ai_message"])
            #expect(messages.last?["content"]?.string == Script.text)
        }
    }

    @Test("respond-async answers at once with the place of the frames")
    func async() async throws {
        let gate = Gate()
        try await TestServer.run(script: { try await Script.answer($0, $1, $2, gate: { await gate.wait() }) }) {
            server in
            let answer = try await server.post(
                "/chatbots/xiaomei/chat/demo?pace=off", message(), ["Prefer": "respond-async"])
            #expect(answer.status == 202)
            #expect(answer.headers["location"] == "/sessions/demo/events?after=0")
            #expect(answer.headers["preference-applied"] == "respond-async")
            #expect(answer.text == #"{"session":"demo","message":2,"after":0}"#)
            gate.open()
            let frames = try Frame.all(try await server.get(answer.headers["location"] ?? "").body)
            #expect(try frames.last?.summary == "run/completed")
        }
    }

    @Test("A repeated post joins the run of the first")
    func idempotency() async throws {
        try await TestServer.run { server in
            let headers = ["Idempotency-Key": "one"]
            let first = try await server.post("/chatbots/xiaomei/chat/demo?pace=off", message(), headers)
            let second = try await server.post("/chatbots/xiaomei/chat/demo?pace=off", message(), headers)
            #expect(second.body == first.body)
            #expect(try await server.log.status(of: .test("demo"))?.head == Offset(18))
        }
    }

    @Test("Guarantee 8: disconnect is not cancel: the run goes on, and the answer can be read later")
    func disconnect() async throws {
        let gate = Gate()
        let log = WatchedLog()
        try await TestServer.run(
            log: log, script: { try await Script.answer($0, $1, $2, gate: { await gate.wait() }) }
        ) { server in
            let stream = try server.open(
                "POST", "/chatbots/xiaomei/chat/demo?pace=off", ["Content-Type": "application/json"], body: message())
            var answer = RawAnswer()
            try await stream.read(&answer) { $0.text.contains("，") }
            await log.untilFollowed(by: 1)
            stream.leave()
            // The client is missed before anything is written to it.
            await log.untilFollowed(by: 0)
            gate.open()
            let whole = try await server.get("/sessions/demo/events")
            #expect(try Frame.all(whole.body).first { try $0.isFinal }?.content == Script.text)
            #expect(whole.body.starts(with: answer.body))
        }
    }

    @Test("Only the frames of its own run are in a chat's answer, however many others the session has")
    func ownRun() async throws {
        let gate = Gate()
        try await TestServer.run(
            script: { log, session, message in
                // The second message is answered after the first.
                if message > Offset(2) { return }
                await gate.wait()
                try await Script.answer(log, session, message)
                guard let queued = try await log.status(of: session)?.openRuns.first else { return }
                try await Script.answer(log, session, queued.message, tokens: ["second"])
            }
        ) { server in
            let headers = ["Content-Type": "application/json"]
            let first = try server.open("POST", "/chatbots/xiaomei/chat/demo?pace=off", headers, body: message("1"))
            var firstAnswer = RawAnswer()
            try await first.read(&firstAnswer) { $0.text.contains("user_message") }
            let second = try server.open(
                "POST", "/chatbots/xiaomei/chat/demo?when_busy=enqueue", headers, body: message("2"))
            var secondAnswer = RawAnswer()
            try await second.read(&secondAnswer) { $0.text.contains("user_message") }
            gate.open()
            try await first.read(&firstAnswer)
            try await second.read(&secondAnswer)
            let answers = try [firstAnswer, secondAnswer].map { try Frame.all($0.body) }
            for frames in answers {
                #expect(try frames.first?.summary == "user_message")
                #expect(
                    try frames.filter { try $0.type == "run" }.map { try $0.summary } == [
                        "run/started", "run/completed",
                    ])
                #expect(try frames.last?.summary == "run/completed")
            }
            #expect(try answers.map { try $0.first { try $0.isFinal }?.content } == [Script.text, "second"])
        }
    }
}
