import ServerSentEvents
import TestSupport
import Testing

@Suite struct EncoderTests {
    @Test("A message is an id line, one data line and a blank line, with LF only")
    func bytes() {
        var encoder = ServerSentEventEncoder()
        #expect(text(encoder.encode(id: "17", data: "{\"a\":\"你好\"}".utf8)) == "id: 17\ndata: {\"a\":\"你好\"}\n\n")
        #expect(text(encoder.encode(id: "17.6", data: "x".utf8)) == "id: 17.6\ndata: x\n\n")
        #expect(text(encoder.encode(id: nil, data: "x".utf8)) == "data: x\n\n")
    }

    @Test("The retry is said once, inside the first message")
    func retry() {
        var encoder = ServerSentEventEncoder(retryMs: 1000)
        #expect(text(encoder.encode(id: "1", data: "x".utf8)) == "retry: 1000\nid: 1\ndata: x\n\n")
        #expect(text(encoder.encode(id: "2", data: "y".utf8)) == "id: 2\ndata: y\n\n")
    }

    @Test("The heartbeat is a comment with one line feed, which no reader takes for an event")
    func heartbeat() throws {
        #expect(text(ServerSentEventEncoder.heartbeat) == ": hb\n")
        var encoder = ServerSentEventEncoder()
        let stream =
            encoder.encode(id: "1", data: "x".utf8) + ServerSentEventEncoder.heartbeat
            + ServerSentEventEncoder.heartbeat + encoder.encode(id: "2", data: "y".utf8)
        var decoder = ServerSentEventDecoder()
        #expect(try decoder.feed(stream).map(\.id) == ["1", "2"])
    }

    @Test("A line break in the data cannot end the message")
    func lineBreaks() throws {
        for (data, expected) in [
            ("a\nb", "a\nb"), ("a\r\nb", "a\nb"), ("a\rb", "a\nb"), ("\n\nid: 9\n\n", "\n\nid: 9\n\n"),
            ("a\r\r", "a\n\n"),
        ] {
            var encoder = ServerSentEventEncoder()
            var decoder = ServerSentEventDecoder()
            let events = try decoder.feed(encoder.encode(id: "1", data: data.utf8))
            #expect(events == [ServerSentEvent(id: "1", data: Array(expected.utf8))])
        }
    }

    @Test("What is encoded is decoded, whatever one-line text it is")
    func roundTrip() throws {
        var random = SeededGenerator(seed: 7)
        var encoder = ServerSentEventEncoder(retryMs: 5)
        var decoder = ServerSentEventDecoder()
        for number in 1...500 {
            let scalars = (0..<Int.random(in: 0...40, using: &random)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0x20...0x1_F9FF, using: &random))
            }
            let data = String(String.UnicodeScalarView(scalars))
            let events = try decoder.feed(encoder.encode(id: String(number), data: data.utf8))
            #expect(events == [ServerSentEvent(id: String(number), data: Array(data.utf8))])
        }
        #expect(decoder.retryMs == 5)
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
