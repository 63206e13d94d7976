import BenchmarkReference
import Foundation

/// What the process has used so far.
struct ProcessFigures {
    var seconds: Double
    var cpuSeconds: Double
    var bytesWritten: Double

    static var now: ProcessFigures {
        ProcessFigures(
            seconds: clock(CLOCK_MONOTONIC), cpuSeconds: clock(CLOCK_PROCESS_CPUTIME_ID),
            bytesWritten: Double(reference_bytes_written()))
    }

    /// What was used since an earlier moment.
    static func - (later: ProcessFigures, earlier: ProcessFigures) -> ProcessFigures {
        ProcessFigures(
            seconds: later.seconds - earlier.seconds, cpuSeconds: later.cpuSeconds - earlier.cpuSeconds,
            bytesWritten: later.bytesWritten - earlier.bytesWritten)
    }

    static func clock(_ clock: clockid_t) -> Double { reference_now(clock) }
}

/// Measured durations.
struct Durations {
    private(set) var sorted: [Double]

    init(_ values: [Double]) { sorted = values.sorted() }

    /// The value below which that share of the values lies.
    func percentile(_ share: Double) -> Double {
        sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
    }
}

/// A C function's result code that is not 0.
struct ReferenceError: Error, CustomStringConvertible {
    var code: Int32
    var description: String { "the reference program failed with SQLite code \(code)" }

    static func check(_ code: Int32) throws {
        if code != 0 { throw ReferenceError(code: code) }
    }
}
