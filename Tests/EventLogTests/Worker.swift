import Foundation

/// A `log-worker` process and what it said so far.
final class Worker: @unchecked Sendable {
    // @unchecked: `text` and `isEnded` are used under `condition`; the process is started and killed by one thread.

    private let process = Process()
    private let pipe = Pipe()
    private let condition = NSCondition()
    private var bytes: [UInt8] = []
    private var isEnded = false

    /// - Parameter mounting: a shell command that runs before it, in a mount namespace of its own, which ends with it.
    init(_ arguments: [String], mounting: String? = nil) throws {
        let worker = Self.directory.appendingPathComponent("log-worker")
        if let mounting {
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            let script = "\(mounting) && echo mounted && exec \"$0\" \"$@\""
            process.arguments = ["unshare", getuid() == 0 ? "-m" : "-rm", "sh", "-c", script, worker.path] + arguments
        } else {
            process.executableURL = worker
            process.arguments = arguments
        }
        process.standardOutput = pipe
        try process.run()
        let thread = Thread { [self] in
            while true {
                let data = pipe.fileHandleForReading.availableData
                condition.lock()
                bytes += data
                isEnded = data.isEmpty
                condition.broadcast()
                condition.unlock()
                if data.isEmpty { return }
            }
        }
        thread.start()
    }

    /// Waits until the process has said that many whole lines, or ended.
    @discardableResult
    func lines(atLeast count: Int) -> [Substring] {
        condition.lock()
        defer { condition.unlock() }
        while bytes.count(where: { $0 == 0x0A }) < count, !isEnded { condition.wait() }
        return wholeLines
    }

    /// Kills the process as a crash does and gives all that it said; nil where it had ended by itself.
    func kill() -> [Substring]? {
        Foundation.kill(process.processIdentifier, SIGKILL)
        let said = end()
        return process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL ? said : nil
    }

    /// Waits until the process has ended by itself and gives all that it said.
    func end() -> [Substring] {
        condition.lock()
        while !isEnded { condition.wait() }
        defer { condition.unlock() }
        process.waitUntilExit()
        return wholeLines
    }

    /// What was said, without a line that the kill cut short.
    private var wholeLines: [Substring] {
        let end = bytes.lastIndex(of: 0x0A) ?? 0
        return String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\n")
    }

    /// Where the executables of the package are: beside the test's.
    private static let directory: URL = {
        var place = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
            place = URL(fileURLWithPath: argument).deletingLastPathComponent()
        }
        return place
    }()
}
