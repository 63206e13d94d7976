import Events
import Testing

@Suite("The JSON form of an event") struct EventJSONTests {
    private func event(_ kind: EventKind, _ body: String?, cause: Offset? = nil) throws -> Event {
        Event(
            session: try #require(SessionID("demo")), offset: Offset(17), position: Position(918),
            at: try #require(Timestamp("2026-11-22T12:04:31.655120Z")), kind: kind, cause: cause, body: body)
    }

    @Test("A token has the documented form")
    func token() throws {
        let expected =
            #"{"session":"demo","offset":17,"position":918,"at":"2026-11-22T12:04:31.655120Z","kind":"token","v":1,"#
            + #""cause":9,"body":{"text":"你好"}}"#
        #expect(try event(.token, "你好", cause: Offset(9)).json == expected)
    }

    @Test(
        "Every form is read back as the event it was written from",
        arguments: [
            "", "a", "你好", "\"\\\n\r\t\u{0}\u{1F}\u{7F}", "👨‍👩‍👧‍👦", "e\u{301}", "\u{2028}", "</script>", "\u{FEFF}x",
        ])
    func tokenRoundTrip(text: String) throws {
        let event = try event(.token, text, cause: Offset(9))
        #expect(try Event(json: event.json) == event)
    }

    @Test("A JSON body is spliced in verbatim and kept")
    func body() throws {
        let body = #"{"list":[1,2.5,null,true],"snake_case":{"camelCase":"x","a/b":"é"}}"#
        for kind in [EventKind.nodeUpdated, .custom, EventKind(rawValue: 900)] {
            let event = try event(kind, body)
            #expect(event.json.hasSuffix(#""body":"# + body + "}"))
            #expect(try Event(json: event.json) == event)
        }
    }

    @Test("A body is kept wherever it stands, with numbers and spaces as they are written")
    func verbatim() throws {
        let body = #"{"body":"x","n":[1e+16,1.0,18446744073709551615],"t":"},\"{\\"}"#
        let before = #"{"body":\#(body),"session":"a","offset":1,"position":1,"#
        let after = #""at":"2026-11-22T12:04:31Z","kind":"custom","v":1}"#
        #expect(try Event(json: before + after).body == body)
        let spaced = #"{ "session" : "body" , "offset":1,"position":1,"v":1 ,"kind":"custom","#
        let end = #""at":"2026-11-22T12:04:31Z", "body" :  "# + "\t" + body + " \n}"
        #expect(try Event(json: spaced + end).body == body)
        #expect(try Event(json: spaced + #""at":"2026-11-22T12:04:31Z","body": 1.50}"#).body == "1.50")
    }

    @Test("An erased body is null")
    func erased() throws {
        let event = try event(.token, nil)
        #expect(event.json.hasSuffix(#""body":null}"#))
        #expect(try Event(json: event.json) == event)
    }

    @Test(
        "What is no event is refused",
        arguments: [
            "", "{}", "[]", #"{"session":"demo"}"#,
            #"{"session":"!","offset":1,"position":1,"at":"2026-11-22T12:04:31Z","kind":"token","v":1,"body":{"text":"a"}}"#,
            #"{"session":"a","offset":1,"position":1,"at":"yesterday","kind":"token","v":1,"body":{"text":"a"}}"#,
            #"{"session":"a","offset":1,"position":1,"at":"2026-11-22T12:04:31Z","kind":"x","v":1,"body":{"text":"a"}}"#,
            #"{"session":"a","offset":1,"position":1,"at":"2026-11-22T12:04:31Z","kind":"token","v":1,"body":{}}"#,
            #"{"session":"a","offset":"1","position":1,"at":"2026-11-22T12:04:31Z","kind":"token","v":1,"body":null}"#,
        ])
    func refused(json: String) {
        #expect(throws: (any Error).self) { try Event(json: json) }
    }

    @Test("Events are compared by bytes, not by canonical equivalence")
    func equality() throws {
        #expect("é" == "e\u{301}")
        #expect(try event(.token, "é") != event(.token, "e\u{301}"))
        #expect(try event(.token, nil) != event(.token, ""))
    }
}
