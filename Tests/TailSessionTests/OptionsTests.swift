import Events
import Testing

@testable import tail_session

struct OptionsTests {
    @Test("The defaults read a directory from the beginning to the head as text")
    func defaults() throws {
        let command = try TailSession.command(["demo"])
        #expect(command.session.name == "demo" && command.output == .text && command.color == .auto)
        #expect(command.plan.start == .beginning && !command.plan.follow && command.plan.until == nil)
        #expect(command.server == nil && !command.quiet && !command.timestamps)
    }

    @Test("Every option has its short and long form")
    func forms() throws {
        #expect(try TailSession.command(["demo", "-n", "5"]).plan.start == .last(5))
        #expect(try TailSession.command(["demo", "--last", "5"]).plan.start == .last(5))
        #expect(try TailSession.command(["demo", "--from", "end"]).plan.start == .end)
        #expect(try TailSession.command(["demo", "--from", "beginning"]).plan.start == .beginning)
        #expect(try TailSession.command(["demo", "--after", "17"]).plan.start == .after(Offset(17)))
        #expect(
            try TailSession.command(["demo", "--since", "2h"]).plan.start == .since(.age(microseconds: 7_200_000_000)))
        let all = try TailSession.command([
            "demo", "-f", "--until", "9", "-o", "json", "--node", "a", "--node", "b", "--kind", "token", "--kind",
            "run.completed", "-t", "-q", "--color", "never",
        ])
        #expect(all.plan.follow && all.plan.until == Offset(9) && all.plan.nodes == ["a", "b"])
        #expect(all.plan.kinds == [.token, .runCompleted])
        #expect(all.timestamps && all.quiet && all.output == .json && all.color == .never)
    }

    @Test(
        "What cannot be meant is refused with 64 and two lines",
        arguments: [
            [], ["demo", "other"], ["-bad"], ["bad/name"], ["demo", "--after", "-1"], ["demo", "--after", "x"],
            ["demo", "--from", "middle"], ["demo", "--from", "end", "-n", "1"],
            ["demo", "--after", "1", "--since", "1d"],
            ["demo", "--from", "beginning", "--after", "0"], ["demo", "-n", "99999999999999999999"],
            ["demo", "--since", "1w"], ["demo", "--since", "yesterday"], ["demo", "--until", "1.5"],
            ["demo", "--kind", "tokens"], ["demo", "-o", "xml"], ["demo", "--color", "sometimes"],
            ["demo", "--data", "x", "--server", "http://127.0.0.1:1"], ["demo", "--wat"],
            ["demo", "--server", "ftp://example.org"], ["demo", "--server", "127.0.0.1:8080"],
        ])
    func refused(arguments: [String]) async throws {
        let failure = await #expect(throws: (any Error).self) { try await TailSession.run(arguments) }
        let error = try #require(failure.map { TailError($0) })
        #expect(error.code == .usage)
        #expect(error.lines.split(separator: "\n").count == 2)
        #expect(error.lines.hasPrefix("error: ") && error.lines.contains("\nhint: "))
    }

    @Test("An age is a number and a unit; a time is RFC 3339")
    func since() {
        #expect(Since("90s") == .age(microseconds: 90_000_000))
        #expect(Since("15m") == .age(microseconds: 900_000_000))
        #expect(Since("1d") == .age(microseconds: 86_400_000_000))
        #expect(Since("0s") == .age(microseconds: 0))
        #expect(Since("2026-11-22T12:04:31Z") == Timestamp("2026-11-22T12:04:31Z").map { .time($0) })
        #expect(
            Since("2026-11-22T20:04:31+08:00")?.instant(now: Timestamp(microseconds: 0)).description
                == "2026-11-22T12:04:31.000000Z")
        for text in ["", "s", "90", "-1s", "+1s", "1.5h", "1h30m", "9223372036854775807d", "36501d", "１s"] {
            #expect(Since(text) == nil, "\(text)")
        }
    }

    @Test("Colour is for terminals, for those who ask, and never against NO_COLOR")
    func color() throws {
        let auto = try TailSession.command(["demo"])
        let always = try TailSession.command(["demo", "--color", "always"])
        #expect(auto.usesColor(["TERM": "xterm"], isTerminal: true))
        #expect(!auto.usesColor([:], isTerminal: false))
        #expect(!auto.usesColor(["TERM": "dumb"], isTerminal: true))
        #expect(!auto.usesColor(["NO_COLOR": "1"], isTerminal: true))
        #expect(auto.usesColor(["NO_COLOR": ""], isTerminal: true))
        #expect(always.usesColor([:], isTerminal: false))
        #expect(!always.usesColor(["NO_COLOR": "1"], isTerminal: true))
    }
}
