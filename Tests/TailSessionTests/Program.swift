import Foundation
import SQLite
import Synchronization
import TestSupport

/// The built `tail-session`, run as a process.
final class Program: Sendable {
    struct Result {
        var status: Int32
        var output: [UInt8]
        var errors: [UInt8]

        var errorText: String { String(decoding: errors, as: UTF8.self) }
    }

    private let process: Mutex<Process>
    private let output = Pipe()
    private let errors = Pipe()
    private let status: Task<Int32, Never>

    init(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = try Self.executable()
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        let (ended, continuation) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingOldest(1))
        process.terminationHandler = { continuation.yield($0.terminationStatus) }
        // `finished` awaits it.
        status = Task { await ended.first { _ in true } ?? -1 }
        try process.run()
        self.process = Mutex(process)
    }

    deinit {
        process.withLock { if $0.isRunning { $0.terminate() } }
    }

    /// Waits for so many bytes of the output.
    func output(_ count: Int) async throws -> [UInt8] {
        let handle = output.fileHandleForReading
        return try await Self.blocking {
            var bytes: [UInt8] = []
            while bytes.count < count, let more = try handle.read(upToCount: count - bytes.count), !more.isEmpty {
                bytes += more
            }
            return bytes
        }
    }

    /// Closes the end that the output is read from.
    func closeOutput() { try? output.fileHandleForReading.close() }

    /// Waits for the end, and gives the rest of the output.
    func finished() async throws -> Result {
        let (output, errors) = (output.fileHandleForReading, errors.fileHandleForReading)
        async let rest = Self.blocking { (try? output.readToEnd()) ?? Data() }
        async let told = Self.blocking { (try? errors.readToEnd()) ?? Data() }
        return Result(status: await status.value, output: Array(try await rest), errors: Array(try await told))
    }

    /// Runs what blocks on a thread of its own.
    private static func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value
    {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
        }
    }

    /// The program stands beside the test bundle.
    private static func executable() throws -> URL {
        let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("tail-session")
    }
}

extension TemporaryDirectory {
    /// Changes `log.db` behind the log's back, as a fault or a forger would.
    func sql(_ statements: String) throws {
        try Connection(path: path + "/log.db", mode: .create).execute(statements)
    }
}
