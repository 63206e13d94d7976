import Foundation
import Synchronization

/// A gate that a test opens once, for tasks and for threads: how tests wait without sleeping.
public final class Gate: Sendable {
    private let state = Mutex(State())
    private let semaphore = DispatchSemaphore(value: 0)

    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// Takes the parts as they are.
    public init() {}

    /// True after `open`.
    public var isOpen: Bool { state.withLock { $0.isOpen } }

    /// Lets everybody through, now and later.
    public func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
        semaphore.signal()
    }

    /// Waits in a task.
    public func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    /// Waits in a thread of its own.
    public func waitBlocking() {
        semaphore.wait()
        semaphore.signal()
    }
}
