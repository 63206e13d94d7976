import Audit
import EventLog
import Events
import Foundation
import TestSupport
import Testing

@Suite("Accesses that are refused") struct RefusedAccessTests {
    let session = SessionID.test("demo")

    func refused(_ bench: AuditBench, _ access: () async throws -> Void) async throws {
        let before = try await bench.log.status(of: AccessRecord.session)?.head
        let error = await #expect(throws: EventLogError.self) { try await access() }
        #expect(error?.code == .sessionErased)
        #expect(try await bench.log.status(of: AccessRecord.session)?.head == before)
    }

    @Test("A replay of an erased session and an erasure in it leave no record; the whole may be erased again")
    func erased() async throws {
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        try await bench.log.append(.tokens(["a", "b"]), to: session)
        try await bench.desk.erase(session, who: "x", why: nil, forget: { _ in })
        try await refused(bench) { try await bench.desk.recordReplay(of: session, who: "x", why: nil) }
        try await refused(bench) {
            try await bench.desk.erase(session, at: Offset(1), who: "x", why: nil, forget: { _ in })
        }
        try await bench.desk.erase(session, who: "x", why: nil, forget: { _ in })
        #expect(try await bench.desk.verify(nil).findings == [])
    }

    @Test("A replay of a pruned session and an erasure in it leave no record")
    func pruned() async throws {
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        try await bench.log.append(.tokens(["a", "b"]), to: session)
        let future = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1e6) + 1_000_000)
        _ = try await bench.desk.prune(before: future, who: "x", why: "age", forget: { _ in })
        try await refused(bench) { try await bench.desk.recordReplay(of: session, who: "x", why: nil) }
        for offset in [nil, Offset(1)] {
            try await refused(bench) {
                try await bench.desk.erase(session, at: offset, who: "x", why: nil, forget: { _ in })
            }
        }
        #expect(try await bench.desk.verify(nil).findings == [])
    }

    @Test("An event on which an unfinished run depends is not erased alone; one before it is")
    func dependedOn() async throws {
        let bench = try AuditBench()
        defer { bench.log.shutDown() }
        try await bench.log.append(.tokens(["before"]), to: session)
        let message = NewEvent(kind: .messageReceived, cause: .none, body: "{}")
        _ = try await bench.log.append(Append(to: session, [message], awaitsRun: true))
        try await bench.log.append([NewEvent(kind: .runStarted, cause: .event(Offset(2)), body: "{}")], to: session)
        for offset in [Offset(2), Offset(3)] {
            let error = await #expect(throws: AuditError.self) {
                try await bench.desk.erase(session, at: offset, who: "x", why: nil, forget: { _ in })
            }
            #expect(error?.code == .sessionBusy)
        }
        #expect(try await bench.log.status(of: AccessRecord.session) == nil)
        try await bench.desk.erase(session, at: Offset(1), who: "x", why: nil, forget: { _ in })
        try await bench.log.append([NewEvent(kind: .runCancelled, cause: .event(Offset(3)), body: "{}")], to: session)
        try await bench.desk.erase(session, at: Offset(2), who: "x", why: nil, forget: { _ in })
        #expect(try await bench.log.all(session).map { $0.body == nil } == [true, true, false, false])
    }
}
