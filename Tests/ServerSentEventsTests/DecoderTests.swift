import ServerSentEvents
import TestSupport
import Testing

/// Streams and what they mean by WHATWG HTML, section 9.2.
struct DecoderCase: Sendable, CustomTestStringConvertible {
    var title: String
    var bytes: [UInt8]
    var events: [ServerSentEvent]
    var lastEventID = ""
    var retryMs: Int?

    init(_ title: String, _ text: String, _ events: [ServerSentEvent], lastEventID: String = "", retryMs: Int? = nil) {
        self.init(title, bytes: Array(text.utf8), events, lastEventID: lastEventID, retryMs: retryMs)
    }

    init(
        _ title: String, bytes: [UInt8], _ events: [ServerSentEvent], lastEventID: String = "", retryMs: Int? = nil
    ) {
        self.title = title
        self.bytes = bytes
        self.events = events
        self.lastEventID = lastEventID
        self.retryMs = retryMs
    }

    var testDescription: String { title }

    static func event(_ data: String, id: String = "", name: String = "message") -> ServerSentEvent {
        ServerSentEvent(id: id, name: name, data: Array(data.utf8))
    }

    static let all: [DecoderCase] = [
        .init("one event", "data: x\n\n", [event("x")]),
        .init("lines end with CR", "data: x\r\rdata: y\r\r", [event("x"), event("y")]),
        .init("lines end with CRLF", "data: x\r\n\r\ndata: y\r\n\r\n", [event("x"), event("y")]),
        .init("line ends are mixed", "data: x\r\n\ndata: y\r\r\ndata: z\n\r\n", [event("x"), event("y"), event("z")]),
        .init("a leading BOM is dropped", "\u{FEFF}data: x\n\n", [event("x")]),
        .init("a second BOM is not", "\u{FEFF}\u{FEFF}data: x\n\ndata: y\n\n", [event("y")]),
        .init("only one space after the colon goes", "data:  x\ndata:y\n\n", [event(" x\ny")]),
        .init("several data lines are joined", "data: a\ndata: b\ndata\n\n", [event("a\nb\n")]),
        .init("an empty data line is an event", "data\n\ndata:\n\n", [event(""), event("")]),
        .init("a field without a colon", "data\ndata\n\n", [event("\n")]),
        .init("comments are ignored, also inside an event", ": a\n\ndata: x\n:b\ndata: y\n\n:\n", [event("x\ny")]),
        .init("unknown fields are ignored", "foo: 1\ndata: x\nDATA: y\n data: z\n\n", [event("x")]),
        .init("the type lasts one block", "event: a\ndata: x\n\ndata: y\n\n", [event("x", name: "a"), event("y")]),
        .init(
            "an id lasts", "id: 1\ndata: x\n\ndata: y\n\n", [event("x", id: "1"), event("y", id: "1")], lastEventID: "1"
        ),
        .init("an empty id clears", "id: 1\ndata: x\n\nid\ndata: y\n\n", [event("x", id: "1"), event("y")]),
        .init(
            "an id with NUL is ignored", "id: 1\ndata: x\n\nid: 2\0\ndata: y\n\n",
            [event("x", id: "1"), event("y", id: "1")], lastEventID: "1"),
        .init("a block without data commits its id", "id: 7\n\n", [], lastEventID: "7"),
        .init(
            "an event without its blank line is discarded, its id too", "id: 1\n\nid: 2\ndata: x\n", [],
            lastEventID: "1"),
        .init("a type alone is no event", "event: ping\n\ndata: x\n\n", [event("x")]),
        .init("retry takes digits", "retry: 1500\n\nretry: 1s\n\nretry:\n\nretry: -1\n\n", [], retryMs: 1500),
        .init("retry is not believed for ever", "retry: 999999999999\n\n", [], retryMs: 86_400_000),
        .init(
            "U+2028, U+2029 and U+0085 end no line", "data: a\u{2028}b\u{2029}c\u{85}d\n\n",
            [event("a\u{2028}b\u{2029}c\u{85}d")]),
        .init(
            "emoji, flags and combining marks", "data: 👩‍🚀🇫🇷👍🏽e\u{301} नमस्ते ไทย مرحبا 你好\n\n",
            [event("👩‍🚀🇫🇷👍🏽e\u{301} नमस्ते ไทย مرحبا 你好")]),
        .init(
            "bytes that are not UTF-8 pass through", bytes: Array("data: a".utf8) + [0xFF, 0xC0] + Array("\n\n".utf8),
            [ServerSentEvent(id: "", data: Array("a".utf8) + [0xFF, 0xC0])]),
        .init(
            "the specification's example of stocks", "data: YHOO\ndata: +2\ndata: 10\n\n", [event("YHOO\n+2\n10")]),
        .init(
            "the specification's example of ids",
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
            [event("first event", id: "1"), event("second event"), event(" third event")]),
    ]
}

@Suite struct DecoderTests {
    @Test("A stream means the same fed whole, byte by byte and at every split", arguments: DecoderCase.all)
    func everySplit(_ example: DecoderCase) throws {
        try check(example, pieces: [example.bytes])
        try check(example, pieces: example.bytes.map { [$0] })
        for split in 0...example.bytes.count {
            try check(example, pieces: [Array(example.bytes[..<split]), Array(example.bytes[split...])])
        }
    }

    @Test("A stream means the same at every pair of splits", arguments: DecoderCase.all.filter { $0.bytes.count < 40 })
    func everyTwoSplits(_ example: DecoderCase) throws {
        let bytes = example.bytes
        for first in 0...bytes.count {
            for second in first...bytes.count {
                try check(
                    example,
                    pieces: [Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...])])
            }
        }
    }

    @Test("Random bytes never trap, and mean the same at random splits")
    func junk() throws {
        var random = SeededGenerator(seed: 20_261_122)
        let alphabet: [UInt8] = Array("data:id event retry\n\n\n\r\r 12\0".utf8) + [0xEF, 0xBB, 0xBF, 0xF0, 0x9F, 0xFF]
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...120, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            var whole = ServerSentEventDecoder()
            let expected = try whole.feed(bytes)
            var pieces = ServerSentEventDecoder()
            var events: [ServerSentEvent] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...7, using: &random)
                try pieces.feed(rest.prefix(count), into: &events)
                rest = rest.dropFirst(count)
            }
            #expect(events == expected)
            #expect(pieces.lastEventID == whole.lastEventID)
            #expect(pieces.retryMs == whole.retryMs)
        }
    }

    @Test("A line longer than its limit is refused before its end comes; what came before it is kept")
    func lineLimit() throws {
        var decoder = ServerSentEventDecoder(maximumLineBytes: 16)
        var events = try decoder.feed(Array("data: 0123456789\n\ndata: 0123".utf8))
        #expect(events == [DecoderCase.event("0123456789")])
        try decoder.feed(Array("456789".utf8), into: &events)
        #expect(throws: ServerSentEventError.self) { try decoder.feed(Array("x".utf8), into: &events) }

        var single = ServerSentEventDecoder(maximumLineBytes: 16)
        var kept: [ServerSentEvent] = []
        do {
            try single.feed(Array("data: x\n\ndata: 0123456789+\n".utf8), into: &kept)
            Issue.record("the long line was accepted")
        } catch {
            #expect(error.code == .lineTooLong)
        }
        #expect(kept == [DecoderCase.event("x")])
    }

    @Test("An event longer than its limit is refused")
    func eventLimit() throws {
        var decoder = ServerSentEventDecoder(maximumEventBytes: 8)
        #expect(try decoder.feed(Array("data: 0123456\n\n".utf8)).count == 1)
        do {
            _ = try decoder.feed(Array("data: 0123\ndata: 45\ndata: 678\n\n".utf8))
            Issue.record("the long event was accepted")
        } catch {
            #expect(error.code == .eventTooLong)
        }
    }

    @Test("An event that the end cut off before its blank line can be asked for")
    func unfinished() throws {
        for text in ["data: [DONE]", "data: [DONE]\n", "data:[DONE]\r\n"] {
            var decoder = ServerSentEventDecoder()
            #expect(try decoder.feed(Array(text.utf8)) == [])
            #expect(try decoder.takeUnfinished()?.text == "[DONE]")
            #expect(try decoder.takeUnfinished() == nil)
        }
    }

    private func check(_ example: DecoderCase, pieces: [[UInt8]]) throws {
        var decoder = ServerSentEventDecoder()
        var events: [ServerSentEvent] = []
        for piece in pieces { try decoder.feed(piece, into: &events) }
        #expect(events == example.events)
        #expect(decoder.lastEventID == example.lastEventID)
        #expect(decoder.retryMs == example.retryMs)
    }
}
