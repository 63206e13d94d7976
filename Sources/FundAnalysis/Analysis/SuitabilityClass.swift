/// The investor's class in the Chinese suitability scheme: C_k may take products of R1 to R_k.
struct SuitabilityClass: Sendable {
    /// `C1` to `C5`.
    let name: String
    /// 1 to 5.
    let highestRiskLevel: Int

    /// Reads `C1` to `C5`; anything else is no profile, so that nothing is judged by a guess.
    init?(_ text: String?) {
        guard let text, text.count == 2, text.first == "C" || text.first == "c",
            let level = text.last?.wholeNumberValue, (1...5).contains(level)
        else { return nil }
        name = "C\(level)"
        highestRiskLevel = level
    }

    /// 1 to 5 of `R1` to `R5`; nil for anything else.
    static func riskLevel(_ text: String) -> Int? {
        guard text.count == 2, text.first == "R", let level = text.last?.wholeNumberValue, (1...5).contains(level)
        else { return nil }
        return level
    }
}
