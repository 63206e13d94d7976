import Events
import Testing

@testable import tail_session

struct TailTests {
    /// The offsets that a plan prints of a session with nine events, of which so many are recorded at the start.
    private func offsets(_ plan: TailPlan, recorded: Int? = nil) async throws -> [Int64] {
        let printed = try await tail(ScriptedSource(.retried, recorded: recorded), plan, "-o", "json")
        return try printed.text.split(separator: "\n").map { try Event(json: String($0)).offset.value }
    }

    @Test("It begins and ends where the options say")
    func ranges() async throws {
        #expect(try await offsets(TailPlan()) == Array(1...9))
        #expect(try await offsets(TailPlan(start: .end)) == [])
        #expect(try await offsets(TailPlan(start: .after(Offset(6)))) == [7, 8, 9])
        #expect(try await offsets(TailPlan(start: .last(2))) == [8, 9])
        #expect(try await offsets(TailPlan(start: .last(100))) == Array(1...9))
        #expect(try await offsets(TailPlan(start: .last(0))) == [])
        #expect(try await offsets(TailPlan(until: Offset(2))) == [1, 2])
        #expect(try await offsets(TailPlan(until: Offset(0))) == [])
        #expect(try await offsets(TailPlan(start: .after(Offset(4)), until: Offset(4))) == [])
        #expect(try await offsets(TailPlan(start: .since(.age(microseconds: 94_500_000)))) == [6, 7, 8, 9])
    }

    @Test("Without --follow it ends at the head there was at the start, with it at the end of the session")
    func follow() async throws {
        #expect(try await offsets(TailPlan(), recorded: 4) == [1, 2, 3, 4])
        #expect(try await offsets(TailPlan(start: .end, follow: true), recorded: 4) == [5, 6, 7, 8, 9])
        #expect(try await offsets(TailPlan(follow: true, until: Offset(6)), recorded: 4) == Array(1...6))
    }

    @Test("Filters keep events of the nodes and kinds that are named")
    func filters() async throws {
        var plan = TailPlan()
        plan.kinds = [.token, .messageCompleted]
        #expect(try await offsets(plan) == [3, 4, 7, 8, 9])
        plan.nodes = ["advisor"]
        plan.start = .after(Offset(7))
        #expect(try await offsets(plan) == [8, 9])
        plan.nodes = ["another"]
        #expect(try await offsets(plan) == [])
    }

    @Test("An offset beyond the head is refused before anything is printed")
    func beyondHead() async throws {
        let failure = await #expect(throws: TailError.self) {
            try await tail(ScriptedSource(.retried), TailPlan(start: .after(Offset(10))))
        }
        #expect(failure?.code == .data)
    }

    @Test("A gap or a step back ends it with 76, after what came before is printed", arguments: [4, 2, 1])
    func brokenOrder(broken: Int64) async throws {
        var source = ScriptedSource(.retried)
        source.pageSize = 100
        source.script = source.script.changing(2) { $0.offset = Offset(broken) }
        let printed = Printed()
        let failure = await #expect(throws: TailError.self) {
            try await tail(source, TailPlan(), ["-o", "json"], into: printed)
        }
        #expect(failure?.code == .brokenOrder)
        #expect(printed.text.split(separator: "\n").count == 2)
    }

    @Test("One write for each read, and the text's last line is ended")
    func writes() async throws {
        var script = SessionScript()
        let message = script.addMessage(of: nil)
        script.addTokens(Array(repeating: "x", count: 299), of: message)
        var source = ScriptedSource(script)
        source.pageSize = 100
        let printed = try await tail(source)
        #expect(printed.writes.count == 4)
        #expect(printed.writes.last == "\n")
        #expect(printed.text.hasSuffix(String(repeating: "x", count: 299) + "\n"))
    }

    @Test("What events belong to is found by causes that were never read, and by causes that were forgotten")
    func attribution() async throws {
        var script = SessionScript()
        let message = script.addMessage(of: script.addNode("first"))
        let other = script.addNode("second")
        for _ in 0..<Limits.rememberedCauses + 10 { script.add(.nodeUpdated, cause: other) }
        script.addTokens(["x"], of: message)
        var attributor = Attributor()
        var lookUps = 0
        for event in script.events {
            let attribution = try await attributor.attribute(event) { offset in
                lookUps += 1
                return script.events[Int(offset.value) - 1]
            }
            switch event.kind {
            case .nodeUpdated: #expect(attribution == Attribution(node: "second"))
            case .token: #expect(attribution == Attribution(node: "first", message: message, role: "assistant"))
            default: break
            }
        }
        #expect(lookUps > 0 && lookUps < 10)
    }
}

extension SessionScript {
    fileprivate func changing(_ index: Int, _ change: (inout Event) -> Void) -> SessionScript {
        var events = events
        change(&events[index])
        return SessionScript(events: events)
    }
}
