import Foundation

/// One thing that is true of the portfolio and worth saying, before it has words.
struct Fact: Sendable, Hashable {
    var id: FactID
    /// Chooses among the wordings of an id: `gain`, `loss`, `calm`, …; empty where there is only one set.
    var variant = ""
    /// Where in the answer it is said; a fact that the question asks for moves to the answer's part.
    var section: Section
    /// How far beyond its threshold, 0 to 3.
    var severity: Double
    var polarity: Polarity
    /// What of a question it answers.
    var topics: Set<QuestionTopic> = []
    /// Said even where other facts have to go.
    var isRequired = false
    /// What the wordings are filled with, by name.
    var slots: [String: Slot] = [:]

    /// The holding it is about, where it is about one.
    var subject: Int? {
        if case .name(let name) = slots["name"] { name.row } else { nil }
    }

    /// The parts of an answer, in their fixed order.
    enum Section: Int, Sendable, Hashable, Comparable, Codable {
        case head, answer, good, context, concern, action, caveat, question, notice

        static func < (a: Section, b: Section) -> Bool { a.rawValue < b.rawValue }
    }

    enum Polarity: String, Sendable, Hashable, Codable {
        case good, neutral, bad
    }

    /// What the choice among its wordings hangs on: two holdings' facts of one kind are two facts.
    var identity: String { subject.map { "\(key):\($0)" } ?? key }

    /// The name of its wordings.
    var key: String { variant.isEmpty ? id.rawValue : "\(id.rawValue).\(variant)" }
}

/// A value that a wording speaks.
enum Slot: Sendable, Hashable {
    case number(SpokenNumber)
    /// A word of the answer's language.
    case text(String)
    /// A holding's name: in full at first, short when it comes again.
    case name(Name)

    struct Name: Sendable, Hashable {
        /// Place in the portfolio.
        var row: Int
        var full: String
        var nick: String

        /// Stands for the name in a draft: one private character for each place, which no real name contains.
        var mark: Character {
            Unicode.Scalar(0xF0000 + UInt32(clamping: min(row, 0xFFF0))).map(Character.init) ?? "□"
        }
    }

    var spoken: String {
        switch self {
        case .number(let number): number.text
        case .text(let text): text
        case .name(let name): name.full
        }
    }
}

/// Every fact the advisor knows to tell, in the order in which facts of one section are told.
enum FactID: String, Sendable, Hashable, CaseIterable {
    // The head.
    case head, headOne = "head_one", headFollow = "head_follow", headAsk = "head_ask"
    // Answers to what was asked.
    case answerCorrected = "answer_corrected", answerSuit = "answer_suit", answerThanks = "answer_thanks"
    case answerTest = "answer_test", answerForecast = "answer_forecast"
    case answerRisk = "answer_risk", answerLoss = "answer_loss", answerProfit = "answer_profit"
    case answerConcentration = "answer_concentration", answerAdjust = "answer_adjust", answerDay = "answer_day"
    case answerFees = "answer_fees", answerBenchmark = "answer_benchmark", answerCost = "answer_cost"
    case answerHolding = "answer_holding", answerNotHeld = "answer_not_held"
    case whatIfNow = "what_if_now", whatIfDone = "what_if_done", whatIfRealised = "what_if_realised"
    case whatIfScenario = "what_if_scenario", whatIfThought = "what_if_thought"
    // The whole, where the head did not say it.
    case total
    // What went well.
    case best, allWin = "all_win", winners, benchmarkAhead = "benchmark_ahead", dayGain = "day_gain"
    case recovered, cushion, calmBase = "calm_base", spread
    // What it is made of.
    case item, mix, nature, region, steady, remark
    // What to watch.
    case mismatch, band, drift, worst, scenario, drawdown, currentDrawdown = "current_drawdown", volatility
    case benchmarkBehind = "benchmark_behind", single, driver, overlap, effective, dayLoss = "day_loss"
    // What could be done.
    case confirm, move, moreTrades = "more_trades", hold, worstThought = "worst_thought", newMoney = "new_money"
    case setAside = "set_aside", noHurry = "no_hurry"
    // What could not be said.
    case gapDropped = "gap_dropped", gapCurrency = "gap_currency", gapCost = "gap_cost", gapNav = "gap_nav"
    case gapProfile = "gap_profile", gapBenchmark = "gap_benchmark", gapInferred = "gap_inferred", offer
    // The end.
    case invite, askBack = "ask_back"
    // Without a portfolio.
    case request
}
