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

    private func service(
        _ log: any EventLog, _ directory: TemporaryDirectory, fileBytes: Int = EchoResearch.Limits.fileBytes
    ) throws -> RunService {
        let attachments = try AttachmentStore(dataDirectory: directory.path)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return RunService(
            log: log, projector: try Projector(log: log, dataDirectory: directory.path), attachments: attachments,
            directory: AgentDirectory(
                store: try ConfigurationStore(path: directory.path + "/config.db"), composers: EchoResearch.composers,
                connections: .shared, environment: [:], logger: logger),
            chatbots: [EchoResearch.chatbot(attachments, fileBytes: fileBytes)], logger: logger)
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

    @Test("reads each file once, the newest first, one at a time, and no further than its limits")
    func files() throws {
        let directory = try TemporaryDirectory()
        let attachments = try AttachmentStore(dataDirectory: directory.path)
        func part(_ name: String, _ text: String) throws -> ContentPart {
            let digest = try attachments.store(Array(text.utf8))
            return ContentPart(contentType: "file", name: name, sha256: digest, size: text.utf8.count)
        }
        var read: [String] = []
        func search(_ parts: [ContentPart], limit: Int = 1_000) throws -> EchoResearch.FileSearch {
            read = []
            return try EchoResearch.search(["harbour"], parts, limit: limit) { digest in
                read.append(digest)
                return try attachments.bytes(digest)
            }
        }
        let old = try part("old", "the harbour")
        let new = try part("new", "a harbour, " + String(repeating: "x", count: 80))
        var copy = old
        copy.name = "copy"
        let both = try search([old, new, copy])
        #expect(read == [old.sha256, new.sha256])
        #expect(both.findings.map(\.place) == ["copy", "new"] && both.leftOut == 0)
        let short = try search([old, new], limit: 95)
        #expect(short.findings.map(\.place) == ["new"] && short.leftOut == 1 && read == [new.sha256])
        let full = try part("full", String(repeating: "harbour\n", count: EchoResearch.Limits.findings + 5))
        #expect(try search([old, new, full]).findings.count == EchoResearch.Limits.findings)
        #expect(read == [full.sha256])
    }

    @Test("stops between two files where its run is cancelled")
    func cancelled() async {
        let part = ContentPart(contentType: "file", name: "f", sha256: "0", size: 1)
        await withTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask {
                #expect(throws: CancellationError.self) {
                    try EchoResearch.search(["x"], [part], limit: 10) { _ in
                        Issue.record("a cancelled search reads nothing")
                        return nil
                    }
                }
            }
        }
    }

    @Test("says how many older files it left out")
    func leftOut() async throws {
        let directory = try TemporaryDirectory()
        let runs = try service(MemoryEventLog(), directory, fileBytes: 25)
        _ = try await ask("zeppelin", runs, file: "the harbour is open\n")
        let answer = try await ask("harbour", runs, file: "nothing about that here\n")
        #expect(answer.contains("Neither this session") && answer.contains("not searched: 1."))
        #expect(try await ask("harbour 港口", runs, file: "a harbour\n").contains("有2个文件没有查"))
    }

    @Test("looks for the longest words and for quoted ones, a few at the most")
    func plan() {
        #expect(EchoResearch.plan("where is \"the old mill\"?").terms == ["the old mill", "where", "mill"])
        #expect(EchoResearch.plan("a b c").terms.isEmpty)
        #expect(EchoResearch.plan("one two three four five six seven eight").terms.count <= 4)
    }
}
