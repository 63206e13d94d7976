import DequeModule
import Events

/// Holds back the text of messages, in the order of the log, and lets it go at the pace of somebody who writes.
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

    /// Tokens of one message that follow each other and were recorded at about the same time.
    private struct Stretch {
        var message: MessageOrigin
        /// The UTF-8 offset in `text`.
        var end: Int
        /// Characters held back, token by token: a cluster that two tokens share counts twice.
        var characters: Int
        /// When naturally paced text has to be gone.
        var deadline: ContinuousClock.Instant
    }

    let pace: Pace
    private var text = ""
    /// UTF-8 bytes of `text` that are gone.
    private var gone = 0
    private var spans: Deque<Span> = []
    private var stretches: Deque<Stretch> = []
    private var isClosed = false
    /// Characters that may go now.
    private var credit = 1.0
    private var last: ContinuousClock.Instant?

    init(_ pace: Pace) {
        self.pace = pace
    }

    /// True where nothing is held back.
    var isEmpty: Bool { stretches.isEmpty }

    /// True where no more is to be read before something has gone.
    var isFull: Bool {
        text.utf8.count - gone >= Limits.pacedTextBytes || stretches.count >= Limits.pacedStretches
    }

    /// What surrounds the text that goes next in its frames.
    var template: TokenTemplate? { stretches.first?.message.template }

    /// Holds a token's text back.
    ///
    /// - Parameters:
    ///   - delivered: UTF-8 bytes of it that the reader has already.
    ///   - recorded: when the log got it; where a clock was set back that is after `now`, which then counts.
    mutating func add(
        _ token: String, of event: Offset, delivered: Int, _ message: MessageOrigin,
        recorded: ContinuousClock.Instant, now: ContinuousClock.Instant
    ) {
        let rest = delivered == 0 ? token : String(decoding: Array(token.utf8.dropFirst(delivered)), as: UTF8.self)
        guard !rest.isEmpty else { return }
        if isEmpty {
            // Where the text only ran out for a moment, the pace goes on; otherwise the first character goes at once.
            credit = min(1, credit + (last.map { speed(of: message) * (now - $0).seconds } ?? 1))
            last = now
        }
        isClosed = false
        let start = text.utf8.count
        text += rest
        let end = text.utf8.count
        spans.append(Span(event: event, begin: start - delivered, end: end))
        let deadline = min(recorded, now) + Limits.paceLag
        if let open = stretches.last, open.message.offset == message.offset,
            deadline < open.deadline + Limits.paceBurst
        {
            let index = stretches.count - 1
            stretches[index].end = end
            stretches[index].characters += rest.count
            stretches[index].deadline = min(open.deadline, deadline)
        } else {
            stretches.append(Stretch(message: message, end: end, characters: rest.count, deadline: deadline))
        }
    }

    /// Nothing more of what is held is to come: its last character is whole.
    mutating func close() { isClosed = true }

    /// Takes what is due of one message; another's may be due after it.
    mutating func release(now: ContinuousClock.Instant) -> Piece? {
        guard !isEmpty, let last else { return nil }
        let rate = rate(now)
        // Time during which nothing could go is not made up for in one burst.
        credit = min(credit + rate * (now - last).seconds, max(1, rate * Limits.paceBurst.seconds))
        self.last = now
        let (start, end) = (gone, endOfMessage)
        while credit >= 1, let unit = nextUnit(before: end) {
            gone += unit.bytes
            credit -= Double(unit.characters)
            stretches[0].characters -= min(unit.characters, stretches[0].characters)
            while let first = stretches.first, first.end <= gone { stretches.removeFirst() }
        }
        guard gone > start else { return nil }
        let piece = String(decoding: text.utf8.dropFirst(start).prefix(gone - start), as: UTF8.self)
        let position = position()
        forget()
        return Piece(text: piece, end: position)
    }

    /// How long until something is due; nil where that depends on what comes next.
    var pause: Duration? {
        guard !isEmpty, let last, nextUnit(before: endOfMessage) != nil else { return nil }
        return max(.seconds(max(0, 1 - credit) / rate(last)), Limits.paceInterval)
    }

    /// Characters a second, however much waits.
    private func speed(of message: MessageOrigin) -> Double {
        switch pace {
        case .off: .greatestFiniteMagnitude
        case .characters(let rate): rate
        case .natural: message.charactersPerSecond ?? Limits.naturalCharactersPerSecond
        }
    }

    /// Characters a second, now: what brings each stretch out before its deadline, with all that comes before it.
    private func rate(_ now: ContinuousClock.Instant) -> Double {
        guard let first = stretches.first else { return 1 }
        var rate = speed(of: first.message)
        guard pace == .natural else { return rate }
        var waiting = 0
        for stretch in stretches {
            waiting += stretch.characters
            let remaining = max((stretch.deadline - now).seconds, Limits.paceInterval.seconds)
            rate = max(rate, Double(waiting) / remaining)
        }
        return rate
    }

    /// Where the text of the message that goes first is followed by another's, or by nothing yet.
    private var endOfMessage: Int {
        let message = stretches.first?.message.offset
        return stretches.prefix { $0.message.offset == message }.last?.end ?? gone
    }

    /// The next character, or the number that begins there; nil where it may still grow.
    private func nextUnit(before end: Int) -> (bytes: Int, characters: Int)? {
        guard gone < end else { return nil }
        let utf8 = text.utf8
        let start = utf8.index(utf8.startIndex, offsetBy: gone)
        // Two messages share no character, though a text may begin with what would join the other's last.
        let text = text[start..<utf8.index(start, offsetBy: end - gone)]
        let isComplete = isClosed || isFull || end < utf8.count
        var end = text.index(after: text.startIndex)
        var characters = 1
        if text[text.startIndex].isWholeNumber {
            while end < text.endIndex, characters < Limits.pacedNumberCharacters {
                if text[end].isWholeNumber {
                    end = text.index(after: end)
                    characters += 1
                } else if Self.separators.contains(text[end]) {
                    let next = text.index(after: end)
                    if next == text.endIndex, !isComplete { return nil }
                    guard next < text.endIndex, text[next].isWholeNumber else { break }
                    end = next
                    characters += 1
                } else {
                    break
                }
            }
        }
        guard end < text.endIndex || isComplete else { return nil }
        return (text.utf8.distance(from: text.startIndex, to: end), characters)
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
        for index in stretches.indices { stretches[index].end -= gone }
        gone = 0
    }
}
