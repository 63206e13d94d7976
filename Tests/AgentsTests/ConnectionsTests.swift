import Foundation
import TestSupport
import Testing

@testable import Agents

@Suite struct ConnectionsTests {
    @Test(
        "As many answers as there are runs come at the same time: none waits for the connection of another",
        .enabled(if: sysconf(Int32(_SC_OPEN_MAX)) > 6_000, "needs two files for each"), .timeLimit(.minutes(2)))
    func manyAtOnce() async throws {
        let count = 1_100
        let upstream = try FakeUpstream([.silence])
        let agent = try agent(model(upstream) { $0.connectTimeout = .seconds(30) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask {
                    if let error = await Heard.all(of: agent).error { throw error }
                }
            }
            group.addTask {
                while upstream.requests.count < count { try await Task.sleep(for: .milliseconds(20)) }
            }
            try await group.next()
            group.cancelAll()
        }
        #expect(upstream.connections == count)
        upstream.stop()
    }

    @Test("A process that has no file left says so")
    func files() {
        struct Refused: Error, CustomStringConvertible { var description = "socket: Too many open files (errno: 24)" }
        #expect(UpstreamExchange.reason(Refused()).contains("ulimit -n"))
    }
}
