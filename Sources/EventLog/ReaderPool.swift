import Dispatch
import SQLite
import Synchronization

/// A few reading connections, each on a queue of its own, so that a read that waits for the disk holds up no task.
///
/// Read transactions are one page long: a long one would keep the WAL from starting again.
final class ReaderPool: Sendable {
    private final class Reader: @unchecked Sendable {
        // @unchecked: the connection is used on `queue` only.
        let queue: DispatchQueue
        let connection: Connection

        init(_ connection: Connection, number: Int) {
            self.connection = connection
            queue = DispatchQueue(label: "playhead.reader.\(number)")
        }
    }

    private let readers: [Reader]
    private let turn = Atomic<Int>(0)

    /// Opens the connections.
    init(count: Int, open: () throws -> Connection) throws {
        readers = try (0..<count).map { Reader(try open(), number: $0) }
    }

    /// Closes the connections; every later read throws `shutDown`.
    func close() {
        for reader in readers { reader.queue.sync { reader.connection.close() } }
    }

    /// Runs `body` on one of the connections, in one read transaction.
    func read<Result: Sendable>(_ body: @escaping @Sendable (LogQueries) throws -> Result) async throws -> Result {
        let reader = readers[turn.wrappingAdd(1, ordering: .relaxed).oldValue % readers.count]
        return try await withCheckedThrowingContinuation { continuation in
            reader.queue.async {
                continuation.resume(
                    with: Swift.Result {
                        guard reader.connection.isOpen else { throw EventLogError.isShutDown }
                        do {
                            return try reader.connection.transaction(immediate: false) {
                                try body(LogQueries(connection: reader.connection))
                            }
                        } catch let error as SQLiteError {
                            throw EventLogError.storage(error, doing: "read")
                        }
                    })
            }
        }
    }
}
