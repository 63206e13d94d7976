import EventLog
import Events
import TestSupport
import Testing

/// The implementations of the log that pass the contract tests.
enum Implementation: String, CaseIterable, Sendable {
    case memory
    case sqlite
    /// The same, settling all the time.
    case sqliteSettling

    /// Runs a test with an empty log.
    func withLog(_ body: (any EventLog) async throws -> Void) async throws {
        if self == .memory { return try await body(MemoryEventLog()) }
        let directory = try TemporaryDirectory()
        let log = try SQLiteEventLog(directory: directory.path, options: options)
        defer { log.shutDown() }
        try await body(log)
    }

    private var options: SQLiteEventLog.Options {
        var options = SQLiteEventLog.Options()
        if self == .sqliteSettling {
            options.unsettledEvents = 5
            options.slices = .small
        }
        return options
    }
}

/// Asserts that a body throws the log's error with a code, and gives the error.
func expectError(
    _ code: EventLogError.Code, _ body: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
) async throws -> EventLogError {
    let error = await #expect(throws: EventLogError.self, sourceLocation: sourceLocation) { try await body() }
    let found = try #require(error, sourceLocation: sourceLocation)
    #expect(found.code == code, sourceLocation: sourceLocation)
    return found
}
