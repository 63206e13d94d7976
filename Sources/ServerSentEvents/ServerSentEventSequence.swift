/// The events of a sequence of byte collections, for instance of an HTTP body's buffers.
public struct ServerSentEventSequence<Base: AsyncSequence>: AsyncSequence where Base.Element: Collection<UInt8> {
    /// One event.
    public typealias Element = ServerSentEvent

    let base: Base
    let decoder: ServerSentEventDecoder

    /// Reads from the beginning of the bytes.
    public func makeAsyncIterator() -> Iterator {
        Iterator(base: base.makeAsyncIterator(), decoder: decoder)
    }

    /// Pulls bytes only when every event of the bytes before has been taken.
    public struct Iterator: AsyncIteratorProtocol {
        var base: Base.AsyncIterator
        /// The state machine: its `lastEventID` and `retryMs` are what a reconnect needs.
        public private(set) var decoder: ServerSentEventDecoder
        private var events: [ServerSentEvent] = []
        private var taken = 0
        private var failure: ServerSentEventError?

        init(base: Base.AsyncIterator, decoder: ServerSentEventDecoder) {
            self.base = base
            self.decoder = decoder
        }

        /// The next event; nil at the end of the bytes, which discards an event without its blank line.
        public mutating func next() async throws -> ServerSentEvent? {
            while true {
                if taken < events.count {
                    defer { taken += 1 }
                    return events[taken]
                }
                if let failure { throw failure }
                events.removeAll(keepingCapacity: true)
                taken = 0
                guard let bytes = try await base.next() else { return nil }
                // What came before the bad line is given first.
                do { try decoder.feed(bytes, into: &events) } catch { failure = error }
            }
        }
    }
}

extension ServerSentEventSequence: Sendable where Base: Sendable {}

extension AsyncSequence where Element: Collection<UInt8> {
    /// Reads the bytes as an event stream.
    public func serverSentEvents(
        decoder: ServerSentEventDecoder = ServerSentEventDecoder()
    ) -> ServerSentEventSequence<Self> {
        ServerSentEventSequence(base: self, decoder: decoder)
    }
}
