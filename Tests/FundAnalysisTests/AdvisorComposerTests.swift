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

    @Test("Portfolios that once had too little to say")
    func tooShort() {
        for seed: UInt64 in [563] {
            let material = AdvisorMaterials.random(seed: seed)
            let text = XiaomeiComposer.draft(material, seed: "s\(seed)|1")
            #expect(AnswerVerifier.verify(text, material: material).isEmpty, "\(material.question)\n\(text)")
        }
    }
}
