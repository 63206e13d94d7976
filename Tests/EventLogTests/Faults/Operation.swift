import EventLog
import Events
import TestSupport

/// One operation of a random run, in terms that keep their sense when others are left out.
enum Operation: Sendable {
    /// Who appends: one of two producers, with an epoch and a sequence relative to the newest.
    struct Producer: Sendable {
        var name: Int
        var epoch: Int64
        var sequence: Int64
    }

    /// What it is made of besides tokens.
    enum End: CaseIterable, Sendable {
        case none, message, run, answer, close
    }

    /// An expectation of nil is none, 0 the right head, the others wrong ones.
    case append(session: Int, tokens: Int, expecting: Int64?, Producer?, End)
    /// A page after so many thousandths of the head: above 1,000 is beyond it.
    case read(session: Int, permille: Int64, limit: Int)
    case list(limit: Int)
    /// Somebody follows from there on.
    case follow(session: Int, permille: Int64)
    case settle
    /// An orderly end and a new start.
    case restart
    /// The end of the process and a new start.
    case crash

    static func random(_ random: inout SeededGenerator) -> Operation {
        let session = Int.random(in: 0..<5, using: &random)
        switch Int.random(in: 0..<200, using: &random) {
        case 0..<120:
            let expecting: Int64? =
                Int.random(in: 0..<3, using: &random) == 0 ? [0, 0, 0, 1, -1].randomElement(using: &random) : nil
            var producer: Producer?
            if Int.random(in: 0..<3, using: &random) == 0 {
                producer = Producer(
                    name: Int.random(in: 0..<2, using: &random),
                    epoch: [0, 0, 0, 0, 1, -1].randomElement(using: &random) ?? 0,
                    sequence: [0, 0, 0, -1, -2, 1].randomElement(using: &random) ?? 0)
            }
            let end = Int.random(in: 0..<3, using: &random) == 0 ? End.allCases.randomElement(using: &random) : nil
            let isClose = end == .close && Int.random(in: 0..<4, using: &random) > 0
            return .append(
                session: session, tokens: Int.random(in: 0..<6, using: &random), expecting: expecting, producer,
                isClose ? .none : end ?? .none)
        case 120..<160:
            return .read(
                session: session, permille: Int64.random(in: 0...1_050, using: &random),
                limit: Int.random(in: 1...40, using: &random))
        case 160..<170: return .list(limit: Int.random(in: 1...6, using: &random))
        case 170..<180: return .follow(session: session, permille: Int64.random(in: 0...1_000, using: &random))
        case 180..<195: return .settle
        case 195..<197: return .restart
        default: return .crash
        }
    }
}
