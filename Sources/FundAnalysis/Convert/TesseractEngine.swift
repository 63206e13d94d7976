import Foundation
import Subprocess

/// Tesseract 5 as a child process: the image on its standard input, TSV on its standard output.
///
/// One page at a time, because one page fills a core; others wait in line. `OMP_THREAD_LIMIT=1` keeps Tesseract's
/// threads from fighting each other (12 s instead of 2 s on a busy machine with two cores). The child gets no other
/// variable of ours than it needs, and ends, whatever it does, at the deadline.
public actor TesseractEngine: OCREngine {
    /// The first line of `tesseract --version`.
    public nonisolated let version: String
    /// The models that are installed.
    public nonisolated let languages: Set<String>

    private let executable: String
    private let deadline: Duration
    private var isBusy = false
    private var waiting: [(ticket: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    private var nextTicket = 0

    /// What to do where there is no engine.
    public static let installHint = "apt-get install tesseract-ocr tesseract-ocr-chi-sim"

    /// Finds the engine and its models.
    ///
    /// - Parameters:
    ///   - executable: A name that is looked up in `PATH`, or a path.
    ///   - deadline: How long one page may take.
    ///   - startDeadline: How long each of the two questions at start may take.
    /// - Throws: `ocr_unavailable`, with the line that installs what is missing.
    public static func discover(
        executable: String = "tesseract", deadline: Duration = Limits.ocrDeadline,
        startDeadline: Duration = Limits.ocrDiscoveryDeadline
    ) async throws -> TesseractEngine {
        // The child may end before it has read its input; that must be an error here, not the end of this process.
        // SwiftNIO does the same in the server.
        _ = signal(SIGPIPE, SIG_IGN)
        let version: String
        let list: String
        do {
            version = try await output(executable, ["--version"], [], startDeadline)
            list = try await output(executable, ["--list-langs"], [], startDeadline)
        } catch {
            if error is CancellationError { throw error }
            throw FundAnalysisError(
                code: .ocrUnavailable, message: "\(executable) cannot be run, so images cannot be read",
                hint: installHint)
        }
        let languages = Set(list.split(whereSeparator: \.isNewline).dropFirst().map { String($0).trimmed })
        let missing = ["chi_sim", "eng"].filter { !languages.contains($0) }
        guard missing.isEmpty else {
            throw FundAnalysisError(
                code: .ocrUnavailable, message: "tesseract has no model for \(missing.joined(separator: " and "))",
                hint: installHint)
        }
        return TesseractEngine(
            executable: executable, deadline: deadline, languages: languages,
            version: version.split(whereSeparator: \.isNewline).first.map(String.init) ?? "tesseract")
    }

    private init(executable: String, deadline: Duration, languages: Set<String>, version: String) {
        self.executable = executable
        self.deadline = deadline
        self.languages = languages
        self.version = version
    }

    /// Reads one page; waits while another is read.
    public func words(in image: [UInt8], pass: OCRPass) async throws -> [OCRWord] {
        try await enter()
        defer { leave() }
        let arguments =
            ["stdin", "stdout", "-l", pass == .first ? "chi_sim+eng" : "chi_sim", "--oem", "1", "--psm", "6"]
            + ["--dpi", "300", "-c", "preserve_interword_spaces=1", "tsv"]
        do {
            return try OCRWord.words(tsv: await Self.output(executable, arguments, image, deadline))
        } catch let error as SubprocessError {
            throw FundAnalysisError(code: .ocrFailed, message: "tesseract could not be run: \(error)")
        }
    }

    private func enter() async throws {
        try Task.checkCancellation()
        guard isBusy else {
            isBusy = true
            return
        }
        guard waiting.count < Limits.ocrWaiting else {
            throw FundAnalysisError(
                code: .ocrFailed, message: "\(waiting.count) images wait to be read already", hint: "Try again later.")
        }
        let ticket = nextTicket
        nextTicket += 1
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiting.append((ticket, $0)) }
        } onCancel: {
            // Nobody awaits this task: it only takes the waiter out of the line.
            Task { await self.giveUp(ticket) }
        }
    }

    private func giveUp(_ ticket: Int) {
        guard let place = waiting.firstIndex(where: { $0.ticket == ticket }) else { return }
        waiting.remove(at: place).continuation.resume(throwing: CancellationError())
    }

    /// Hands the engine to the next in line, so that `isBusy` never falls in between.
    private func leave() {
        if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().continuation.resume() }
    }

    /// Runs the child to its end or to the deadline and returns what it wrote.
    private static func output(
        _ executable: String, _ arguments: [String], _ input: [UInt8], _ deadline: Duration
    ) async throws -> String {
        try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask { try await run(executable, arguments, input) }
            group.addTask {
                try await Task.sleep(for: deadline)
                throw FundAnalysisError(
                    code: .ocrTimeout, message: "the image took longer than \(deadline) and reading was stopped",
                    hint: "Send a smaller part of the list.")
            }
            // Leaving the group with an error or a result cancels the other task; a cancelled child is killed.
            defer { group.cancelAll() }
            return try await group.next() ?? ""
        }
    }

    private static func run(_ executable: String, _ arguments: [String], _ input: [UInt8]) async throws -> String {
        // A name would be looked up in the other folders too, so a path must hold by itself.
        if executable.contains("/"), !FileManager.default.isExecutableFile(atPath: executable) {
            throw FundAnalysisError(code: .ocrUnavailable, message: "\(executable) cannot be run", hint: installHint)
        }
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
        ]
        // Written by hand, because `input: .array` stops this whole process when the child closes its end early
        // (swift-subprocess issue 367); the child's status says more about that than the broken pipe does.
        let result = try await Subprocess.run(
            .name(executable.split(separator: "/").last.map(String.init) ?? executable),
            arguments: Arguments(arguments), environment: .custom(environment(for: executable)),
            platformOptions: options, input: .inputWriter, output: .bytes(limit: Limits.ocrOutputBytes),
            error: .string(limit: 16 * 1024)
        ) { execution in
            _ = try? await execution.standardInputWriter.write(input)
            try await execution.standardInputWriter.finish()
        }
        guard result.terminationStatus.isSuccess else {
            let reason = result.standardError.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
            throw FundAnalysisError(
                code: .ocrFailed, message: "the image could not be read: \(reason.cutToRaw)",
                hint: "Send the screenshot again as the phone saved it.")
        }
        return String(decoding: result.standardOutput, as: UTF8.self)
    }

    /// Keys of model providers are none of the child's business.
    ///
    /// The folder of an executable that is given as a path goes first in `PATH`, which is where the name is looked
    /// up.
    private static func environment(for executable: String) -> [Environment.Key: String] {
        let ours = ProcessInfo.processInfo.environment
        var result: [Environment.Key: String] = ["OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"]
        for name in ["PATH", "HOME", "TMPDIR", "TESSDATA_PREFIX", "LD_LIBRARY_PATH"] {
            if let value = ours[name] { result[Environment.Key(stringLiteral: name)] = value }
        }
        if let slash = executable.lastIndex(of: "/") {
            result["PATH"] = "\(executable[..<slash]):\(ours["PATH"] ?? "")"
        }
        return result
    }
}
