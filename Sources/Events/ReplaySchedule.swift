/// When the events of a replay are due: with the pauses they were recorded with, faster or slower, none of them too long.
public struct ReplaySchedule: Sendable {
    private let speed: Double
    private let longestPause: Duration
    private var last: Timestamp?

    /// Makes a schedule.
    ///
    /// - Parameter speed: 1 as recorded, 2 twice as fast; infinity without pauses.
    public init(speed: Double, longestPause: Duration) {
        precondition(speed > 0, "a replay goes forward")
        self.speed = speed
        self.longestPause = longestPause
    }

    /// The pause between the event before and one recorded at a time; none before the first.
    public mutating func pause(before at: Timestamp) -> Duration {
        defer { last = at }
        guard let last, speed.isFinite, at > last else { return .zero }
        let microseconds = (Double(at.microseconds) - Double(last.microseconds)) / speed
        // A pause of years is cut before it is a whole number.
        return min(.microseconds(Int64(min(microseconds, 1e15))), longestPause)
    }

    /// Reads a speed: `max`, or a positive number; nil for anything else.
    public static func speed(_ text: String) -> Double? {
        if text == "max" { return .infinity }
        guard let speed = Double(text), speed > 0, speed.isFinite else { return nil }
        return speed
    }
}
