import TestSupport
import Testing

/// Random operations against a small model; what fails is made as short as can be.
@Suite("The log and its model") struct ModelTests {
    private static let length = 100

    @Test("Random appends, reads, followers, settlings, restarts and crashes do what the model does")
    func randomOperations() async throws {
        let runs = TestLength.count(5_000, long: 5_000_000) / Self.length
        for number in 0..<runs {
            TestLength.note(number, of: runs, "runs of \(Self.length) operations")
            let seed = TestLength.seed &* 1_000_003 &+ UInt64(number)
            let operations = Self.operations(seed: seed)
            guard let difference = try await ModelRun.difference(operations) else { continue }
            let shrunk = try await Self.shrink(operations) { try await ModelRun.difference($0) != nil }
            Issue.record("seed \(seed): \(difference); at its shortest: \(shrunk)")
            return
        }
    }

    /// A test that never fails says nothing.
    @Test("A fault of the model is found and shrunk to the two appends that show it")
    func shrinking() async throws {
        var model = LogModel()
        model.forgetsProducers = true
        for seed in UInt64(1)...20 {
            let operations = Self.operations(seed: seed)
            if try await ModelRun.difference(operations, model) == nil { continue }
            let shrunk = try await Self.shrink(operations) { try await ModelRun.difference($0, model) != nil }
            #expect(shrunk.count <= 2, "\(shrunk)")
            return
        }
        Issue.record("no seed shows the fault")
    }

    private static func operations(seed: UInt64) -> [Operation] {
        var random = SeededGenerator(seed: seed)
        return (0..<length).map { _ in Operation.random(&random) }
    }

    /// Leaves out ever smaller parts while what is left still fails.
    private static func shrink(
        _ operations: [Operation], fails: ([Operation]) async throws -> Bool
    ) async throws -> [Operation] {
        var operations = operations
        var size = operations.count / 2
        while size > 0 {
            var start = 0
            while start < operations.count {
                var fewer = operations
                fewer.removeSubrange(start..<min(start + size, operations.count))
                if try await fails(fewer) { operations = fewer } else { start += size }
            }
            size /= 2
        }
        return operations
    }
}
