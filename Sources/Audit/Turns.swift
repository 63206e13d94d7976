import Synchronization

/// Lets one after another do something, in the order in which they came.
///
/// There are never more than requests that the server takes at once.
final class Turns: Sendable {
    private struct State {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Runs `body` when everybody who came before is done.
    func inTurn<Result>(_ body: () async throws -> Result) async throws -> Result {
        await withCheckedContinuation { turn in
            let isFree = state.withLock { state in
                if state.isTaken { state.waiting.append(turn) }
                defer { state.isTaken = true }
                return !state.isTaken
            }
            if isFree { turn.resume() }
        }
        defer { endTurn() }
        return try await body()
    }

    private func endTurn() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.isTaken = false
            return nil
        }
        next?.resume()
    }
}
