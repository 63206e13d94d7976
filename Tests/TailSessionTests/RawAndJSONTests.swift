import Events
import Testing

@testable import tail_session

struct RawAndJSONTests {
    @Test("Raw output is the exact bytes of the assistants' text, nothing between messages")
    func raw() async throws {
        var script = SessionScript()
        let node = script.addNode("advisor")
        let user = script.addMessage(of: node, role: "user")
        script.addTokens(["not this"], of: user)
        let first = script.addMessage(of: node)
        script.addTokens(["\u{1B}[1m", "你", "\r\n"], of: first)
        let second = script.addMessage(of: node)
        script.addTokens(["e", "\u{301}\0"], of: second)
        let printed = try await tail(ScriptedSource(script), TailPlan(), "-o", "raw")
        #expect(printed.text.utf8.elementsEqual("\u{1B}[1m你\r\ne\u{301}\0".utf8))
    }

    @Test("Raw output of a finished session leaves superseded text out completely")
    func superseded() async throws {
        let printed = try await tail(ScriptedSource(.retried), TailPlan(), "-o", "raw")
        #expect(printed.text == "the answer")
        #expect(printed.notices.isEmpty)
    }

    @Test("Raw output holds nothing back live, and says when what it printed is superseded")
    func supersededLive() async throws {
        let script = SessionScript.retried
        let printed = try await tail(ScriptedSource(script, recorded: 3), TailPlan(follow: true), "-o", "raw")
        #expect(printed.text == "lost textthe answer")
        #expect(printed.notices == ["the text of message 2, printed above, is superseded by message 6"])
    }

    @Test("Raw output up to an offset shows the text as it stood there")
    func until() async throws {
        let printed = try await tail(ScriptedSource(.retried), TailPlan(until: Offset(5)), "-o", "raw")
        #expect(printed.text == "lost text")
    }

    @Test("Raw output of one node begins in the middle of its message")
    func middle() async throws {
        var plan = TailPlan(start: .after(Offset(7)))
        plan.nodes = ["advisor"]
        #expect(try await tail(ScriptedSource(.retried), plan, "-o", "raw").text == "answer")
        plan.nodes = ["another"]
        #expect(try await tail(ScriptedSource(.retried), plan, "-o", "raw").text == "")
    }

    @Test("JSON output is the JSON form of every event, one a line")
    func json() async throws {
        let script = SessionScript.retried
        let printed = try await tail(ScriptedSource(script), TailPlan(), "-o", "json")
        #expect(printed.text == script.events.map { $0.json + "\n" }.joined())
    }
}
