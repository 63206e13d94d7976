import Audit
import EventLog
import Evidence
import Foundation
import Logging
import TestSupport

/// A log with a desk, in a directory of its own.
struct AuditBench {
    let directory: TemporaryDirectory
    let log: SQLiteEventLog
    let attachments: AttachmentStore
    let keys: LogKeys
    let desk: AuditDesk

    init(audit: Bool = true) throws {
        directory = try TemporaryDirectory()
        var options = SQLiteEventLog.Options()
        options.audit = audit
        log = try SQLiteEventLog(directory: directory.path, options: options)
        attachments = try AttachmentStore(dataDirectory: directory.path)
        keys = try LogKeys.make(directory: directory.path, name: "test.example/log")
        desk = AuditDesk(log: log, directory: directory.path, attachments: attachments, keys: keys)
    }

    var path: String { directory.path }
    /// A logger for what is meant to go wrong.
    var logger: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    /// What the verifier in Python says of the log and a checkpoint of it.
    func secondVerifierOfLog(_ note: String) throws -> String {
        let file = path + "/note"
        try (note + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        return try secondVerifier(["log", path, "--checkpoint", file, "--key", keys.signer.verifier.text])
    }

    /// The files below the directory whose raw bytes hold a text.
    func files(holding text: String) throws -> [String] {
        let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return try names.filter { name in
            var isDirectory: ObjCBool = false
            let isThere = FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isDirectory)
            guard isThere, !isDirectory.boolValue else { return false }
            return try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)).range(of: Data(text.utf8)) != nil
        }
    }

    /// What the verifier in Python prints.
    func secondVerifier(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Audit/verify.py").path
        process.arguments = ["python3", script] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self)
    }
}
