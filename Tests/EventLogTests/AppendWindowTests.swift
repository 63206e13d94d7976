import EventLog
import Events
import Synchronization
import TestSupport
import Testing

@Suite("The window of a streaming producer") struct AppendWindowTests {
    let session = SessionID.test("s")

    @Test("A window records everything in order and gives the last offset", arguments: Implementation.allCases)
    func order(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            let window = AppendWindow(log, limit: 1_000)
            for number in 0..<500 { try await window.send(Append(to: session, .tokens(["\(number)"]))) }
            #expect(try await window.flush() == Offset(500))
            #expect(try await log.all(session).map(\.body) == (0..<500).map { "\($0)" })
        }
    }

    @Test("After a refused append nothing more of the window is recorded", arguments: Implementation.allCases)
    func noHole(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            let window = AppendWindow(log)
            var error: EventLogError?
            do {
                for number in 0..<200 {
                    // Offset 1,000 does not exist, so this one is refused; those behind it wait in the same batch.
                    let event =
                        number == 50
                        ? NewEvent.token("x", of: Offset(1_000))
                        : NewEvent(kind: .token, cause: .none, body: "\(number)")
                    try await window.send(Append(to: session, [event]))
                }
                try await window.flush()
            } catch let failure as EventLogError { error = failure }
            #expect(error?.code == .invalidAppend)
            #expect(try await log.all(session).map(\.body) == (0..<50).map { "\($0)" })
            await #expect(throws: EventLogError.self) { try await window.send(Append(to: session, .tokens(["y"]))) }
        }
    }

    @Test("Guarantee 9: nothing is unbounded: a full window waits until the log has made room")
    func full() async throws {
        let log = HeldLog()
        let window = AppendWindow(log, limit: 100)
        try await window.send(Append(to: session, .tokens(["a"])))
        try await window.send(Append(to: session, .tokens(["b"])))
        let sent = Atomic<Bool>(false)
        let third = Task {
            try await window.send(Append(to: session, .tokens(["c"])))
            sent.store(true, ordering: .sequentiallyConsistent)
        }
        for _ in 0..<100 { await Task.yield() }
        let wasSent = sent.load(ordering: .sequentiallyConsistent)
        #expect(!wasSent)
        log.answerOne()
        try await third.value
        log.answerOne()
        log.answerOne()
        try await window.flush()
    }
}

/// A log that answers when it is told to.
private final class HeldLog: ForwardingEventLog {
    let log: any EventLog = MemoryEventLog()
    private let held = Mutex<[(Append, any AppendCompletion)]>([])

    func submit(_ append: Append, _ completion: any AppendCompletion) {
        held.withLock { $0.append((append, completion)) }
    }

    func answerOne() {
        let (append, completion) = held.withLock { $0.removeFirst() }
        completion.appendEnded(append, .success(Appended(first: Offset(1), last: Offset(1))))
    }
}
