/// A pause that doubles each time, up to a longest one.
struct Backoff {
    private var pause: Duration
    private let longest: Duration

    init(first: Duration, longest: Duration) {
        pause = first
        self.longest = longest
    }

    /// For what another request is about to do.
    static var whileBusy: Backoff { Backoff(first: Limits.busyPause, longest: Limits.longestBusyPause) }

    /// For what failed and may work later.
    static var afterFailure: Backoff { Backoff(first: Limits.firstBackoff, longest: Limits.longestBackoff) }

    /// - Throws: `CancellationError`.
    mutating func wait() async throws { try await Task.sleep(for: next()) }

    /// Waits in a cancelled task too, which must not spin; one that is cancelled meanwhile is woken.
    mutating func waitThoughCancelled() async {
        let pause = next()
        guard Task.isCancelled else {
            try? await Task.sleep(for: pause)
            return
        }
        // Awaited right here: a task of its own is not cancelled with this one.
        await Task { try? await Task.sleep(for: pause) }.value
    }

    private mutating func next() -> Duration {
        defer { pause = min(pause * 2, longest) }
        return pause
    }
}
