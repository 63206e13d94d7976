import Foundation

/// Asks the owner about figures of a screenshot that were not read with certainty, and takes the answer in.
///
/// It is on where the agent of `convert_portfolio` has the parameter `"confirm_figures": true`.
enum FigureConfirmation {
    static let parameter = "confirm_figures"

    /// What to ask, in the language of the message; nil where every figure was read well.
    ///
    /// The same reading gives the same question.
    static func question(about portfolio: Portfolio, message: String) -> String? {
        guard ["ocr", "vision"].contains(portfolio.source) else { return nil }
        let doubtful = portfolio.holdings.filter(isDoubtful).prefix(Limits.questionedRows)
        let lost = portfolio.dropped.prefix(Limits.questionedRows)
        guard !doubtful.isEmpty || !lost.isEmpty || portfolio.totalCheck == "mismatch" else { return nil }
        let isChinese = AdvisorLanguage.detect(message, names: portfolio.holdings.map(\.name)) == .zh
        var lines = [
            isChinese ? "截图里有几处没有读清楚，想先和你核对一下：" : "Some figures of the screenshot could not be read with certainty:"
        ]
        for holding in doubtful {
            let profit = holding.holdPl.map { isChinese ? "，持有收益\($0.plain)" : ", profit or loss \($0.plain)" } ?? ""
            lines.append(
                isChinese
                    ? "\(holding.name)：金额\(holding.amount.plain)\(profit)"
                    : "\(holding.name): amount \(holding.amount.plain)\(profit)")
        }
        for row in lost { lines.append((isChinese ? "没有读出来的一行：" : "A row that could not be read: ") + row.row) }
        if portfolio.totalCheck == "mismatch" {
            lines.append(isChinese ? "各项金额加起来和总额对不上。" : "The amounts do not add up to the stated total.")
        }
        lines.append(
            isChinese
                ? "都对的话回复“对”；不对的请直接告诉我，例如“招商白酒的金额应该是5000”，或者再发一张清楚的截图。"
                : "Answer \"yes\" if they are right; otherwise say for instance \"the amount of the NASDAQ fund is 43,000\", "
                    + "or send a clearer screenshot.")
        return lines.joined(separator: "\n")
    }

    /// The portfolio as the answer corrects or confirms it; an answer that does neither leaves it in doubt.
    static func applying(_ answer: String, to converted: ConvertedPortfolio) -> ConvertedPortfolio {
        guard var portfolio = converted.portfolio else { return converted }
        var converted = converted
        if let (corrected, changes) = PortfolioCorrection.apply(answer, to: portfolio) {
            converted.corrections += changes
            // Where it is not clear which holding is meant, nothing is corrected.
            if corrected == portfolio { return converted }
            portfolio = corrected
        } else if !isYes(answer) {
            return converted
        }
        for index in portfolio.holdings.indices where isDoubtful(portfolio.holdings[index]) {
            portfolio.holdings[index].confidence = 1
            portfolio.holdings[index].checks.append("confirmed_by_user")
        }
        converted.portfolio = portfolio
        return converted
    }

    private static func isDoubtful(_ holding: Holding) -> Bool {
        holding.confidence < AnalysisParameters().minimumConfidence
    }

    private static func isYes(_ answer: String) -> Bool {
        let text = answer.lowercased()
        let isNo = ["不", "错", "没有"].contains(where: text.contains) && !text.contains("没错")
        let words = text.split { !$0.isLetter }.map(String.init)
        if isNo || ["no", "not", "wrong"].contains(where: words.contains) { return false }
        return ["对", "是", "好", "没错", "确认"].contains(where: text.contains)
            || ["yes", "ok", "okay", "right", "correct", "confirm", "confirmed"].contains(where: words.contains)
    }
}
