import EventLog
import Events
import TestSupport
import Testing

@Suite("Guarantee 1: recorded before seen")
struct RecordedBeforeSeenTests {
    private let session = SessionID.test("s")

    @Test("what a subscriber is shown, another connection to the file has as committed already")
    func subscriber() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        defer { log.shutDown() }
        try await log.append([.custom("0")], to: session)
        let file = try LogFile(directory: directory.path)
        let last = Offset(200)
        async let appended: Void = {
            for number in 1..<200 { try await log.append([.custom("\(number)")], to: session) }
        }()
        for try await page in log.subscribe(session, after: .beginning) {
            let newest = try #require(page.events.last)
            let committed = try #require(try file.page(session, after: Offset(newest.offset.value - 1)))
            #expect(committed.events.first == newest)
            if newest.offset == last { break }
        }
        try await appended
    }

    @Test("what an append is answered, another connection to the file has as committed already")
    func appender() async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        defer { log.shutDown() }
        try await log.append([.custom("0")], to: session)
        let file = try LogFile(directory: directory.path)
        for number in 1..<50 {
            let answer = try await log.append([.custom("\(number)")], to: session)
            #expect(try file.page(session, after: .beginning)?.status.head == answer.last)
        }
    }
}
