import Testing

@testable import FundAnalysis

@Suite("Statistics")
struct SeriesStatisticsTests {
    @Test("Days are numbered as the calendar has them")
    func days() {
        #expect(CalendarDay("1970-01-01")?.number == 0)
        #expect(CalendarDay("2000-03-01")?.number == 11_017)
        #expect(CalendarDay("2026-11-22")?.number == 20_779)
        let none = ["2024-02-30", "2023-02-29", "2024-13-01", "2024-1-01", "24-01-01", "2024/01/01", "", "+024-01-01"]
        for text in none {
            #expect(CalendarDay(text) == nil, "\(text)")
        }
        var previous = 0
        for number in stride(from: -200_000, to: 200_000, by: 997) {
            let day = CalendarDay(number: number)
            #expect(CalendarDay(day.text)?.number == number)
            previous = number
        }
        #expect(previous > 0)
        #expect(CalendarDay("2024-02-29")?.nextWeekday.text == "2024-03-01")
        #expect(CalendarDay("2026-11-20")?.nextWeekday.text == "2026-11-23")
    }

    @Test("Quantiles are interpolated and tails weigh their last observation")
    func tails() {
        let values = [0.04, -0.02, 0.01, -0.05, 0.03]
        #expect(Statistics.quantile(values, 0) == -0.05)
        #expect(Statistics.quantile(values, 1) == 0.04)
        #expect(abs((Statistics.quantile(values, 0.1) ?? 0) - -0.038) < 1e-15)
        // A quarter of five observations: the worst one whole and a quarter of the next.
        #expect(abs((Statistics.tailMean(values, 0.25) ?? 0) - (-0.05 - 0.25 * 0.02) / 1.25) < 1e-15)
        #expect(abs((Statistics.tailMean(values, 1) ?? 0) - 0.002) < 1e-15)
        #expect(Statistics.quantile([], 0.5) == nil)
    }

    @Test("Normal quantiles are exact to the last digits")
    func normal() {
        let known = [(0.05, -1.6448536269514729), (0.01, -2.3263478740408408), (0.001, -3.0902323061678132)]
        for (probability, quantile) in known {
            #expect(abs((Statistics.normalQuantile(probability) ?? 0) - quantile) < 1e-14)
            #expect(abs((Statistics.normalQuantile(1 - probability) ?? 0) + quantile) < 1e-12)
        }
        #expect(abs(Statistics.normalQuantile(0.5) ?? 1) < 1e-16)
        #expect(Statistics.normalQuantile(0) == nil)
    }

    @Test("A drawdown has its peak, its trough and its recovery")
    func drawdown() throws {
        let drawdown = try #require(Drawdown([100, 120, 90, 110, 120, 60, 80]))
        #expect(drawdown.deepest == -0.5)
        #expect(drawdown.peak == 4)
        #expect(drawdown.trough == 5)
        #expect(drawdown.recovered == nil)
        #expect(abs(drawdown.current + 1.0 / 3) < 1e-15)
        #expect(try #require(Drawdown([100, 50, 100])).recovered == 2)
        #expect(try #require(Drawdown([1, 2, 3])).deepest == 0)
        #expect(Drawdown([]) == nil)
        #expect(Drawdown([1, 0]) == nil)
    }

    @Test("A constant series has no correlation")
    func constant() {
        #expect(Statistics.correlation([0.1, 0.1, 0.1], [0.1, 0.2, 0.3]) == nil)
        #expect(Statistics.isConstant([0.1, 0.1 + 1e-17]))
        #expect(Statistics.skewness([0, 0, 0]) == nil)
    }
}
