import Agents
import EventLog
import Events
import Logging
import Projections
import TestSupport
import Testing
import Workflow

@testable import EchoResearch

@Suite("A second workflow on the same engine")
struct EchoResearchTests {
    private let session = SessionID.test("s")

    private func service(_ log: any EventLog, _ directory: TemporaryDirectory) throws -> RunService {
        let attachments = try AttachmentStore(dataDirectory: directory.path)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return RunService(
            log: log, projector: try Projector(log: log, dataDirectory: directory.path), attachments: attachments,
            directory: AgentDirectory(
                store: try ConfigurationStore(path: directory.path + "/config.db"), composers: EchoResearch.composers,
                connections: .shared, environment: [:], logger: logger),
            chatbots: [EchoResearch.chatbot(attachments: attachments)], logger: logger)
    }

    private func ask(_ text: String, _ runs: RunService, file: String? = nil) async throws -> String {
        var contents = [ContentPart(contentType: "text", content: text)]
        var attachments: [String: [UInt8]] = [:]
        if let file {
            let bytes = Array(file.utf8)
            let digest = AttachmentStore.digest(bytes)
            attachments[digest] = bytes
            contents.append(ContentPart(contentType: "file", name: "notes.txt", sha256: digest, size: bytes.count))
        }
        _ = try await runs.start(
            ChatRequest(chatbot: "echo", session: session, contents: contents, attachments: attachments))
        await runs.waitUntilIdle(session)
        return try await runs.projector.state(of: session).messages.last?.text ?? ""
    }

    @Test("finds words in earlier messages and in files, and says so token by token")
    func finds() async throws {
        let directory = try TemporaryDirectory()
        let log = MemoryEventLog()
        let runs = try service(log, directory)
        _ = try await ask("The harbour bridge opens at nine", runs)
        let answer = try await ask("Who wrote about the harbour?", runs, file: "x\nthe Harbour is closed\n")
        #expect(answer.contains("message 2: The harbour bridge opens at nine"))
        #expect(answer.contains("notes.txt: the Harbour is closed"))
        #expect(try await log.all(session).filter { $0.kind == .token }.count > 3)
    }

    @Test("says that nothing was found")
    func nothing() async throws {
        let directory = try TemporaryDirectory()
        let runs = try service(MemoryEventLog(), directory)
        #expect(try await ask("zeppelin", runs) == "Neither this session nor its files mention “zeppelin”.")
        #expect(try await ask("飞艇", runs).contains("没有出现"))
    }

    @Test("looks for the longest words and for quoted ones, a few at the most")
    func plan() {
        #expect(EchoResearch.plan("where is \"the old mill\"?").terms == ["the old mill", "where", "mill"])
        #expect(EchoResearch.plan("a b c").terms.isEmpty)
        #expect(EchoResearch.plan("one two three four five six seven eight").terms.count <= 4)
    }
}
