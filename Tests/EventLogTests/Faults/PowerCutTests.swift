import EventLog
import FaultVFS
import TestSupport
import Testing

/// Guarantees 1 and 5: whatever a power cut leaves of the writes that were not synced, no acknowledged event is lost.
@Suite("Power cuts") struct PowerCutTests {
    @Test(
        "No cut at any sync loses an acknowledged event or leaves a log that is not sound",
        arguments: Recording.Script.all)
    func everySync(_ script: Recording.Script) async throws {
        let recordings = TestLength.count(1, long: 50)
        for number in 0..<recordings {
            TestLength.note(number, of: recordings, "recordings of \(script.name), cut at every sync")
            let seed = TestLength.seed + UInt64(number)
            let recording = try await Recording(script, seed: seed)
            var cuts = 0
            for operation in 0...recording.operations {
                let isHere = fault_trace_is_sync(recording.trace, operation) == 1
                guard isHere || fault_trace_is_sync(recording.trace, operation - 1) == 1 else { continue }
                for variant in 0..<UInt64(3) {
                    try await check(recording, operation, seed &* 1_000_003 &+ variant, isThorough: variant == 0)
                    cuts += 1
                }
            }
            // How many syncs there are depends on how the appends meet.
            #expect(cuts > 50)
            print("power cuts at every sync of \(script.name): \(cuts) tried, none lost anything")
        }
    }

    @Test("No cut at a random write loses an acknowledged event")
    func randomWrites() async throws {
        let cuts = TestLength.count(20_000, long: 1_000_000)
        let recordings = TestLength.count(18, long: 300)
        let share = cuts / recordings + 1
        let tried = try await withThrowingTaskGroup(of: Int.self) { group in
            var tried = 0
            for number in 0..<recordings {
                TestLength.note(tried / share, of: recordings, "recordings, each cut at \(share) random writes")
                group.addTask {
                    let seed = TestLength.seed &* 1_000 &+ UInt64(number)
                    let script = Recording.Script.all[number % Recording.Script.all.count]
                    return try await cut(try await Recording(script, seed: seed), seed, share)
                }
                // Two at a time: each holds what it wrote.
                if number > 0 { tried += try await group.next() ?? 0 }
            }
            return try await group.reduce(tried, +)
        }
        #expect(tried >= cuts)
        print("power cuts at random writes: \(tried) tried, none lost anything")
    }

    /// The simulation is worth something only where it finds what it looks for.
    @Test("With a disk that drops its syncs the simulation finds losses in most cuts")
    func lyingDisk() async throws {
        let recording = try await Recording(Recording.Script.all[0], seed: TestLength.seed)
        let lost = await losses(recording, cuts: 200, ignoringSyncs: true)
        print("power cuts of a disk that drops its syncs: 200 tried, \(lost) lost something")
        #expect(lost > 100)
    }

    @Test("With a log that acknowledges before it syncs the simulation finds losses")
    func hastyLog() async throws {
        var script = Recording.Script.all[0]
        script.writes = .normal
        let recording = try await Recording(script, seed: TestLength.seed)
        let lost = await losses(recording, cuts: 200, ignoringSyncs: false)
        print("power cuts of a log that acknowledges too early: 200 tried, \(lost) lost something")
        #expect(lost > 20)
    }

    /// Cuts at random places, in order, since the trace is replayed.
    private func cut(_ recording: Recording, _ seed: UInt64, _ cuts: Int) async throws -> Int {
        var random = SeededGenerator(seed: seed)
        let places = (0..<cuts).map { _ in Int64.random(in: 0...recording.operations, using: &random) }
        for (index, place) in places.sorted().enumerated() {
            try await check(recording, place, random.next(), isThorough: index % 50 == 0)
        }
        return cuts
    }

    private func losses(_ recording: Recording, cuts: Int, ignoringSyncs: Bool) async -> Int {
        var random = SeededGenerator(seed: TestLength.seed)
        var losses = 0
        let places = (0..<cuts).map { _ in Int64.random(in: 0...recording.operations, using: &random) }
        for place in places.sorted() {
            let loss = await recording.loss(at: place, seed: random.next(), ignoringSyncs: ignoringSyncs)
            losses += loss == nil ? 0 : 1
        }
        return losses
    }

    private func check(_ recording: Recording, _ operation: Int64, _ seed: UInt64, isThorough: Bool) async throws {
        let loss = await recording.loss(at: operation, seed: seed, isThorough: isThorough)
        let place = "operation \(operation) of \(recording.operations), cut \(seed), seed \(TestLength.seed)"
        try #require(loss == nil, "\(place), \(recording.script.name)")
    }
}
