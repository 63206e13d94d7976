import EventLog
import Events
import TestSupport
import Testing

@Suite("Appends from outside") struct ProducerTests {
    let session = SessionID.test("s")

    private func append(
        _ text: String, _ epoch: Int64, _ sequence: Int64, to log: any EventLog, producer: String = "p"
    ) async throws -> Appended {
        let stamp = ProducerStamp(id: producer, epoch: epoch, sequence: sequence)
        return try await log.append(Append(to: session, .tokens([text]), producer: stamp))
    }

    @Test("A repeated sequence is a duplicate with the same answer", arguments: Implementation.allCases)
    func duplicate(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            _ = try await append("a", 0, 0, to: log)
            let second = try await append("b", 0, 1, to: log)
            var repeated = try await append("b", 0, 1, to: log)
            #expect(repeated.isDuplicate)
            repeated.isDuplicate = false
            #expect(repeated == second)
            #expect(try await append("a", 0, 0, to: log).isDuplicate)
            #expect(try await log.all(session).map(\.body) == ["a", "b"])
        }
    }

    @Test("A sequence that leaves one out names the one that is next", arguments: Implementation.allCases)
    func gap(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            let first = try await expectError(.sequenceGap) { _ = try await append("a", 0, 1, to: log) }
            #expect(first.expectedSequence == 0)
            _ = try await append("a", 0, 0, to: log)
            let second = try await expectError(.sequenceGap) { _ = try await append("c", 0, 2, to: log) }
            #expect(second.expectedSequence == 1)
            let epoch = try await expectError(.sequenceGap) { _ = try await append("c", 1, 1, to: log) }
            #expect(epoch.expectedSequence == 0)
        }
    }

    @Test("A lower epoch is fenced; a higher one begins at 0", arguments: Implementation.allCases)
    func fenced(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            _ = try await append("a", 1, 0, to: log)
            _ = try await expectError(.producerFenced) { _ = try await append("x", 0, 0, to: log) }
            _ = try await append("b", 2, 0, to: log)
            _ = try await expectError(.producerFenced) { _ = try await append("x", 1, 1, to: log) }
            _ = try await append("c", 0, 0, to: log, producer: "other")
            #expect(try await log.all(session).map(\.body) == ["a", "b", "c"])
        }
    }

    @Test("A retry of the append that closed a session is a duplicate", arguments: Implementation.allCases)
    func duplicateBeforeOtherRules(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            let closing = Append(
                to: session, [NewEvent(kind: .sessionClosed, cause: .none, body: "{}")], expecting: .beginning,
                producer: ProducerStamp(id: "p", epoch: 0, sequence: 0))
            _ = try await log.append(closing)
            #expect(try await log.append(closing).isDuplicate)
        }
    }

    @Test("Producers survive a restart, settled or not", arguments: [false, true])
    func restart(settled: Bool) async throws {
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path)
        let first = try await append("a", 3, 0, to: log)
        if settled { try await log.settle() }
        log.shutDown()

        let again = try SQLiteEventLog(directory: directory.path)
        defer { again.shutDown() }
        var repeated = try await append("a", 3, 0, to: again)
        #expect(repeated.isDuplicate)
        repeated.isDuplicate = false
        #expect(repeated == first)
        _ = try await expectError(.producerFenced) { _ = try await append("x", 2, 0, to: again) }
        #expect(try await append("b", 3, 1, to: again).first == Offset(2))
    }

    @Test("Bad producer names and numbers are refused", arguments: Implementation.allCases)
    func invalid(_ implementation: Implementation) async throws {
        try await implementation.withLog { log in
            for (id, epoch, sequence) in [("", 0, 0), ("p", -1, 0), ("p", 0, -1)] as [(String, Int64, Int64)] {
                _ = try await expectError(.invalidAppend) {
                    _ = try await append("a", epoch, sequence, to: log, producer: id)
                }
            }
            let long = String(repeating: "é", count: Limits.producerIDLength + 1)
            _ = try await expectError(.invalidAppend) { _ = try await append("a", 0, 0, to: log, producer: long) }
        }
    }
}
