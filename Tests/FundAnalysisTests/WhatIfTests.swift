import Foundation
import Testing

@testable import FundAnalysis

/// Questions about a change, against figures worked out by hand.
///
/// The known holdings: 0 沪深300 19,821.90; 1 白酒 21,500.68; 2 纳斯达克 43,132.44; 3 债券 228,228.00, cost 209,653.60;
/// 4 黄金 50,392.00, cost 34,600.00; 5 余额宝 105,879.69. In the scenario stocks fall by 20 %, bonds 3 %, gold 10 %.
@Suite("What if")
struct WhatIfTests {
    private static let total: Decimal = .exact("468955.71") - 1

    private static func asked(_ question: String, earlier: [String] = []) -> WhatIf? {
        WhatIf.asked(in: AdvisorMaterials.known(question, earlier: earlier))
    }

    private static func rounded(_ value: Decimal?) -> Decimal? { value.map { Speech.rounded($0, scale: 8) } }

    @Test("Half of the bond fund is sold", arguments: ["what if I sell half of the bond fund?", "债券基金卖一半会怎样？"])
    func sell(question: String) throws {
        let what = try #require(Self.asked(question))
        #expect(what.action == .sell(part: .exact("0.5")) && what.rows == [3] && what.size == .said)
        #expect(what.amount == .exact("228228") && what.moved == .exact("114114"))
        #expect(what.realisedPl == .exact("9287.2"))
        #expect(what.weightBefore == .exact("228228") / Self.total)
        #expect(Self.rounded(what.weightAfter) == Self.rounded(.exact("114114") / Self.total))
        #expect(what.lossBefore == .exact("28777.044"))
        #expect(what.lossAfter == .exact("25353.624"))
    }

    @Test("A bit of gold is a fifth, and says that it was not said")
    func bit() throws {
        let what = try #require(Self.asked("那黄金要不要卖一点？"))
        #expect(what.action == .sell(part: .exact("0.2")) && what.rows == [4] && what.size == .bit)
        #expect(what.moved == .exact("10078.4") && what.realisedPl == .exact("3158.4"))
    }

    @Test("New money grows the whole")
    func buy() throws {
        let what = try #require(Self.asked("再买1万黄金呢"))
        #expect(what.action == .buy(amount: 10_000) && what.moved == 10_000)
        #expect(what.weightAfter == .exact("60392") / (Self.total + 10_000))
        #expect(Self.rounded(what.lossAfter) == .exact("29777.044"))
    }

    @Test("A fall costs the account, not the number in the name")
    func fall() throws {
        let what = try #require(Self.asked("如果沪深300跌20%呢？"))
        #expect(what.action == .fall(.exact("0.2")) && what.rows == [0])
        #expect(what.moved == .exact("3964.38") && what.lossShare == .exact("3964.38") / Self.total)
    }

    @Test("Money moves from one to another and stays in the account")
    func move() throws {
        let what = try #require(Self.asked("move half of the bond fund into gold"))
        guard case .move(let part, let other) = what.action else {
            Issue.record("\(what.action)")
            return
        }
        #expect(part == .exact("0.5") && what.rows == [3] && other.rows == [4])
        #expect(what.otherAfter == .exact("164506") / Self.total)
        // 114,114 leave a class that falls by 3 % for one that falls by 10 %.
        #expect(Self.rounded(what.lossAfter) == .exact("36765.024"))
    }

    @Test("An amount is a part of what is held, and never more than all of it")
    func amounts() {
        #expect(Self.asked("卖掉3万黄金")?.action == .sell(part: 30_000 / .exact("50392")))
        #expect(Self.asked("卖掉10万黄金")?.action == .sell(part: 1))
        #expect(Self.asked("Sell all my stocks")?.rows == [0, 1, 2])
        #expect(Self.asked("Sell all my stocks")?.moved == .exact("84455.02"))
        #expect(Self.asked("清仓货币基金")?.action == .sell(part: 1))
    }

    @Test("“It” is what the question before was about")
    func earlier() {
        let what = Self.asked("那卖掉三成呢？", earlier: ["帮我看看", "黄金怎么样？"])
        #expect(what?.action == .sell(part: .exact("0.3")) && what?.rows == [4])
        #expect(Self.asked("那卖掉三成呢？") == nil)
        #expect(Self.asked("要不要定投？", earlier: ["黄金怎么样？", "昨天怎么样？", "谢谢"]) == nil)
    }

    @Test("A place in the list and a whole name mean one holding, and nothing else of its company")
    func named() {
        #expect(Self.asked("那第二只卖掉一半呢？", earlier: ["黄金怎么样？"])?.rows == [1])
        #expect(Self.asked("what if I sell the fourth fund?")?.rows == [3])
        // 易方达 alone would be the bond fund too.
        #expect(Self.asked("易方达沪深300ETF联接A卖一半")?.rows == [0])
        #expect(Self.asked("卖掉一半易方达增强回报债券A")?.rows == [3])
        #expect(Self.asked("把易方达沪深300ETF联接A的一半换成华安黄金ETF联接A")?.rows == [0])
    }

    @Test("A correction is no plan")
    func correction() {
        var material = AdvisorMaterials.known("黄金卖掉的应该是5000元")
        material.isCorrection = true
        #expect(WhatIf.asked(in: material) == nil && material.topics.isEmpty)
    }

    @Test(
        "A question about the past or about nothing is no change", arguments: ["为什么黄金跌了10%？", "我的基金风险大吗？", "卖一半", ""])
    func none(question: String) {
        #expect(Self.asked(question) == nil)
    }

    @Test("What is not held is named with nothing")
    func notHeld() throws {
        let what = try #require(Self.asked("原油要不要卖一点？"))
        #expect(what.rows.isEmpty && what.amount == 0)
    }
}
