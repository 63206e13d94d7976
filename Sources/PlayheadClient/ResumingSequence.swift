import ServerSentEvents

/// The frames or events of a session, over as many connections as it takes.
///
/// A lost connection is made again and resumed after the last message received, so that nothing is missed and nothing
/// comes twice. It is a cursor: nothing is read ahead of the consumer but what stands in one piece of the body.
public struct ResumingSequence<Item: Sendable>: AsyncSequence, Sendable {
    /// A frame or an event.
    public typealias Element = Item

    let client: PlayheadClient
    let request: StreamRequest
    let makeReader: @Sendable () -> any MessageReader<Item>

    /// The same elements, as many at a time as one piece of the body completed.
    public var batches: Batches { Batches(sequence: self) }

    /// Starts at the beginning; every iterator has connections of its own.
    public func makeAsyncIterator() -> Iterator { Iterator(batches: batches.makeAsyncIterator()) }

    /// One element after the other.
    public struct Iterator: AsyncIteratorProtocol {
        private var batches: Batches.Iterator
        private var batch: [Item] = []
        private var taken = 0

        init(batches: Batches.Iterator) { self.batches = batches }

        /// The next element; nil where the stream has ended.
        ///
        /// - Throws: `PlayheadClientError`, or `CancellationError` where the task is cancelled.
        public mutating func next() async throws -> Item? {
            while taken == batch.count {
                guard let next = try await batches.next() else { return nil }
                batch = next
                taken = 0
            }
            defer { taken += 1 }
            return batch[taken]
        }
    }

    /// Elements in batches, none of them empty.
    public struct Batches: AsyncSequence, Sendable {
        let sequence: ResumingSequence

        /// Starts at the beginning; every iterator has connections of its own.
        public func makeAsyncIterator() -> Iterator { Iterator(sequence) }
    }
}

/// Makes elements of the messages of a stream; it keeps what it knows over all connections.
protocol MessageReader<Item> {
    associatedtype Item: Sendable

    mutating func read(_ message: ServerSentEvent, id: FrameID) throws -> Reading<Item>
}

/// What a message came to.
enum Reading<Item> {
    case element(Item)
    /// A message that does not belong here, for instance of another run.
    case skip
    /// The stream is over for this reader, whatever the server sends after.
    case last(Item)
}
