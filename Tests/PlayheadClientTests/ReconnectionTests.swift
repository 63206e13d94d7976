import Testing

@testable import PlayheadClient

struct ReconnectionTests {
    private let start = ContinuousClock.now

    @Test("The wait doubles with every failure up to its bound, and starts again once something comes")
    func backoff() throws {
        var machine = connected { $0.reconnectDelay = .seconds(1) }
        for expected in [1, 2, 4, 8, 16, 30, 30] {
            let wait = try #require(machine.cut(Cut(), now: start).wait)
            #expect(wait.delay >= .seconds(expected) / 2 && wait.delay <= .seconds(expected))
        }
        machine.received(retryMs: nil)
        #expect(try #require(machine.cut(Cut(), now: start).wait).failures == 1)
    }

    @Test("The server's own wait is kept, and Retry-After is the least; neither is believed without bound")
    func retry() throws {
        var machine = connected { $0.reconnectDelay = .seconds(1) }
        machine.received(retryMs: 40_000)
        #expect(try #require(machine.cut(Cut(), now: start).wait).delay >= .seconds(20))
        let busy = Reconnection.Answer(status: 503, retryAfter: .seconds(100))
        #expect(try #require(machine.answered(busy, now: start).wait).delay >= .seconds(100))
        machine.received(retryMs: 86_400_000)
        #expect(try #require(machine.cut(Cut(), now: start).wait).delay <= Limits.longestDelay)
    }

    @Test("It gives up after the time it was told, counted from the first failure")
    func givesUp() throws {
        var machine = connected { $0.giveUpAfter = .seconds(60) }
        #expect(machine.cut(Cut(), now: start).wait != nil)
        #expect(machine.couldNotConnect(Cut(), now: start + .seconds(59)).wait != nil)
        #expect(machine.couldNotConnect(Cut(), now: start + .seconds(60)).wait == nil)
        var patient = connected { $0.giveUpAfter = nil }
        _ = patient.cut(Cut(), now: start)
        #expect(patient.couldNotConnect(Cut(), now: start + .seconds(1_000_000)).wait != nil)
    }

    @Test("A connection that was silent for its time has worked, so an idle session is never given up")
    func idle() throws {
        var machine = connected { $0.giveUpAfter = .seconds(60) }
        var now = start
        for _ in 0..<10 {
            now += .seconds(45)
            #expect(try #require(machine.cut(Cut(), now: now).wait).failures == 1)
            _ = machine.answered(.init(status: 200, contentType: "text/event-stream"), now: now)
        }
    }

    @Test("A first connection is tried again only where that was asked for")
    func firstConnection() {
        var machine = Reconnection(options: ClientOptions())
        #expect(machine.couldNotConnect(Cut(), now: start).wait == nil)
        var options = ClientOptions()
        options.retriesFirstConnection = true
        var patient = Reconnection(options: options)
        #expect(patient.couldNotConnect(Cut(), now: start).wait != nil)
    }

    private struct Cut: Error {}

    private func connected(_ change: (inout ClientOptions) -> Void) -> Reconnection {
        var options = ClientOptions()
        change(&options)
        var machine = Reconnection(options: options)
        _ = machine.answered(.init(status: 200, contentType: "text/event-stream"), now: start)
        return machine
    }
}

extension Reconnection.Action {
    fileprivate var wait: Reconnect? {
        if case .wait(let reconnect) = self { reconnect } else { nil }
    }
}
