import Foundation

/// How busy the machine is with other work.
enum Load {
    /// True where more threads want to run than there are cores (Linux: the first number of `/proc/loadavg`).
    static var isHigh: Bool {
        guard let text = try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8),
            let load = text.split(separator: " ").first.flatMap({ Double($0) })
        else { return false }
        return load > Double(ProcessInfo.processInfo.activeProcessorCount)
    }
}
