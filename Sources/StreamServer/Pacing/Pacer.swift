import DequeModule
import Events

/// Holds back the text of a message and lets it go at the pace of somebody who writes.
///
/// It lets whole characters go (grapheme clusters), and a number as one: what ends the text so far may still grow with
/// the next token, so it is held until something follows it or the text is closed. It measures nothing itself: every
/// call is told what time it is.
struct Pacer {
    /// A piece of text that is due, and the place in the stream after it.
    struct Piece: Hashable {
        var text: String
        var end: StreamPosition
    }

    /// Where the text of one token stands in `text`.
    private struct Span {
        var event: Offset
        /// UTF-8 offsets; `begin` is less than where the text starts when a part had been delivered before.
        var begin: Int
        var end: Int
    }

    let pace: Pace
    private var message: MessageOrigin?
    private var text = ""
    /// UTF-8 bytes of `text` that are gone.
    private var gone = 0
    private var spans: Deque<Span> = []
    /// Characters held back, token by token: a cluster that two tokens share counts twice.
    private var backlog = 0
    private var isClosed = false
    /// When everything held has to be gone, once its end is known.
    private var deadline: ContinuousClock.Instant?
    /// Characters that may go now.
    private var credit = 1.0
    private var last: ContinuousClock.Instant?

    init(_ pace: Pace) {
        self.pace = pace
    }

    /// True where nothing is held back.
    var isEmpty: Bool { gone == text.utf8.count }

    /// True where no more is to be read before something has gone.
    var isFull: Bool { text.utf8.count - gone >= Limits.pacedTextBytes }

    /// What surrounds the text in its frames.
    var template: TokenTemplate? { message?.template }

    /// Whether a token of that message can be added: one message is paced at a time.
    func takes(_ origin: MessageOrigin) -> Bool {
        isEmpty || (message?.offset == origin.offset && !isClosed && !isFull)
    }

    /// Holds a token's text back.
    ///
    /// - Parameter delivered: UTF-8 bytes of it that the reader has already.
    mutating func add(
        _ token: String, of event: Offset, delivered: Int, _ origin: MessageOrigin, now: ContinuousClock.Instant
    ) {
        if isEmpty { begin(origin, now) }
        let rest = delivered == 0 ? token : String(decoding: Array(token.utf8.dropFirst(delivered)), as: UTF8.self)
        let start = text.utf8.count
        text += rest
        spans.append(Span(event: event, begin: start - delivered, end: text.utf8.count))
        backlog += rest.count
    }

    /// Nothing will be added to what is held: its last character is whole.
    mutating func close(now: ContinuousClock.Instant) {
        guard !isClosed else { return }
        isClosed = true
        deadline = now + Limits.paceLag
    }

    /// Takes what is due.
    mutating func release(now: ContinuousClock.Instant) -> Piece? {
        guard !isEmpty, let last else { return nil }
        let rate = rate(now)
        // Time during which nothing could go is not made up for in one burst.
        credit = min(credit + rate * (now - last).seconds, max(1, rate * Limits.paceBurst.seconds))
        self.last = now
        let start = text.utf8.index(text.startIndex, offsetBy: gone)
        var end = start
        while credit >= 1, let unit = unit(from: end) {
            end = unit.end
            credit -= Double(unit.characters)
            backlog -= unit.characters
        }
        guard end > start else { return nil }
        let piece = String(text[start..<end])
        gone = text.utf8.distance(from: text.startIndex, to: end)
        let position = position()
        forget()
        return Piece(text: piece, end: position)
    }

    /// How long until something is due; nil where that depends on what comes next.
    var pause: Duration? {
        guard !isEmpty, let last else { return nil }
        let start = text.utf8.index(text.startIndex, offsetBy: gone)
        guard unit(from: start) != nil else { return nil }
        return max(.seconds(max(0, 1 - credit) / rate(last)), Limits.paceInterval)
    }

    private mutating func begin(_ origin: MessageOrigin, _ now: ContinuousClock.Instant) {
        message = origin
        isClosed = false
        deadline = nil
        backlog = 0
        // Where the text only ran out for a moment, the pace goes on; otherwise the first character goes at once.
        credit = min(1, credit + (last.map { rate(now) * (now - $0).seconds } ?? 1))
        last = now
    }

    /// Characters a second, now.
    private func rate(_ now: ContinuousClock.Instant) -> Double {
        switch pace {
        case .off: return .greatestFiniteMagnitude
        case .characters(let rate): return rate
        case .natural:
            let natural = message?.charactersPerSecond ?? Limits.naturalCharactersPerSecond
            let waiting = Double(max(backlog, 1))
            let remaining = max((deadline.map { $0 - now } ?? Limits.paceLag).seconds, Limits.paceInterval.seconds)
            return max(natural, waiting / remaining)
        }
    }

    /// The next character, or the number that begins there; nil where it may still grow.
    private func unit(from start: String.Index) -> (end: String.Index, characters: Int)? {
        guard start < text.endIndex else { return nil }
        let isComplete = isClosed || isFull
        var end = text.index(after: start)
        var characters = 1
        if text[start].isWholeNumber {
            while end < text.endIndex, characters < Limits.pacedNumberCharacters {
                if text[end].isWholeNumber {
                    end = text.index(after: end)
                    characters += 1
                } else if Self.separators.contains(text[end]) {
                    let next = text.index(after: end)
                    guard next < text.endIndex else { return isComplete ? (end, characters) : nil }
                    guard text[next].isWholeNumber else { break }
                    end = next
                    characters += 1
                } else {
                    break
                }
            }
        }
        return end < text.endIndex || isComplete ? (end, characters) : nil
    }

    private static let separators: Set<Character> = [".", ",", ":", "/", "．", "，"]

    private func position() -> StreamPosition {
        // Something has gone, so it ended in one of the spans.
        guard let span = spans.first(where: { $0.end >= gone }) else { return .beginning }
        return StreamPosition(offset: span.event, part: span.end == gone ? 0 : gone - span.begin)
    }

    /// Drops what is gone.
    private mutating func forget() {
        while let first = spans.first, first.end <= gone { spans.removeFirst() }
        guard gone >= Limits.pacedTextBytes / 4 || isEmpty else { return }
        text.removeSubrange(..<text.utf8.index(text.startIndex, offsetBy: gone))
        for index in spans.indices {
            spans[index].begin -= gone
            spans[index].end -= gone
        }
        gone = 0
    }
}
