@testable import EventLog
import Events
import Foundation
import TestSupport
import Testing

/// Under load the writer gathers the appends of windows for a few milliseconds.
///
/// Here it would gather them for ten minutes, so that what ends the gathering at once cannot be mistaken for the clock.
@Suite("The queue before the writer") struct WriteQueueTests {
    enum Ending: CaseIterable {
        case awaitedAppend, command, shutdown
    }

    static let tenMinutes = 600.0
    private let session = SessionID.test("s")
    /// A producer that goes on without an answer.
    private let window = AppendWindow(MemoryEventLog())

    @Test("An append that is awaited, a command and the shutdown end the gathering at once", arguments: Ending.allCases)
    func endsAtOnce(_ ending: Ending) async throws {
        for _ in 0..<20 {
            let began = ContinuousClock.now
            let queue = WriteQueue()
            async let taken = take(from: queue, gathering: Self.tenMinutes)
            try await untilGathering(queue)
            for number in 0..<3 { #expect(put("\(number)", to: queue, window) == nil) }
            switch ending {
            case .awaitedAppend: #expect(put("awaited", to: queue, Answers()) == nil)
            case .command: #expect(queue.put { _ in })
            case .shutdown: queue.shutDown()
            }
            // Were the window's own appends to end it, they would not all be in what is taken first.
            let work = try #require(await taken)
            #expect(bodies(work) == ["0", "1", "2"] + (ending == .awaitedAppend ? ["awaited"] : []))
            #expect(work.commands.count == (ending == .command ? 1 : 0))
            try #require(.now - began < .seconds(Self.tenMinutes / 2), "something is waited for")
            guard ending == .shutdown else { continue }
            #expect(await take(from: queue, gathering: Self.tenMinutes) == nil)
            #expect(put("late", to: queue, window)?.code == .shutDown)
            #expect(!queue.put { _ in })
        }
    }

    @Test("Nothing is gathered where somebody waits already; the next take begins anew", arguments: Ending.allCases)
    func endedBefore(_ ending: Ending) async throws {
        let began = ContinuousClock.now
        let queue = WriteQueue()
        #expect(put("0", to: queue, window) == nil)
        switch ending {
        case .awaitedAppend: #expect(put("awaited", to: queue, Answers()) == nil)
        case .command: #expect(queue.put { _ in })
        case .shutdown: queue.shutDown()
        }
        let work = try #require(await take(from: queue, gathering: Self.tenMinutes))
        #expect(bodies(work).first == "0")
        #expect(.now - began < .seconds(Self.tenMinutes / 2))
        guard ending != .shutdown else { return }
        async let next = take(from: queue, gathering: Self.tenMinutes)
        try await untilGathering(queue)
        queue.shutDown()
        #expect(await next == nil)
    }

    @Test("Nothing is gathered without load: one append is taken as soon as it is there")
    func withoutLoad() async throws {
        // The commit of one append, or of none, takes longer than is gathered for it.
        #expect(LogWriter.gathering(after: 0, lasting: 0) <= 0)
        #expect(LogWriter.gathering(after: 1, lasting: 0.000_2) <= 0)
        #expect(LogWriter.gathering(after: 10, lasting: 0.001) <= 0)
        #expect(LogWriter.gathering(after: 50, lasting: 0.001) > 0)
        #expect(LogWriter.gathering(after: 1_000_000, lasting: 0) <= Limits.gatherSeconds)

        let began = ContinuousClock.now
        for gathering in [0, -1.0] {
            let queue = WriteQueue()
            async let taken = take(from: queue, waitingFor: Self.tenMinutes, gathering: gathering)
            #expect(put("0", to: queue, window) == nil)
            #expect(bodies(try #require(await taken)) == ["0"])
        }
        #expect(.now - began < .seconds(Self.tenMinutes / 2))
    }

    @Test("The gathering ends by itself, with what has come or with nothing")
    func endsByItself() async throws {
        let queue = WriteQueue()
        #expect(try #require(await take(from: queue, gathering: 0.01)).isEmpty)
        #expect(put("0", to: queue, window) == nil)
        #expect(bodies(try #require(await take(from: queue, gathering: 0.01))) == ["0"])
    }

    @Test("Of many producers, gathered or awaited, every append is taken once and in the order in which it came")
    func order() async throws {
        let queue = WriteQueue()
        let (producers, count) = (4, 500)
        async let taken = takeAll(from: queue)
        await withTaskGroup(of: Void.self) { group in
            for producer in 0..<producers {
                group.addTask {
                    for number in 0..<count {
                        let completion: any AppendCompletion = number % 50 == producer ? Answers() : window
                        #expect(put("\(producer) \(number)", to: queue, completion) == nil)
                        if number % 7 == 0 { await Task.yield() }
                    }
                }
            }
        }
        queue.shutDown()
        let found = await taken.map { $0.split(separator: " ") }
        #expect(found.count == producers * count)
        for producer in 0..<producers {
            #expect(found.filter { $0[0] == "\(producer)" }.map { $0[1] } == (0..<count).map { "\($0)" })
        }
    }

    private func put(_ body: String, to queue: WriteQueue, _ completion: any AppendCompletion) -> EventLogError? {
        queue.put(Append(to: session, .tokens([body])), completion)
    }

    private func bodies(_ work: WriteQueue.Work) -> [String] { work.appends.flatMap { $0.append.events.map(\.body) } }

    /// Takes in a thread of its own, as the writer does.
    private func take(
        from queue: WriteQueue, waitingFor seconds: Double = 0, gathering: Double
    ) async -> WriteQueue.Work? {
        await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: queue.takeAll(waitingFor: seconds, gathering: gathering)) }.start()
        }
    }

    /// Takes until the shutdown.
    private func takeAll(from queue: WriteQueue) async -> [String] {
        var all: [String] = []
        while let work = await take(from: queue, waitingFor: Self.tenMinutes, gathering: 0.002) { all += bodies(work) }
        return all
    }

    private func untilGathering(_ queue: WriteQueue) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while !queue.isGathering, .now < deadline { await Task.yield() }
        try #require(queue.isGathering)
    }
}
