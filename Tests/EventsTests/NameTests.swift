import Events
import Testing

@Suite("Names and places") struct NameTests {
    @Test("Session names keep the pattern")
    func sessions() {
        for name in ["a", "0", "demo", "A.b_c:d-9", String(repeating: "x", count: 128)] {
            #expect(SessionID(name)?.name == name)
        }
        for name in [
            "", ".a", "-a", "_a", ":a", "a b", "a/b", "é", "a\u{0}", "a\n", String(repeating: "x", count: 129),
        ] {
            #expect(SessionID(name) == nil, "\(name)")
        }
        #expect(SessionID("playhead.audit")?.isReserved == true)
        #expect(SessionID("playheads")?.isReserved == false)
        #expect(
            ["b", "B", "a", "10", "9"].compactMap { SessionID($0) }.sorted().map(\.name) == ["10", "9", "B", "a", "b"])
    }

    @Test("Kinds have a name each way, unknown ones too")
    func kinds() {
        for number in 1..<EventKind.names.count {
            let kind = EventKind(rawValue: number)
            #expect(EventKind(name: kind.name) == kind)
        }
        #expect(EventKind(rawValue: 900).name == "kind.900")
        #expect(EventKind(name: "kind.900")?.rawValue == 900)
        for name in ["", "tokens", "kind.", "kind.0", "kind.-1", "kind.x"] { #expect(EventKind(name: name) == nil) }
        #expect(EventKind.token.name == "token")
        #expect(EventKind.custom.rawValue == 23)
    }

    @Test("Offsets are bare numbers in JSON")
    func offsets() throws {
        #expect(try CanonicalJSON.encode([Offset(7)]) == "[7]")
        #expect(try CanonicalJSON.decode([Offset].self, from: "[7]") == [Offset(7)])
        #expect(Offset.beginning.next == Offset(1))
        #expect(Offset(1) < Offset(2))
    }

    @Test("A JSON string is escaped as RFC 8259 says")
    func strings() throws {
        for text in ["", "a\"b\\c", "\u{0}\u{8}\u{C}\n\r\t\u{1F}", "\u{7F}é你好👍", "/"] {
            #expect(try JSONValue.parse(JSONText.string(text)) == .string(text))
        }
        #expect(JSONText.string("\u{1}\n\"") == #""\u0001\n\"""#)
    }
}
