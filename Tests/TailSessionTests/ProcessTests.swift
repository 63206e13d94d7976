import EventLog
import Events
import Foundation
import TestSupport
import Testing

/// The real program over a real log, written by this process.
struct ProcessTests {
    @Test("A session is the same while the server writes and after it is gone, and raw is the response byte for byte")
    func whileWritingAndAfter() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        let answer = try await log.answer(["你好", "\u{1B}[2J", "，e", "\u{301}", "👩‍🚀\n"])
        let alive = try await Program(["demo", "--data", directory.path, "-o", "json"]).finished()
        let raw = try await Program(["demo", "--data", directory.path, "--node", "advisor", "-o", "raw"]).finished()
        #expect(alive.status == 0 && raw.status == 0)
        #expect(raw.output.elementsEqual(answer.utf8))
        log.shutDown()
        let gone = try await Program(["demo", "--data", directory.path, "-o", "json"]).finished()
        #expect(gone.output == alive.output && gone.errors.isEmpty)
        let page = String(decoding: gone.output, as: UTF8.self).split(separator: "\n")
        #expect(page.count == 8)
        #expect(page[3].contains(#""kind":"token","v":1,"cause":3,"body":{"text":"你好"}"#))
    }

    @Test("Text output of the same session holds no control character of the text")
    func text() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        _ = try await log.answer(["a\u{1B}[2J", "b"])
        log.shutDown()
        let result = try await Program(["demo", "--data", directory.path]).finished()
        let text = String(decoding: result.output, as: UTF8.self)
        #expect(result.status == 0)
        #expect(text.contains("\n        advisor\n     4  a\\u{1B}[2Jb\n"))
        #expect(!text.contains("\u{1B}"))
    }

    @Test("It follows a live session event by event to its close")
    func follow() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        _ = try await log.answer(["one"])
        let program = try Program(["demo", "--data", directory.path, "-f", "-o", "raw"])
        #expect(try await program.output(3) == Array("one".utf8))
        _ = try await log.answer(["two"])
        // Nothing is held back: the text is there before the session goes on.
        #expect(try await program.output(3) == Array("two".utf8))
        try await log.append([NewEvent(kind: .sessionClosed, cause: .none, body: "{}")], to: Self.session)
        let result = try await program.finished()
        #expect(result.status == 0 && result.output.isEmpty)
        log.shutDown()
    }

    @Test("A closed pipe ends it silently with 141")
    func closedPipe() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        let text = String(repeating: "x", count: 1 << 16)
        _ = try await log.answer([text, text, text, text])
        let program = try Program(["demo", "--data", directory.path, "-o", "raw"])
        #expect(try await program.output(10).count == 10)
        program.closeOutput()
        let result = try await program.finished()
        #expect(result.status == 141 && result.errors.isEmpty)
        log.shutDown()
    }

    @Test("A closed pipe ends a follower with 141, although no event comes")
    func closedPipeIdle() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        _ = try await log.answer(["one"])
        let program = try Program(["demo", "--data", directory.path, "-f", "-o", "raw"])
        #expect(try await program.output(3) == Array("one".utf8))
        program.closeOutput()
        #expect(try await program.finished().status == 141)
        log.shutDown()
    }

    @Test("Offsets with a gap end it with 76")
    func brokenOrder() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        _ = try await log.answer(["one", "two"])
        log.shutDown()
        try directory.sql(
            "DELETE FROM recent_events WHERE \"offset\" = 4; DELETE FROM settled_events WHERE \"offset\" = 4")
        let result = try await Program(["demo", "--data", directory.path, "-o", "json"]).finished()
        #expect(result.status == 76)
        #expect(result.output.filter { $0 == UInt8(ascii: "\n") }.count == 3)
        #expect(result.errorText.contains("offset 4") && result.errorText.contains("\nhint: "))
    }

    @Test("What goes wrong has its exit code and two lines")
    func exitCodes() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        _ = try await log.answer(["one"])
        log.shutDown()
        let expected: [(code: Int32, arguments: [String])] = [
            (64, ["demo", "--data", directory.path, "-n", "1", "--from", "end"]),
            (65, ["demo", "--data", directory.path, "--after", "99"]),
            (66, ["other", "--data", directory.path]),
            (66, ["demo", "--data", directory.path + "/none"]),
            (69, ["demo", "--server", "http://127.0.0.1:1"]),
        ]
        for (code, arguments) in expected {
            let result = try await Program(arguments).finished()
            #expect(result.status == code, "\(arguments)")
            #expect(result.output.isEmpty)
            #expect(result.errorText.split(separator: "\n").count == 2, "\(result.errorText)")
            #expect(result.errorText.hasPrefix("error: ") && result.errorText.contains("\nhint: "))
        }
        let help = try await Program(["--help"]).finished()
        #expect(help.status == 0 && help.errors.isEmpty && !help.output.isEmpty)
    }

    static let session = SessionID.test("demo")
}

extension SQLiteEventLog {
    /// Records a message of the advisor: three events, then one a token.
    fileprivate func answer(_ texts: [String]) async throws -> String {
        let session = ProcessTests.session
        let events: [NewEvent] = [
            NewEvent(kind: .runStarted, cause: .none, body: #"{"workflow":"test"}"#),
            try NewEvent(.nodeStarted, cause: .sameAppend(0), NodeStarted(node: "advisor", attempt: 1)),
            try NewEvent(
                .messageStarted, cause: .sameAppend(1),
                MessageStarted(role: "assistant", agent: nil, model: nil, streaming: true)),
        ]
        let message = try await append(events, to: session).last
        try await append(texts.map { .token($0, of: message) }, to: session)
        return texts.joined()
    }
}
