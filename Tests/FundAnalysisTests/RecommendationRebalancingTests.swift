import Foundation
import TestSupport
import Testing

@testable import FundAnalysis

@Suite("Rebalancing")
struct RecommendationRebalancingTests {
    /// One question to the rebalancing and to the exact solvers.
    struct Case: Codable {
        var weights: [Double]
        var targets: [Double]
        var bands: [Double]
        var cash: Double
        /// Our answer.
        var trades = 0
        var turnover = 0.0

        var plan: Rebalancing { Rebalancing(weights: weights, targets: targets, bands: bands, cash: cash) }

        /// Weights and targets on a grid of thousandths, so that edges are met exactly now and then; half of them
        /// near their targets, where holdings inside their bands have to help.
        static func random(_ count: Int, _ generator: inout SeriesGenerator) -> Case {
            let targets = shares(count, of: 1_000, &generator)
            let cash = Int.random(in: 0..<3, using: &generator) == 0 ? Int.random(in: 0...200, using: &generator) : 0
            let isNear = Bool.random(using: &generator)
            let weights =
                isNear
                ? near(targets, sum: 1_000 - cash, &generator) : shares(count, of: 1_000 - cash, &generator)
            let isUniform = Bool.random(using: &generator)
            return Case(
                weights: weights.map { Double($0) / 1_000 }, targets: targets.map { Double($0) / 1_000 },
                bands: targets.map { isUniform ? 0.02 : min(0.05, Double($0) / 4_000) }, cash: Double(cash) / 1_000)
        }

        private static func shares(_ count: Int, of sum: Int, _ generator: inout SeriesGenerator) -> [Int] {
            let cuts = (0..<count - 1).map { _ in Int.random(in: 0...sum, using: &generator) }.sorted()
            return zip(cuts + [sum], [0] + cuts).map { $0 - $1 }
        }

        /// Moves every share a little, then one at a time until the sum is right.
        private static func near(_ shares: [Int], sum: Int, _ generator: inout SeriesGenerator) -> [Int] {
            var moved = shares.map { max(0, $0 + Int.random(in: -35...35, using: &generator)) }
            var gap = sum - moved.reduce(0, +)
            while gap != 0 {
                let index = Int.random(in: 0..<moved.count, using: &generator)
                guard gap > 0 || moved[index] > 0 else { continue }
                moved[index] += gap.signum()
                gap -= gap.signum()
            }
            return moved
        }
    }

    /// The exact answer by trying every set of traded holdings, smallest sets first.
    private func exhaustive(_ question: Case) -> (trades: Int, turnover: Double)? {
        let count = question.weights.count
        let edges = (0..<count).map { index in
            (
                low: max(0, question.targets[index] - question.bands[index]),
                high: min(1, question.targets[index] + question.bands[index])
            )
        }
        let tolerance = 1e-12
        var best: (trades: Int, turnover: Double)?
        for set in 0..<(1 << count) {
            let traded = (0..<count).filter { set & (1 << $0) != 0 }
            let rest = (0..<count).filter { set & (1 << $0) == 0 }
            let isAllowed = rest.allSatisfy { index in
                question.weights[index] >= edges[index].low - tolerance
                    && question.weights[index] <= edges[index].high + tolerance
            }
            let needed = 1 - rest.reduce(0) { $0 + question.weights[$1] }
            let lowest = traded.reduce(0) { $0 + edges[$1].low }
            let highest = traded.reduce(0) { $0 + edges[$1].high }
            guard isAllowed, needed >= lowest - tolerance, needed <= highest + tolerance else { continue }
            // The least money: every traded weight to its nearest edge, and the difference on one side only.
            let nearest = traded.map { min(max(question.weights[$0], edges[$0].low), edges[$0].high) }
            let bought = zip(traded, nearest).reduce(0) { $0 + max(0, $1.1 - question.weights[$1.0]) }
            let sold = zip(traded, nearest).reduce(0) { $0 + max(0, question.weights[$1.0] - $1.1) }
            let gap = needed - nearest.reduce(0, +)
            let turnover = max(bought + max(0, gap), sold + max(0, -gap))
            if best == nil || (traded.count, turnover) < (best?.trades ?? 0, (best?.turnover ?? 0) - tolerance) {
                best = (traded.count, turnover)
            }
        }
        return best
    }

    @Test("The closed form needs as few trades and as little money as trying every set of holdings")
    func exact() throws {
        var generator = SeriesGenerator(seed: 42)
        var helped = 0
        for round in 0..<400 {
            let question = Case.random(2 + round % 6, &generator)
            let plan = question.plan
            let best = try #require(exhaustive(question))
            #expect(plan.count == best.trades, "\(question)")
            #expect(abs(plan.turnover - best.turnover) < 1e-10, "\(question)")
            let outside = question.weights.indices.count { index in
                abs(question.weights[index] - question.targets[index]) > question.bands[index] + 1e-12
            }
            if plan.count > outside { helped += 1 }
        }
        // The cases in which holdings inside their bands have to help are the ones worth testing.
        #expect(helped > 30)
    }

    @Test("Every plan ends within the bands and keeps the money")
    func feasible() {
        var generator = SeriesGenerator(seed: 43)
        for round in 0..<1_000 {
            let question = Case.random(2 + round % 30, &generator)
            let plan = question.plan
            #expect(abs(plan.changes.reduce(0, +) - question.cash) < 1e-12)
            for index in question.weights.indices {
                let after = question.weights[index] + plan.changes[index]
                #expect(after > -1e-12)
                #expect(abs(after - question.targets[index]) <= question.bands[index] + 1e-12, "\(question)")
            }
        }
    }

    @Test("Trades too small to be worth it are not made, and no weight is left further out than that")
    func smallest() {
        var generator = SeriesGenerator(seed: 44)
        for round in 0..<1_000 {
            let question = Case.random(2 + round % 9, &generator)
            guard question.cash == 0 else { continue }
            let smallest = 0.004
            let plan = Rebalancing(
                weights: question.weights, targets: question.targets, bands: question.bands, smallest: smallest)
            #expect(abs(plan.changes.reduce(0, +)) < 1e-12)
            #expect(plan.count <= question.plan.count)
            for index in question.weights.indices {
                let size = abs(plan.changes[index])
                #expect(size < 1e-12 || size > smallest - 1e-12, "\(question)")
                let after = question.weights[index] + plan.changes[index]
                #expect(abs(after - question.targets[index]) <= question.bands[index] + smallest + 1e-12)
            }
        }
    }

    @Test("As money the trades sum to the new money to the last hundredth")
    func money() {
        var generator = SeriesGenerator(seed: 45)
        for round in 0..<300 {
            let question = Case.random(2 + round % 9, &generator)
            let total = Decimal(Int.random(in: 10_000...9_999_999, using: &generator)) / 100
            let newMoney = Decimal.money(question.cash * total.double) ?? 0
            let amounts = question.plan.amounts(total: total, newMoney: newMoney)
            #expect(amounts.reduce(0, +) == newMoney)
            #expect(amounts.allSatisfy { $0 == $0.money })
        }
    }

    @Test("A rebalanced portfolio has the same total and no drift beyond its bands")
    func applied() throws {
        for seed in 0..<15 {
            var generator = SeriesGenerator(seed: UInt64(500 + seed))
            var random = SeriesRandom.wellFormed(&generator, holdings: 2 + seed % 6, days: 5)
            random.navHistory = nil
            var parameters = AnalysisParameters()
            parameters.minimumTradeAmount = 0
            let reports = random.reports(parameters)
            guard let drift = reports.recommendations.recommendations.first(where: { $0.kind == "drift" }) else {
                #expect(reports.risk.drift.rows.allSatisfy { !$0.exceeds })
                continue
            }
            #expect(drift.trades.reduce(0) { $0 + $1.amount } == 0)
            let trades = random.portfolio.holdings.indices.map { index in
                (index, drift.trades.first { $0.code == random.portfolio.holdings[index].code }?.amount ?? 0)
            }
            var after = random
            after.portfolio = random.portfolio.applying(Dictionary(uniqueKeysWithValues: trades))
            #expect(after.portfolio.totals.amount == random.portfolio.totals.amount)
            let result = after.reports(parameters)
            #expect(result.risk.drift.rows.allSatisfy { !$0.exceeds })
            for row in result.risk.drift.rows {
                let band = parameters.band(target: row.target.value ?? .nan)
                let hundredth = 0.05 / random.portfolio.totals.amount.double
                #expect(abs(row.drift.value ?? .nan) <= band + hundredth)
            }
            // What was promised is what is there.
            let promised = drift.expectedEffect.first { $0.name == "largest_drift" }?.after
            #expect(promised == result.risk.drift.largest)
        }
    }

    /// Long, because the script installs scipy where it is missing; without a network that is a failure, not a skip.
    @Test(
        "The closed form equals an exact MILP solver on 400 random portfolios",
        .enabled("only in the long form: it needs scipy from PyPI") { TestLength.isLong })
    func milp() throws {
        var generator = SeriesGenerator(seed: 45 + TestLength.seed)
        let cases = (0..<400).map { round in
            var question = Case.random(2 + round % 14, &generator)
            question.trades = question.plan.count
            question.turnover = question.plan.turnover
            return question
        }
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "rebalance_milp.py")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", script.path]
        // A file and no pipe: a script that ends early must not end the tests by SIGPIPE.
        let directory = try TemporaryDirectory()
        let file = URL(filePath: directory.path).appending(path: "cases.json")
        try JSONEncoder().encode(cases).write(to: file)
        let output = Pipe()
        process.standardInput = try FileHandle(forReadingFrom: file)
        process.standardOutput = output
        try process.run()
        let answer = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let text = String(decoding: answer, as: UTF8.self)
        print("milp: \(text)")
        #expect(process.terminationStatus == 0, "\(text)")
        #expect(text.contains("400 cases, 0 differences"))
    }
}
