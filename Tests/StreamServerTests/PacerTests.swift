import Events
@testable import StreamServer
import Testing
import TestSupport

@Suite struct PacerTests {
    private static let english = "Your 3 holdings are worth US$1,234,567.89; on risk, 62.5% is in one fund (110020). "
    private static let chinese = "您好，我是小美。持仓一共46.9万元，比本金多了2万元，折合4.4%，账面是正的。"
    private static let difficult = "e\u{301}👩‍👩‍👧‍👦🇨🇳🇫🇷 12,345.678元 กำลัง नमस्ते مرحبا 👍🏽\r\n1.5:3 end 7."

    /// The tokens of a text: pieces of one to four scalars, so that clusters and numbers are split.
    private func tokens(_ text: String, _ random: inout SeededGenerator) -> [String] {
        var tokens: [String] = []
        var rest = Substring(text).unicodeScalars
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...4, using: &random))
            tokens.append(String(String.UnicodeScalarView(piece)))
            rest = rest.dropFirst(piece.count)
        }
        return tokens
    }

    private func origin(_ offset: Int64 = 1, speed: Double? = nil) -> MessageOrigin {
        MessageOrigin(
            offset: Offset(offset), role: "assistant", isStreaming: true, charactersPerSecond: speed,
            template: TokenTemplate(FrameMetadata(role: "assistant")))
    }

    private typealias Sent = (piece: Pacer.Piece, at: Duration)

    /// Runs a pacer on a clock of its own: tokens come at their times, the stream sleeps as it is told.
    private func play(
        _ tokens: [(text: String, at: Duration)], pace: Pace = .natural, speed: Double? = nil
    ) -> [Sent] {
        let start = ContinuousClock.now
        var (pacer, now) = (Pacer(pace), start)
        var coming = tokens.enumerated().map { (Offset(Int64($0.offset) + 2), $0.element) }[...]
        var sent: [Sent] = []
        while true {
            while let (offset, token) = coming.first, start + token.at <= now, !pacer.isFull {
                coming.removeFirst()
                pacer.add(
                    token.text, of: offset, delivered: 0, origin(speed: speed), recorded: start + token.at, now: now)
            }
            if coming.isEmpty { pacer.close() }
            if let piece = pacer.release(now: now) { sent.append((piece, now - start)) }
            if pacer.isEmpty, coming.isEmpty { return sent }
            now = pacer.pause.map { now + $0 } ?? max(now, start + (coming.first?.1.at ?? .zero))
        }
    }

    /// One token a character, so many a second.
    private func stream(_ text: String, perSecond: Double) -> [(text: String, at: Duration)] {
        text.enumerated().map { (String($0.element), .seconds(Double($0.offset) / perSecond)) }
    }

    @Test("Natural pace is between 25 and 30 characters a second, in both languages", arguments: [english, chinese])
    func steady(text: String) throws {
        let whole = String(repeating: text, count: 6)
        // The model is twice as fast as that.
        let sent = play(stream(whole, perSecond: 60))
        #expect(sent.map(\.piece.text).joined() == whole)
        let last = try #require(sent.last)
        let rate = Double(whole.count) / last.at.seconds
        #expect((25...30).contains(rate), "\(rate) characters a second")
        #expect(sent.allSatisfy { $0.piece.text.count <= 14 }, "it comes character by character, numbers whole")
    }

    @Test(
        "However much comes at once, everything is delivered within the named lag", arguments: [10, 500, 5_000, 20_000])
    func lag(characters: Int) throws {
        let sent = play([(String(repeating: "好", count: characters), .zero)])
        #expect(try #require(sent.last).at <= Limits.paceLag + Limits.paceInterval)
    }

    @Test("A fixed pace is kept, and an agent's own pace takes the place of the natural one")
    func fixed() throws {
        let text = String(repeating: Self.chinese, count: 4)
        let fixed = try #require(play([(text, .zero)], pace: .characters(50)).last)
        #expect((48...52).contains(Double(text.count) / fixed.at.seconds))
        let own = try #require(play([(text, .zero)], speed: 200).last)
        #expect((190...210).contains(Double(text.count) / own.at.seconds))
    }

    @Test("No piece ends inside a character or a number, however the tokens split them")
    func neverSplit() throws {
        let text = Self.difficult + Self.english + Self.chinese
        let boundaries = Set(text.indices.map { text.utf8.distance(from: text.startIndex, to: $0) } + [text.utf8.count])
        let numbers = text.ranges(of: /[0-9](?:[0-9.,:\/]*[0-9])?/)
            .map { range in
                text.utf8.distance(
                    from: text.startIndex, to: range.lowerBound)..<text.utf8.distance(
                        from: text.startIndex, to: range.upperBound)
            }
        #expect(numbers.count > 8)
        var random = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            let speed = Double.random(in: 5...300, using: &random)
            let timed = tokens(text, &random).enumerated().map {
                (text: $0.element, at: Duration.seconds(Double($0.offset) / speed))
            }
            var end = 0
            for (piece, _) in play(timed, pace: .characters(speed)) {
                end += piece.text.utf8.count
                #expect(boundaries.contains(end), "…\(piece.text)|")
                #expect(!numbers.contains { $0.lowerBound < end && end < $0.upperBound }, "…\(piece.text)|")
            }
            #expect(end == text.utf8.count)
        }
    }

    @Test("Every piece says where the reader is: the text before that place is what was delivered")
    func places() throws {
        var random = SeededGenerator(seed: 11)
        let tokens = tokens(Self.difficult, &random)
        var delivered = ""
        for (piece, _) in play(tokens.map { ($0, .zero) }, pace: .characters(30)) {
            delivered += piece.text
            let place = piece.end
            let whole = tokens.prefix(Int(place.readAfter.value) - 1).joined()
            let part =
                place.part == 0
                ? ""
                : String(
                    decoding: Array(tokens[whole.isEmpty ? 0 : Int(place.readAfter.value) - 1].utf8.prefix(place.part)),
                    as: UTF8.self)
            #expect(whole + part == delivered, "\(place)")
        }
        #expect(delivered == Self.difficult)
    }

    @Test("Two messages, in turn or interleaved, are gone within the named lag, at an even pace", arguments: [1, 400])
    func messages(run: Int) {
        let start = ContinuousClock.now
        var (pacer, now, sent) = (Pacer(.natural), start, 0)
        for index in 0..<800 {
            let message = origin(Int64(1 + index / run % 2))
            pacer.add("好", of: Offset(Int64(index) + 3), delivered: 0, message, recorded: start, now: start)
        }
        pacer.close()
        while let pause = pacer.pause {
            now += pause
            while let piece = pacer.release(now: now) {
                sent += piece.text.count
                #expect(piece.text.count <= 2 && piece.end == StreamPosition(offset: Offset(Int64(sent) + 2)))
            }
        }
        #expect(sent == 800 && pacer.isEmpty)
        #expect((Limits.paceLag - .seconds(1)...Limits.paceLag + Limits.paceInterval).contains(now - start))
    }

    @Test("A piece is of one message: where another's text follows, the last character is whole")
    func boundary() {
        let now = ContinuousClock.now
        var pacer = Pacer(.characters(100_000))
        for (offset, token) in [(3, "12"), (4, "\u{301}."), (5, "5e"), (6, "\u{301}6")] as [(Int64, String)] {
            pacer.add(token, of: Offset(offset), delivered: 0, origin(offset % 2), recorded: now, now: now)
        }
        var pieces: [Pacer.Piece] = []
        while let piece = pacer.release(now: now + .seconds(1)) { pieces.append(piece) }
        #expect(pieces.map { Array($0.text.utf8) } == ["12", "\u{301}.", "5e", "\u{301}"].map { Array($0.utf8) })
        let ends = [(3, 0), (4, 0), (5, 0), (6, 2)].map { StreamPosition(offset: Offset($0.0), part: $0.1) }
        #expect(pieces.map(\.end) == ends)
        #expect(pacer.pause == nil, "6 may become 62")
    }

    @Test("Text has the named lag from when it was recorded, and from when it came where the clock was set back")
    func recorded() {
        let now = ContinuousClock.now
        for (age, lag) in [(0, 20), (15, 5), (30, 0), (-3_600, 20)] {
            var (pacer, time) = (Pacer(.natural), now)
            pacer.add(
                String(repeating: "好", count: 2_000), of: Offset(2), delivered: 0, origin(),
                recorded: now - .seconds(age), now: now)
            pacer.close()
            while let pause = pacer.pause {
                time += pause
                while pacer.release(now: time) != nil {}
            }
            #expect((.seconds(lag) - .seconds(1)...(.seconds(lag) + Limits.paceInterval * 2)).contains(time - now))
        }
    }

    @Test("What may still grow is held, without an end to the waiting")
    func held() {
        let now = ContinuousClock.now
        var pacer = Pacer(.characters(1_000))
        pacer.add("a12", of: Offset(2), delivered: 0, origin(), recorded: now, now: now)
        #expect(pacer.release(now: now)?.text == "a")
        #expect(pacer.pause == nil, "12 may become 12.5")
        #expect(pacer.release(now: now + .seconds(1)) == nil)
        pacer.add(".", of: Offset(3), delivered: 0, origin(), recorded: now, now: now)
        #expect(pacer.release(now: now + .seconds(2)) == nil)
        pacer.add("5 %", of: Offset(4), delivered: 0, origin(), recorded: now, now: now)
        #expect(pacer.release(now: now + .seconds(3))?.text == "12.5 ")
        #expect(pacer.release(now: now + .seconds(4)) == nil)
        pacer.close()
        #expect(pacer.release(now: now + .seconds(5)) == Pacer.Piece(text: "%", end: StreamPosition(offset: Offset(4))))
        #expect(pacer.isEmpty)
        // Ten thousand combining marks are one character: it is not kept back beyond the buffer's bound.
        pacer.add(
            "e" + String(repeating: "\u{301}", count: Limits.pacedTextBytes), of: Offset(5), delivered: 0, origin(),
            recorded: now, now: now)
        #expect(pacer.isFull)
        #expect(pacer.release(now: now + .seconds(6))?.end == StreamPosition(offset: Offset(5)))
    }
}
