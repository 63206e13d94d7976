import Agents
import Events
import Foundation
import TestSupport
import Testing

@testable import FundAnalysis

@Suite("Xiaomei's answers")
struct AdvisorComposerTests {
    @Test("Any portfolio and any question give a verified answer of 400 to 600 characters", arguments: 0..<8)
    func anyPortfolio(part: Int) {
        let count = UInt64(TestLength.count(12, long: 4000))
        for seed in UInt64(part) * count..<UInt64(part + 1) * count {
            let material = AdvisorMaterials.random(seed: seed)
            let text = XiaomeiComposer.draft(material, seed: "s\(seed)|1")
            let violations = AnswerVerifier.verify(text, material: material)
            #expect(violations.isEmpty, "seed \(seed), \(material.question): \(violations)\n\(text)")
            #expect(!text.contains("{") || material.portfolio?.holdings.contains { $0.name.contains("{") } == true)
        }
    }

    @Test("No sentence is said twice, and an English one begins with a capital")
    func sentences() {
        for (question, language) in [("我的基金风险大吗？", AdvisorLanguage.zh), ("How risky is it?", .en)] {
            let material = AdvisorMaterials.known(question, language: language)
            var openings: Set<String> = []
            for run in 0..<20 {
                let text = XiaomeiComposer.draft(material, seed: "s|\(run)")
                let sentences = text.split { "。！？.?!".contains($0) }.map { $0.trimmingCharacters(in: .whitespaces) }
                #expect(Set(sentences).count == sentences.count, "\(text)")
                #expect(sentences.allSatisfy { $0.first?.isLowercase != true || $0.first?.isNumber == true }, "\(text)")
                openings.insert(sentences.prefix(2).joined())
            }
            #expect(openings.count > 3)
        }
    }

    @Test(
        "What is asked is answered",
        arguments: [
            ("昨天怎么样？", "最近一天"), ("原油怎么样？", "原油"), ("What about oil?", "oil"), ("手续费贵吗？", "费"),
            ("会涨吗？", "预测|说不准"), ("哪只最差？", "沪深300ETF"), ("Which is the worst?", "沪深300ETF"),
            ("Which is the best?", "增强回报债券"), ("适合我吗？", "等级|测评"), ("Does it suit me?", "profile"),
            ("太集中了吗？", "集中|分散|匀"),
            ("跑赢大盘了吗？", "指数"), ("那黄金要不要卖一点？", "两成"), ("Will it go up?", "ahead|guess"),
        ])
    func asked(question: String, words: String) {
        var portfolio = AdvisorMaterials.knownPortfolio()
        portfolio.totals.dayPl = 523.4
        portfolio.holdings[0].dayPl = 523.4
        for run in 0..<4 {
            let material = AdvisorMaterials.material(portfolio, question)
            let text = XiaomeiComposer.draft(material, seed: "s|\(run)")
            #expect(words.split(separator: "|").contains { text.contains($0) }, "\(text)")
        }
    }

    @Test("Portfolios that once had too little to say")
    func tooShort() {
        for seed: UInt64 in [563, 4236] {
            let material = AdvisorMaterials.random(seed: seed)
            let text = XiaomeiComposer.draft(material, seed: "s\(seed)|1")
            #expect(AnswerVerifier.verify(text, material: material).isEmpty, "\(material.question)\n\(text)")
        }
    }
}
