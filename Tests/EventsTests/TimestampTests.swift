import Events
import Testing

@Suite("Timestamps") struct TimestampTests {
    @Test(
        "Instants are written and read",
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (1_795_349_071_655_120, "2026-11-22T12:04:31.655120Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
            (4_107_542_400_000_001, "2100-03-01T00:00:00.000001Z"),
        ] as [(Int64, String)])
    func known(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
        #expect(Timestamp(text)?.microseconds == microseconds)
    }

    @Test("An instant that no clock gives is written too", arguments: [Int64.min, .max])
    func extremes(microseconds: Int64) {
        #expect(Timestamp(microseconds: microseconds).description.hasSuffix("Z"))
    }

    @Test("Every day of four centuries is read back")
    func days() {
        for day in stride(from: Int64(-73_000), to: 73_000, by: 1) {
            let time = Timestamp(microseconds: day * 86_400_000_000 + 1)
            #expect(Timestamp(time.description) == time)
        }
    }

    @Test("Zones, fractions and letter cases of RFC 3339 are understood")
    func forms() {
        let noon = Timestamp("2026-11-22T12:00:00Z")
        for text in [
            "2026-11-22T20:00:00+08:00", "2026-11-22t12:00:00z", "2026-11-22 12:00:00Z",
            "2026-11-22T12:00:00.000000999Z",
            "2026-11-22T00:30:00-11:30", "2026-11-23T01:45:00.0+13:45",
        ] { #expect(Timestamp(text) == noon, "\(text)") }
        #expect(Timestamp("2026-11-22T12:00:00.5Z")?.microseconds == noon.map { $0.microseconds + 500_000 })
        #expect(Timestamp("2026-12-31T23:59:60Z") == Timestamp("2027-01-01T00:00:00Z"))
    }

    @Test(
        "What is no instant is refused",
        arguments: [
            "", "2026", "2026-11-22", "2026-11-22T12:00Z", "2026-11-22T12:00:00", "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
            "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+8:00", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00ZZ", " 2026-01-01T00:00:00Z",
            "+026-01-01T00:00:00Z", "２026-01-01T00:00:00Z",
        ])
    func refused(text: String) { #expect(Timestamp(text) == nil) }
}
