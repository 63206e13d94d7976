import Events
import Foundation

@testable import FundAnalysis

/// The portfolio of `Tests/Fixtures`, read by the plainest means, so that these tests do not hang on the reader.
struct SeriesFixtures {
    let portfolio: Portfolio
    let navHistory: NavHistory
    let benchmark: BenchmarkSeries
    let flows: [CashFlow]
    let reference: JSONValue

    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures")

    static func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    /// Rows as dictionaries by heading.
    static func rows(_ name: String) throws -> [[String: String]] {
        let lines = try text(name).split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        guard let heading = lines.first else { return [] }
        return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(heading, $0)) }
    }

    init() throws {
        let rows = try Self.rows("holdings.csv")
        let navRows = try Self.rows("nav.csv")
        let benchmarkRows = try Self.rows("benchmark.csv")
        let holdings = rows.map { row in
            func decimal(_ key: String) -> Decimal? { row[key].flatMap { Decimal(string: $0) } }
            let amount = decimal("amount") ?? 0
            let cost = decimal("cost")
            return Holding(
                name: row["name"] ?? "", code: row["code"], amount: amount, dayPl: decimal("day_pl"),
                holdPl: cost.map { amount - $0 }, cost: cost, units: decimal("units"),
                currency: row["currency"] ?? "", assetClass: .init(value: row["asset_class"] ?? "", source: "given"),
                region: .init(value: row["region"] ?? "", source: "given"),
                riskLevel: .init(value: "R3", source: "inferred_from_name"), targetWeight: decimal("target_weight"),
                buyDate: row["buy_date"])
        }
        portfolio = .of(holdings, asOf: "2025-12-31")
        let codes = rows.compactMap { $0["code"] }
        navHistory = NavHistory(
            dates: navRows.map { $0["date"] ?? "" },
            navs: Dictionary(uniqueKeysWithValues: codes.map { code in (code, navRows.map { Double($0[code] ?? "") }) })
        )
        benchmark = BenchmarkSeries(
            name: "benchmark", dates: benchmarkRows.map { $0["date"] ?? "" },
            values: benchmarkRows.map { Double($0["benchmark"] ?? "") })
        flows = try Self.rows("flows.csv").map {
            CashFlow(date: $0["date"] ?? "", amount: Decimal(string: $0["amount"] ?? "") ?? 0)
        }
        reference = try JSONValue.parse(try Self.text("reference.json"))
    }

    /// The parameters that the reference was made with.
    static var parameters: AnalysisParameters {
        var parameters = AnalysisParameters()
        parameters.riskFreeRate = 0.02
        parameters.periodsPerYear = 252
        parameters.alpha = 0.05
        parameters.rebalanceBand = 0.02
        return parameters
    }
}

extension Portfolio {
    /// A portfolio of holdings in one currency, with its totals.
    static func of(_ holdings: [Holding], asOf: String? = nil, profile: String? = nil) -> Portfolio {
        let costs = holdings.compactMap(\.cost)
        let profits = holdings.compactMap(\.holdPl)
        let days = holdings.compactMap(\.dayPl)
        return Portfolio(
            holdings: holdings, source: "csv", asOf: asOf,
            currency: Set(holdings.map(\.currency)).count == 1 ? holdings.first?.currency : nil,
            totals: .init(
                amount: holdings.reduce(0) { $0 + $1.amount }, cost: costs.isEmpty ? nil : costs.reduce(0, +),
                holdPl: profits.isEmpty ? nil : profits.reduce(0, +), dayPl: days.isEmpty ? nil : days.reduce(0, +)),
            totalCheck: "not_stated", investorProfile: profile)
    }
}

extension Holding {
    /// A holding with no more than a test needs.
    static func of(
        _ name: String, _ amount: Decimal, cost: Decimal? = nil, dayPl: Decimal? = nil, assetClass: String = "bond",
        region: String = "CN", risk: String = "R2", target: Decimal? = nil, currency: String = "CNY",
        confidence: Double = 1
    ) -> Holding {
        Holding(
            name: name, code: nil, amount: amount, dayPl: dayPl, holdPl: cost.map { amount - $0 }, cost: cost,
            currency: currency, assetClass: .init(value: assetClass, source: "given"),
            region: .init(value: region, source: "given"), riskLevel: .init(value: risk, source: "given"),
            targetWeight: target, confidence: confidence)
    }
}

/// A small generator with a seed, so that a failing random case can be run again.
struct SeriesGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &+ 0x9E37_79B9_7F4A_7C15 }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
