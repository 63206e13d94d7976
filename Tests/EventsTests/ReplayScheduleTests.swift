import Events
import Testing

@Suite("The schedule of a replay") struct ReplayScheduleTests {
    @Test("Pauses are those of the record, divided by the speed, and none is longer than the longest")
    func pauses() {
        let times = [0, 100_000, 100_000, 50_000, 5_050_000].map { Timestamp(microseconds: $0) }
        let cases: [(speed: Double, expected: [Int])] = [
            (1, [0, 100, 0, 0, 2_000]), (2, [0, 50, 0, 0, 2_000]), (0.5, [0, 200, 0, 0, 2_000]),
            (10, [0, 10, 0, 0, 500]), (.infinity, [0, 0, 0, 0, 0]), (1e-300, [0, 2_000, 0, 0, 2_000]),
        ]
        for (speed, expected) in cases {
            var schedule = ReplaySchedule(speed: speed, longestPause: .seconds(2))
            #expect(times.map { schedule.pause(before: $0) } == expected.map { .milliseconds($0) }, "speed \(speed)")
        }
    }

    @Test("Times that no clock gives make a pause too")
    func extremes() {
        var schedule = ReplaySchedule(speed: 1, longestPause: .seconds(2))
        let times = [Int64.min, .max, .min].map { Timestamp(microseconds: $0) }
        #expect(times.map { schedule.pause(before: $0) } == [.zero, .seconds(2), .zero])
    }

    @Test("A speed is max or a number above 0")
    func speeds() {
        #expect(ReplaySchedule.speed("max") == .infinity)
        #expect(ReplaySchedule.speed("0.5") == 0.5)
        for text in ["", "0", "-1", "inf", "nan", "fast"] { #expect(ReplaySchedule.speed(text) == nil) }
    }
}
