import Foundation

/// How long the random and the crash tests run: short by default, long with `PLAYHEAD_LONG=1`, from `PLAYHEAD_SEED`.
public enum TestLength {
    /// True for the form that runs for hours.
    public static let isLong = ProcessInfo.processInfo.environment["PLAYHEAD_LONG"] == "1"

    /// The seed of the random tests; a failure names it.
    public static let seed: UInt64 =
        ProcessInfo.processInfo.environment["PLAYHEAD_SEED"].flatMap { UInt64($0) } ?? 1

    /// One of two counts.
    public static func count(_ quick: Int, long: Int) -> Int { isLong ? long : quick }

    /// Says how far the long form has come, a hundred times: hours without a word look like a standstill.
    public static func note(_ done: Int, of count: Int, _ what: String) {
        guard isLong, done % max(1, count / 100) == 0 else { return }
        FileHandle.standardError.write(Data("\(what): \(done) of \(count), seed \(seed)\n".utf8))
    }
}
