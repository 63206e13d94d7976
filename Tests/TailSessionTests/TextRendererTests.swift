import Events
import Testing

@testable import tail_session

struct TextRendererTests {
    @Test("A run of tokens of one message is one growing line under its node's name")
    func growingLine() async throws {
        var script = SessionScript()
        let message = script.addMessage(of: script.addNode("advisor"))
        script.addTokens(["你好", "呀", "。"], of: message)
        script.add(.messageCompleted, cause: message, #"{"characters":4,"finish_reason":"stop"}"#)
        let printed = try await tail(ScriptedSource(script))
        #expect(
            printed.text == """
                     1  started      advisor
                     2  started      advisor message, role assistant
                        advisor
                     3  你好呀。
                     6  completed    advisor message, stop, 4 characters

                """)
    }

    @Test("A token run that another event interrupts goes on under its node's name again")
    func interruptedRun() async throws {
        var script = SessionScript()
        let a = script.addMessage(of: script.addNode("a"))
        let b = script.addMessage(of: script.addNode("b"))
        script.addTokens(["one"], of: a)
        script.addTokens(["two"], of: b)
        script.addTokens([" three"], of: a)
        var plan = TailPlan()
        plan.kinds = [.token]
        let printed = try await tail(ScriptedSource(script), plan)
        #expect(
            printed.text == """
                        a
                     5  one
                        b
                     6  two
                        a
                     7   three

                """)
    }

    @Test("Line feeds of the text are kept and indented; other control characters are escaped")
    func controlCharacters() async throws {
        var script = SessionScript()
        let message = script.addMessage(of: nil)
        script.addTokens(["a\nb\n", "c\u{1B}[2J\r\u{7}\u{9B}\u{202E}\u{2028}\u{7F}\0"], of: message)
        var plan = TailPlan()
        plan.kinds = [.token]
        let printed = try await tail(ScriptedSource(script), plan)
        #expect(
            printed.text
                == "        assistant\n     2  a\n        b\n        "
                + #"c\u{1B}[2J\u{D}\u{7}\u{9B}\u{202E}\u{2028}\u{7F}\u{0}"# + "\n")
    }

    @Test("A text that ends with a line feed leaves no empty line")
    func endsWithLineFeed() async throws {
        var script = SessionScript()
        let message = script.addMessage(of: nil)
        script.addTokens(["a\n"], of: message)
        script.add(.messageCompleted, cause: message, #"{"characters":2}"#)
        let printed = try await tail(ScriptedSource(script), TailPlan(start: .after(Offset(1))))
        #expect(printed.text == "        assistant\n     2  a\n     3  completed    message, 2 characters\n")
    }

    @Test("Joined emoji, flags and combining marks pass as they are, one token at a time")
    func graphemes() async throws {
        var script = SessionScript()
        let message = script.addMessage(of: nil)
        script.addTokens(["👩", "\u{200D}", "🚀", "🇫", "🇷", "e", "\u{301}"], of: message)
        var plan = TailPlan()
        plan.kinds = [.token]
        let printed = try await tail(ScriptedSource(script), plan)
        #expect(printed.text.utf8.elementsEqual("        assistant\n     2  👩‍🚀🇫🇷e\u{301}\n".utf8))
    }

    @Test("Details of others are escaped, line breaks too, and cut to the terminal by columns")
    func details() async throws {
        var script = SessionScript()
        script.add(
            .messageReceived,
            #"{"contents":[{"content":"a\n\u001b]0;x\u0007\#(String(repeating: "宽", count: 200))","content_type":"text"}]}"#
        )
        var renderer = TextRenderer(columns: 60)
        var rendering = Rendering()
        renderer.render(script.events[0], Attribution(), into: &rendering)
        let line = String(decoding: rendering.bytes, as: UTF8.self)
        #expect(line.hasPrefix(#"     1  received     message, “a\n\u{1B}]0;x\u{7}宽宽"#))
        #expect(line.hasSuffix("宽…\n"))
        #expect(line.dropLast().reduce(0) { $0 + TerminalText.width($1) } <= 60)
    }

    @Test("An erased token and an erased body say so")
    func erased() async throws {
        var script = SessionScript()
        let message = script.addMessage(of: nil)
        script.add(.token, cause: message, nil)
        script.add(.messageCompleted, cause: message, nil)
        let printed = try await tail(ScriptedSource(script), TailPlan(start: .after(message)))
        #expect(
            printed.text == "        assistant\n     2  [erased]\n     3  completed    message, [erased]\n")
    }

    @Test("An unknown kind is a line with its number and its body")
    func unknownKind() async throws {
        var script = SessionScript()
        script.add(EventKind(rawValue: 99), #"{"a":1}"#)
        #expect(try await tail(ScriptedSource(script)).text == "     1  kind.99      {\"a\":1}\n")
    }

    @Test("With -t the gutter holds the time, and the text stays clear of it")
    func time() async throws {
        var script = SessionScript()
        let message = script.addMessage(of: nil)
        script.addTokens(["a\nb"], of: message)
        let printed = try await tail(ScriptedSource(script), TailPlan(start: .after(message)), "-t")
        let time = script.events[1].at.description.dropLast(4) + "Z"
        let indent = String(repeating: " ", count: 34)
        #expect(printed.text == "\(indent)assistant\n     2  \(time)  a\n\(indent)b\n")
    }

    @Test("Colour dims the gutter and marks the state word, and no byte of the text is an escape of its own")
    func color() throws {
        var script = SessionScript()
        script.add(.runFailed, #"{"duration_ms":12,"reason":{"code":"x","message":"\u001b[31m"}}"#)
        var renderer = TextRenderer(usesColor: true)
        var rendering = Rendering()
        renderer.render(script.events[0], Attribution(), into: &rendering)
        #expect(
            String(decoding: rendering.bytes, as: UTF8.self)
                == "\u{1B}[2m     1\u{1B}[0m  \u{1B}[31mfailed\u{1B}[0m       run, 12 ms, x: \\u{1B}[31m\n")
    }
}
