/// A pause that doubles each time, up to a longest one.
struct Backoff {
    private var next: Duration
    private let longest: Duration

    init(first: Duration, longest: Duration) {
        next = first
        self.longest = longest
    }

    /// For what another request is about to do.
    static var whileBusy: Backoff { Backoff(first: Limits.busyPause, longest: Limits.longestBusyPause) }

    /// - Throws: `CancellationError`.
    mutating func wait() async throws {
        let pause = next
        next = min(next * 2, longest)
        try await Task.sleep(for: pause)
    }
}
