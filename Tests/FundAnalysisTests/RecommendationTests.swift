import Events
import Foundation
import TestSupport
import Testing

@testable import FundAnalysis

@Suite("Recommendations")
struct RecommendationTests {
    private func recommend(
        _ portfolio: Portfolio, _ history: NavHistory? = nil, _ change: (inout AnalysisParameters) -> Void = { _ in }
    ) -> RecommendationReport {
        var parameters = AnalysisParameters()
        change(&parameters)
        return SeriesRandom(portfolio: portfolio, navHistory: history, benchmark: nil, flows: [])
            .reports(parameters).recommendations
    }

    private func outcome(_ report: RecommendationReport, _ key: String) -> RuleCheck.Outcome? {
        report.checks.first { $0.key == key }?.outcome
    }

    /// One large stock fund, and somewhere for its money to go.
    private let concentrated: [Holding] = [
        .of("白酒", 5_000, assetClass: "equity_active", risk: "R3"), .of("债", 3_000, assetClass: "bond", risk: "R2"),
        .of("余额宝", 2_000, assetClass: "money", risk: "R1"),
    ]

    @Test("A stock fund at half the money is high, and the option brings it to the mark")
    func singleHolding() throws {
        let report = recommend(.of(concentrated))
        let found = try #require(report.recommendations.first { $0.kind == "single_holding" })
        #expect(found.severity == 3)
        #expect(found.id == "single_holding:白酒")
        #expect(found.evidence.first?.figure.value == 0.5)
        #expect(found.evidence.first?.threshold == 0.4)
        #expect(found.action?.from == "白酒")
        #expect(found.action?.to == "余额宝")
        #expect(found.action?.amount == 2_500)
        #expect(found.trades.map(\.amount) == [-2_500, 2_500])
        let weight = try #require(found.expectedEffect.first { $0.name == "weight:白酒" })
        #expect(weight.before.value == 0.5)
        #expect(weight.after.value == 0.25)
        let loss = try #require(found.expectedEffect.first { $0.name == "scenario_loss" })
        #expect(abs((loss.after.value ?? 0) + 590) < 1e-9)
        #expect(!found.caveats.isEmpty)
    }

    @Test("A bond fund at half the money is not a stock fund at half the money")
    func bondFund() {
        let holdings: [Holding] = [
            .of("债", 4_900, assetClass: "bond"), .of("余额宝", 3_100, assetClass: "money"),
            .of("黄金", 2_000, assetClass: "commodity"),
        ]
        let found = recommend(.of(holdings)).recommendations.filter { $0.kind == "single_holding" }
        #expect(found.map(\.severity) == [1])
        #expect(found.first?.action == nil)
    }

    @Test("Money funds and broad indices are spread by themselves, sector indices are not")
    func broadIndex() {
        func kinds(_ name: String) -> [String] {
            recommend(
                .of([
                    .of(name, 5_000, assetClass: "equity_index"), .of("债", 2_600, assetClass: "bond"),
                    .of("余额宝", 2_400, assetClass: "money"),
                ])
            ).recommendations.map(\.kind)
        }
        #expect(!kinds("易方达沪深300ETF联接A").contains("single_holding"))
        #expect(kinds("招商中证白酒指数A").contains("single_holding"))
    }

    @Test("Without a profile there is no verdict on suitability; with one there is")
    func suitability() throws {
        let without = recommend(.of(concentrated))
        #expect(without.suitability.status == .needsProfile)
        #expect(outcome(without, "suitability") == .notComputable)
        #expect(without.checks.first { $0.key == "suitability" }?.needs == ["investor_profile"])
        #expect(!without.recommendations.contains { ["suitability", "equity_band"].contains($0.kind) })
        let with = recommend(.of(concentrated, profile: "C2"))
        let found = try #require(with.recommendations.first { $0.kind == "suitability" })
        #expect(found.severity == 3)
        #expect(found.evidence.first?.figure.value == 0.5)
        #expect(found.expectedEffect.first { $0.name == "mismatch_share" }?.after.value == 0)
        #expect(with.investorProfile == "C2")
        #expect(outcome(recommend(.of(concentrated, profile: "C3")), "suitability") == .passed)
    }

    @Test("An option never moves money to what the profile does not cover")
    func destination() throws {
        var holdings = concentrated
        holdings[1].riskLevel.value = "R4"
        holdings[2].riskLevel.value = "R5"
        let found = try #require(
            recommend(.of(holdings, profile: "C3")).recommendations.first { $0.kind == "single_holding" })
        #expect(found.action?.from == "白酒")
        #expect(found.action?.to == nil)
        #expect(found.trades.count == 1)
    }

    @Test("Doubtful figures come first, whatever else there is")
    func confirmFirst() throws {
        var holdings = concentrated
        holdings[2].confidence = 0.4
        var portfolio = Portfolio.of(holdings)
        portfolio.totalCheck = "mismatch"
        portfolio.dropped = [.init(row: "?", reason: "no amount")]
        let report = recommend(portfolio)
        #expect(report.confirmFirst)
        #expect(report.recommendations.first?.kind == "confirm_figures")
        #expect(report.recommendations.first?.subjects == ["余额宝"])
        #expect(report.recommendations.first?.evidence.first?.figure.value == 0.4)
        #expect(report.recommendations.first?.needs == ["confirmation", "holdings"])
        #expect(!recommend(.of(concentrated)).confirmFirst)
        #expect(recommend(.of([])).recommendations.map(\.kind) == ["confirm_figures"])
        #expect(recommend(.of([concentrated[0]])).confirmFirst)
    }

    @Test("Drift acts by the 5/25 rule, with trades and their effect")
    func drift() throws {
        func holdings(_ first: Decimal) -> [Holding] {
            [
                .of("A", first, assetClass: "bond", target: Decimal(string: "0.5")),
                .of("B", 10_000 - first, assetClass: "bond", target: Decimal(string: "0.5")),
            ]
        }
        #expect(outcome(recommend(.of(holdings(5_500))), "drift") == .passed)
        let found = try #require(
            recommend(.of(holdings(5_600))).recommendations.first { $0.kind == "drift" })
        #expect(found.severity == 2)
        #expect(found.trades.map(\.amount) == [-400, 400])
        #expect(found.action?.amount == 400)
        #expect(found.action?.fromWeight?.after.value == 0.52)
        #expect(abs((found.expectedEffect.first { $0.name == "largest_drift" }?.after.value ?? 0) - 0.02) < 1e-12)
        // A small target acts at a quarter of itself.
        let small: [Holding] = [
            .of("A", 96_000, target: Decimal(string: "0.94")), .of("B", 4_000, target: Decimal(string: "0.06")),
        ]
        #expect(outcome(recommend(.of(small)), "drift") == .raised)
        #expect(outcome(recommend(.of(concentrated)), "drift") == .notComputable)
        // Below the smallest trade nothing is proposed.
        #expect(outcome(recommend(.of(holdings(5_600))) { $0.minimumTradeAmount = 700 }, "drift") == .passed)
    }

    @Test("New money is used before anything is sold")
    func newMoney() throws {
        let holdings: [Holding] = [
            .of("A", 6_000, assetClass: "bond", target: Decimal(string: "0.5")),
            .of("B", 4_000, assetClass: "bond", target: Decimal(string: "0.5")),
        ]
        let report = recommend(.of(holdings)) { $0.newMoney = 2_000 }
        let found = try #require(report.recommendations.first { $0.kind == "drift" })
        #expect(found.trades.map(\.name) == ["B"])
        #expect(found.trades.map(\.amount) == [2_000])
        #expect(found.action?.from == nil)
        #expect(found.expectedEffect.first { $0.name == "largest_drift" }?.after.value == 0)
    }

    @Test("A class above its band, and an effective number below its share")
    func bands() throws {
        let holdings: [Holding] = [
            .of("金一", 2_000, assetClass: "commodity"), .of("金二", 1_000, assetClass: "commodity"),
            .of("债", 6_500, assetClass: "bond"), .of("币", 500, assetClass: "money"),
        ]
        let report = recommend(.of(holdings))
        let found = try #require(report.recommendations.first { $0.kind == "class_band" })
        #expect(found.id == "class_band:commodity")
        #expect(found.action?.from == "金一")
        #expect(found.action?.amount == 1_000)
        #expect(found.evidence.first?.figure.value == 0.3)
        #expect(outcome(report, "effective_number") == .raised)
        #expect(outcome(recommend(.of(holdings)) { $0.classBands["commodity"] = 0.5 }, "class_band") == .passed)
    }

    /// Two funds on weekdays: `first` and `second` give each day's return.
    private func series(_ days: Int, _ first: (Int) -> Double, _ second: (Int) -> Double) -> NavHistory {
        func walk(_ step: (Int) -> Double) -> [Double?] {
            var value = 1.0
            return (0..<days).map { day in
                defer { value *= 1 + step(day) }
                return value
            }
        }
        return NavHistory(
            dates: SeriesRandom.weekdays(days), navs: ["白酒": walk(first), "债": walk(second)])
    }

    @Test("History names the driver of the risk, the overlap and the drawdown")
    func seriesRules() throws {
        let holdings: [Holding] = [
            .of("白酒", 3_000, assetClass: "bond"), .of("债", 7_000, assetClass: "bond"),
        ]
        let wave: (Int) -> Double = { ($0 % 2 == 0 ? 0.02 : -0.021) }
        let report = recommend(.of(holdings), series(400, wave) { $0 % 3 == 0 ? 0.002 : -0.001 })
        let driver = try #require(report.recommendations.first { $0.kind == "risk_driver" })
        #expect(driver.subjects == ["白酒"])
        #expect(driver.evidence.first?.figure.value ?? 0 > 0.45)
        #expect(outcome(report, "overlap") == .passed)
        #expect(outcome(report, "risk_adjusted") == .raised)
        let same = recommend(.of(holdings), series(400, wave) { wave($0) * 0.5 })
        let overlap = try #require(same.recommendations.first { $0.kind == "overlap" })
        #expect(overlap.subjects == ["白酒", "债"])
        let fallen = recommend(.of(holdings), series(400, { $0 < 300 ? 0 : -0.003 }) { $0 < 300 ? 0 : -0.003 })
        let drawdown = try #require(fallen.recommendations.first { $0.kind == "drawdown" })
        #expect(drawdown.severity == 3)
        #expect(drawdown.action == nil)
        #expect(outcome(recommend(.of(holdings)), "drawdown") == .notComputable)
    }

    @Test("Every rule reports what became of it, findings are sorted, and the notice is there")
    func whole() throws {
        let fixtures = try SeriesFixtures()
        let report = recommend(fixtures.portfolio, fixtures.navHistory)
        #expect(report.checks.count == 11)
        #expect(Set(report.checks.map(\.key)).count == 11)
        for check in report.checks {
            let isRaised = report.recommendations.contains { $0.kind == check.key }
            #expect(isRaised == (check.outcome == .raised))
            #expect(check.needs.isEmpty == (check.outcome != .notComputable))
        }
        #expect(report.recommendations.map(\.severity) == report.recommendations.map(\.severity).sorted(by: >))
        #expect(Set(report.recommendations.map(\.id)).count == report.recommendations.count)
        #expect(report.notice.zh.contains("不构成投资建议"))
        let drift = try #require(report.recommendations.first { $0.kind == "drift" })
        #expect(drift.trades.count == 5)
        let volatility = try #require(drift.expectedEffect.first { $0.name == "ex_ante_volatility" })
        #expect(abs((volatility.before.value ?? 0) - 0.038137596652255294) < 1e-12)
        #expect(volatility.after.value ?? 0 > 0.07)
    }

    @Test("No title promises, predicts, presses or orders")
    func wording() throws {
        let banned = [
            "保本", "稳赚", "零风险", "一定", "必须", "马上", "立即", "guarantee", "will rise",
            "must", "hurry", "now or never",
        ]
        for seed in 0..<TestLength.count(8, long: 500) {
            var generator = SeriesGenerator(seed: UInt64(900 + seed))
            let random = SeriesRandom.wellFormed(&generator, holdings: 1 + seed % 6, days: 300)
            for recommendation in random.reports().recommendations.recommendations {
                let texts = [recommendation.title] + recommendation.caveats
                for text in texts.flatMap({ [$0.zh, $0.en] }) {
                    #expect(!text.isEmpty)
                    #expect(!banned.contains { text.lowercased().contains($0) }, "\(text)")
                }
                #expect((1...3).contains(recommendation.severity))
                if recommendation.action != nil {
                    #expect(!recommendation.trades.isEmpty)
                    #expect(!recommendation.expectedEffect.isEmpty)
                }
            }
        }
    }

    @Test("Any key of the parameters may be missing, and a map keeps the keys that are not given")
    func parameters() throws {
        #expect(try CanonicalJSON.decode(AnalysisParameters.self, from: "{}") == AnalysisParameters())
        let given = try CanonicalJSON.decode(
            AnalysisParameters.self,
            from: """
                {"risk_free_rate":0.015,"shocks":{"real_estate":-0.3},"class_bands":{"money":0.9},"persona":"x",
                "equity_classes":["equity_active"],"periods_per_year":52}
                """)
        #expect(given.riskFreeRate == 0.015)
        #expect(given.periodsPerYear == 52)
        #expect(given.shocks["real_estate"] == -0.3)
        #expect(given.shocks["bond"] == -0.03)
        #expect(given.classBands["money"] == 0.9)
        #expect(given.equityClasses == ["equity_active"])
        let text = try CanonicalJSON.encode(given)
        #expect(try CanonicalJSON.decode(AnalysisParameters.self, from: text) == given)
        let wrong = [
            #"{"alpha":"five percent"}"#, #"{"alpha":5}"#, #"{"alpha":0}"#, #"{"shocks":{"bond":-3}}"#,
            #"{"periods_per_year":0}"#, #"{"rebalance_band":2}"#, #"{"new_money":-1}"#, #"{"nav_jump":1e300}"#,
            #"{"exchange_rates":{"USD":0}}"#,
        ]
        for text in wrong {
            #expect(throws: DecodingError.self, "\(text)") {
                try CanonicalJSON.decode(AnalysisParameters.self, from: text)
            }
        }
    }

    @Test("A trade keeps units, cost and profit in proportion")
    func applying() {
        var holding = Holding.of("A", 1_000, cost: 800)
        holding.units = 500
        let sold = Portfolio.of([holding]).applying([0: -250]).holdings[0]
        #expect(sold.amount == 750)
        #expect(sold.units == 375)
        #expect(sold.cost == 600)
        #expect(sold.holdPl == 150)
        let bought = Portfolio.of([holding]).applying([0: 500])
        #expect(bought.holdings[0].cost == 1_300)
        #expect(bought.holdings[0].holdPl == 200)
        #expect(bought.totals.amount == 1_500)
        let all = Portfolio.of([holding]).applying([0: -2_000]).holdings[0]
        #expect(all.amount == 0)
        #expect(all.units == 0)
    }
}
