public import Events
import Synchronization

/// A producer's bounded window of unacknowledged appends.
///
/// A producer that streams tokens does not wait for each acknowledgement: `send` returns at once while the window has
/// room, and the writer commits everything that is waiting in one transaction.
public final class AppendWindow: AppendCompletion {
    private struct State {
        var outstanding = 0
        var last: Offset?
        var failure: EventLogError?
        var waiter: Waiter?

        /// Nil while more than `room` bytes are outstanding.
        func outcome(room: Int) -> Result<Void, any Error>? {
            guard outstanding <= room else { return nil }
            return failure.map { .failure($0) } ?? .success(())
        }
    }

    /// An object, since a continuation in the state would make each change of it slow.
    private final class Waiter: Sendable {
        let room: Int
        let continuation: CheckedContinuation<Void, any Error>

        init(room: Int, _ continuation: CheckedContinuation<Void, any Error>) {
            self.room = room
            self.continuation = continuation
        }
    }

    private let log: any EventLog
    private let limit: Int
    private let state = Mutex(State())
    /// Set after the failure in the state, so that the writer, which asks for every append, need not lock.
    private let hasFailed = Atomic<Bool>(false)

    /// Opens a window of `limit` bytes onto a log; it serves one task.
    public init(_ log: any EventLog, limit: Int = Limits.bytesPerWindow) {
        self.log = log
        self.limit = limit
    }

    /// Queues an append; waits only while the window is full.
    ///
    /// - Throws: the error of an earlier append of this window, after which nothing more is taken.
    public func send(_ append: Append) async throws {
        try await waitUntil(outstandingAtMost: limit)
        state.withLock { $0.outstanding += append.cost }
        log.submit(append, self)
    }

    /// Waits until everything sent is durable, and gives the last offset.
    ///
    /// - Throws: the error of the first append that failed.
    @discardableResult
    public func flush() async throws -> Offset? {
        try await waitUntil(outstandingAtMost: 0)
        return state.withLock { $0.last }
    }

    /// The error of the first append that failed; then nothing more is taken.
    public var earlierFailure: EventLogError? {
        hasFailed.load(ordering: .acquiring) ? state.withLock { $0.failure } : nil
    }

    /// The window itself.
    public var failureGroup: ObjectIdentifier? { ObjectIdentifier(self) }

    /// Makes room.
    public func appendEnded(_ append: Append, _ result: Result<Appended, EventLogError>) {
        let cost = append.cost
        let waiter = state.withLock { state -> Waiter? in
            state.outstanding -= cost
            switch result {
            case .success(let appended): state.last = appended.last
            case .failure(let error):
                state.failure = state.failure ?? error
                hasFailed.store(true, ordering: .releasing)
            }
            guard let waiter = state.waiter, state.outstanding <= waiter.room else { return nil }
            state.waiter = nil
            return waiter
        }
        guard let waiter else { return }
        if let earlierFailure { return waiter.continuation.resume(throwing: earlierFailure) }
        waiter.continuation.resume()
    }

    private func waitUntil(outstandingAtMost room: Int) async throws {
        if let outcome = state.withLock({ $0.outcome(room: room) }) { return try outcome.get() }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let outcome = state.withLock { state -> Result<Void, any Error>? in
                if let outcome = state.outcome(room: room) { return outcome }
                precondition(state.waiter == nil, "a window serves one task")
                state.waiter = Waiter(room: room, continuation)
                return nil
            }
            if let outcome { continuation.resume(with: outcome) }
        }
    }
}
