import Crypto
import Foundation

/// The ways to say a fact in one language, and the choice among them.
struct Wordings: Sendable {
    let language: AdvisorLanguage
    /// `session|run`: the same for a replay, another for another run.
    let seed: String

    /// A filled wording and how many numbers it speaks; the wordings have no numbers of their own.
    struct Filled: Sendable {
        var text: String
        var numbers: Int
    }

    /// Every way in which these slots can fill a fact's wordings; the preferred ones, or the last resorts.
    ///
    /// - Parameter marked: true where holdings' names are to stand as their marks, to be named when the order is known.
    func texts(
        _ key: String, _ slots: [String: Slot], lastResorts: Bool = false, marked: Bool = false
    ) -> [Filled] {
        let all = language == .zh ? ChineseWordings.all : EnglishWordings.all
        return (all[key] ?? []).compactMap { template in
            template.hasPrefix("~") == lastResorts ? Self.fill(template, slots, marked) : nil
        }
    }

    /// One of the ways to ask for a portfolio.
    func request(_ key: String) -> String {
        let all = language == .zh ? ChineseWordings.requests : EnglishWordings.requests
        let texts = all[key] ?? []
        return texts.isEmpty ? "" : texts[pick("request.\(key)", of: texts.count)]
    }

    /// The same number below `count` for the same seed and name, spread evenly over names and seeds.
    func pick(_ name: String, of count: Int) -> Int {
        let digest = SHA256.hash(data: Data("\(seed)|\(name)".utf8))
        let number = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int(number % UInt64(max(1, count)))
    }

    /// The template with its slots filled; nil where one has no value.
    private static func fill(_ template: String, _ slots: [String: Slot], _ marked: Bool) -> Filled? {
        var filled = Filled(text: "", numbers: 0)
        var rest = template.drop { $0 == "~" }
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            guard let slot = slots[String(rest[rest.index(after: open)..<close])] else { return nil }
            filled.text += rest[..<open]
            switch slot {
            case .name(let name) where marked: filled.text.append(name.mark)
            case .number:
                filled.numbers += 1
                filled.text += slot.spoken
            case .name, .text: filled.text += slot.spoken
            }
            rest = rest[rest.index(after: close)...]
        }
        filled.text += rest
        return filled
    }
}
