import Events
import Testing

@testable import PlayheadClient

struct FrameTests {
    private static let json =
        #"{"content":"你\n\"好\"","message_type":"assistant","metadata":{"display":true,"final_response":false,"#
        + #""message":17,"node_name":"character_advisor","role":"assistant","run":3,"streaming":true},"type":"ai_message"}"#

    @Test("A frame is read from JSON and coded to it in the form of the wire")
    func coding() throws {
        let frame = try Frame(id: FrameID(Offset(18)), json: Array(Self.json.utf8))
        #expect(frame.type == .aiMessage && frame.text == "你\n\"好\"" && frame.metadata.streaming)
        #expect(frame.metadata.nodeName == "character_advisor" && frame.metadata.message == Offset(17))
        #expect(frame.metadata.run == Offset(3) && frame.metadata.supersedes == nil && !frame.endsRun)
        #expect(try CanonicalJSON.encode(frame) == Self.json)
        var decoded = try CanonicalJSON.decode(Frame.self, from: Self.json)
        decoded.id = frame.id
        #expect(decoded == frame)
    }

    @Test("Members in any order, with space between, and unknown ones are read")
    func liberal() throws {
        let json = """
            { "new" : [ {"a":"}"} , 1e5 , null ] , "metadata" : { "status" : "completed", "run" : 3 , "role" : "system" ,
            "more" : "\\u005d\\"" , "supersedes" : null } , "message_type" : "run" , "content" : { "x" : [ 1 ] } ,
            "type" : "run" }
            """
        let frame = try Frame(id: .beginning, json: Array(json.utf8))
        #expect(frame.endsRun && frame.content["x"] == .array([.integer(1)]) && frame.text == nil)
    }

    @Test("Every cut and every damage of a byte is an error or another frame, never a crash")
    func junk() throws {
        let bytes = Array(Self.json.utf8)
        for length in bytes.indices {
            #expect(throws: (any Error).self) { try Frame(id: .beginning, json: Array(bytes[..<length])) }
        }
        for index in bytes.indices {
            for byte: UInt8 in [0, 0x22, 0x2C, 0x5B, 0x5C, 0x7B, 0x7D, 0x80, 0xFF] {
                var damaged = bytes
                damaged[index] = byte
                _ = try? Frame(id: .beginning, json: damaged)
            }
        }
    }

    @Test("Escapes are read by RFC 8259, half of a pair alone as U+FFFD")
    func escapes() throws {
        let expected = [
            #""\ud83e\udda6""#: "🦦", #""\ud83e""#: "\u{FFFD}", #""\udda6x""#: "\u{FFFD}x",
            #""\ud83e\u0041""#: "\u{FFFD}A", #""\/\b\f\n\r\t\\\"""#: "/\u{8}\u{C}\n\r\t\\\"", #""\u4F60é""#: "你é",
        ]
        for (json, text) in expected {
            var scanner = JSONScanner(Array(json.utf8))
            #expect(try scanner.string().utf8.elementsEqual(text.utf8), "\(json)")
        }
        for json in [#""\x""#, #""\u12""#, #""\u12G4""#, "\"\n\"", #""\"#, "\"\u{1}\"", "x"] {
            var scanner = JSONScanner(Array(json.utf8))
            #expect(throws: (any Error).self, "\(json)") { try scanner.string() }
        }
        var invalid = JSONScanner([0x22, 0xFF, 0x22])
        #expect(throws: (any Error).self) { try invalid.string() }
    }

    @Test("Nesting is bounded")
    func depth() {
        var deep = JSONScanner(Array(repeating: UInt8(ascii: "["), count: 100_000))
        #expect(throws: (any Error).self) { try deep.skipValue() }
    }

    @Test("An event keeps the bytes of its body, and a token its text")
    func events() throws {
        for body in ["{}", #"{"z":1.0,"a":[1,2]}"#, #""\u00e9""#] {
            let event = Event(
                session: StreamTests.session, offset: Offset(3), position: Position(7),
                at: Timestamp(microseconds: 1), kind: .custom, cause: Offset(2), body: body)
            #expect(try Event(scanning: Array(event.json.utf8)) == event)
        }
        for text in ["", "你\u{1B}\"\\\n", "e\u{301}"] {
            let event = Event(
                session: StreamTests.session, offset: Offset(3), position: Position(7),
                at: Timestamp(microseconds: 1), kind: .token, version: 2, cause: nil, body: text)
            #expect(try Event(scanning: Array(event.json.utf8)) == event)
        }
    }

    @Test("Places order by offset, and a part of an event comes before the whole of it")
    func ids() throws {
        let texts = ["0", "16", "17.1", "17.6", "17", "18.1"]
        let ids = try texts.map { try #require(FrameID($0)) }
        #expect(ids.map(\.description) == texts)
        for (index, id) in ids.enumerated() {
            for (other, another) in ids.enumerated() { #expect((id < another) == (index < other)) }
        }
        for text in ["", ".", "17.", ".6", "17.0", "0.1", "17.6.1", "-1", "+1", "1e3", " 1", "９"] {
            #expect(FrameID(text) == nil, "\(text)")
        }
    }
}
