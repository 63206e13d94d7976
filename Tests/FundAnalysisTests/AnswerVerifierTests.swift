import Testing

@testable import FundAnalysis

/// Each rule on a text that breaks it and on one that does not.
@Suite("The verifier on deliberately wrong texts")
struct AnswerVerifierTests {
    private typealias Rule = AnswerViolation.Rule

    /// Total 468,954.71, P/L 19,839.27, gold 10.7 %.
    private static let material = AdvisorMaterials.known("我的基金风险大吗？")
    private static let english = AdvisorMaterials.known("How risky is it?", language: .en)

    /// What is wrong with sentences that are put before the notice; of their length nothing is said.
    private static func rules(_ sentences: String, _ material: AdvisorMaterial = material) -> [AnswerViolation] {
        let space = material.language == .zh ? "" : " "
        return AnswerVerifier.verify(sentences + space + Notice.text(material.language), material: material)
            .filter { $0.rule != .length }
    }

    @Test("What the composer says stands")
    func composed() throws {
        for material in [Self.material, Self.english] {
            let text = try XiaomeiComposer.compose(material, seed: "s|1")
            #expect(AnswerVerifier.verify(text, material: material).isEmpty)
        }
    }

    @Test(
        "Figures in any fair rendering stand",
        arguments: [
            "你一共有46.9万元。", "你一共有468954.71元。", "大约47万元。", "近47万元。", "46万多。", "黄金占了10.7%。", "黄金占了一成左右。",
            "赚了19839元。", "浮盈19839.27元。", "收益率4.4%。", "债券差不多一半。", "一共6只基金。", "三只在赔，我都看到了。",
        ])
    func fair(sentence: String) {
        #expect(Self.rules(sentence).isEmpty, "\(Self.rules(sentence))")
    }

    @Test(
        "A figure that nobody knows is found",
        arguments: [
            ("你一共有47.9万元。", "47.9万"), ("你一共有46.8万元。", "46.8万"), ("你一共有469954.71元。", "469954.71"),
            ("黄金占了10.9%。", "10.9%"), ("一年能有7.3%。", "7.3%"), ("黄金占了六成。", "六成"), ("你一共有46.9万美元。", "46.9万"),
            ("最多亏八十七万元。", "八十七万"),
        ])
    func unknown(sentence: String, found: String) {
        #expect(Self.rules(sentence) == [AnswerViolation(rule: .number, found: found)])
    }

    @Test("A gain told as a loss is found, and so is a loss told as a gain")
    func direction() {
        #expect(Self.rules("浮亏19839元。").map(\.rule) == [.direction])
        #expect(Self.rules("It is down ¥19,839.", Self.english).map(\.rule) == [.direction])
        #expect(Self.rules("沪深300浮盈15422元。").map(\.rule) == [.direction])
        #expect(Self.rules("沪深300浮亏15422元。").isEmpty)
    }

    @Test(
        "Promises, forecasts, urgency, orders and blame are found; their denial is none",
        arguments: [
            "这只基金保本。", "明天肯定会涨。", "赶紧卖掉。", "你应该卖一点。", "你必须分散。", "早就该卖了。", "稳赚不赔。", "目标价不高。",
        ])
    func phrases(sentence: String) {
        #expect(Self.rules(sentence).map(\.rule) == [.phrase], "\(Self.rules(sentence))")
    }

    @Test("English phrases are found as whole words")
    func englishPhrases() {
        for sentence in ["This is guaranteed.", "It will rise.", "You must sell.", "Act now.", "That was your fault."] {
            #expect(Self.rules(sentence, Self.english).map(\.rule) == [.phrase], "\(sentence)")
        }
        #expect(Self.rules("没有谁能保证收益。").isEmpty)
        #expect(Self.rules("Nobody can guarantee a return.", Self.english).isEmpty)
        #expect(Self.rules("Various variables vary, alphabetically.", Self.english).isEmpty)
    }

    @Test("Metric names, headings, lists, emphasis and a second emoji are found")
    func form() {
        #expect(Self.rules("你的夏普比率不错。").map(\.rule) == [.metric])
        #expect(Self.rules("Your Sharpe is fine.", Self.english).map(\.rule) == [.metric])
        #expect(Self.rules("# 总结\n还不错。").map(\.rule) == [.markup])
        #expect(Self.rules("- 还不错。\n").map(\.rule) == [.markup])
        #expect(Self.rules("**还不错**。").map(\.rule) == [.markup])
        #expect(Self.rules("还不错🙂。").isEmpty)
        #expect(Self.rules("还不错🙂🎉。").map(\.rule) == [.emoji])
    }

    @Test("More than ten numbers are too many, right as they may be")
    func numbers() {
        let figures = "46.9万元、19839元、10.7%、4.4%、22.8万元、10.6万元、5万元、48.7%、22.6%、9.2%"
        #expect(Self.rules("\(figures)。").isEmpty, "\(Self.rules("\(figures)。"))")
        #expect(Self.rules("\(figures)、6只。").map(\.rule) == [.numbers])
    }

    @Test("Too short, too long, without the notice or in another language is found")
    func whole() throws {
        let text = try XiaomeiComposer.compose(Self.material, seed: "s|1")
        let notice = Notice.text(.zh)
        #expect(AnswerVerifier.verify("好的。" + notice, material: Self.material).map(\.rule) == [.length])
        let long = String(repeating: "慢慢来，不着急。", count: 80) + notice
        #expect(AnswerVerifier.verify(long, material: Self.material).map(\.rule) == [.length])
        let cut = String(text.dropLast(notice.count)) + String(repeating: "慢慢来，不着急。", count: 8)
        #expect(AnswerVerifier.verify(cut, material: Self.material).map(\.rule) == [.notice])
        let english = "All of this is calm and steady, and there is time to think it over. "
        #expect(
            Self.rules(String(repeating: english, count: 3)).map(\.rule) == [.language])
    }

    @Test("A number that the user said may be said back, and a name's own digits are no figures")
    func said() {
        let material = AdvisorMaterials.known("要是亏掉12345元怎么办？沪深300呢？")
        #expect(Self.rules("你说的12345元，先放一放。", material).isEmpty)
        #expect(Self.rules("易方达沪深300ETF联接A先放一放。", material).isEmpty)
    }
}
