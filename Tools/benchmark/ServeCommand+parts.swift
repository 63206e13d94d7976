import BenchmarkReference
import EventLog
import Events
import Foundation
import PlayheadClient

extension ServeCommand {
    /// One session on an idle server.
    func measureQuiet(_ scratch: Scratch, _ report: inout Report) throws {
        let target = try Target(scratch, ["--rate", "\(rate)"])
        let result = try live(target, Self.chats(1), label: "one session", &report, isReported: false)
        report.add(Figure("one session: token to frame, median", result.load.latency(0.5), "ms").atMost(3))
        report.add(Figure("one session: token to frame, p99", result.load.latency(0.99), "ms"))
    }

    /// Growing numbers of sessions, each with a subscriber, until one does not hold.
    func measureLive(_ scratch: Scratch, _ report: inout Report) throws {
        var largest = 0
        for count in sessions {
            let target = try Target(scratch, ["--rate", "\(rate)"])
            let held = try live(target, Self.chats(count), label: "\(count) sessions", &report).isHeld
            guard held else { break }
            largest = count
        }
        report.add(Figure("sessions at \(rate) tokens/s that hold", Double(largest), "sessions").atLeast(5_000))
    }

    /// The same without a log: what a plain handler delivers.
    func measurePlain(_ scratch: Scratch, _ report: inout Report) throws {
        for count in sessions {
            let target = try Target(scratch, ["--rate", "\(rate)", "--plain"])
            let requests = Array(repeating: Self.get("/plain"), count: count)
            guard try live(target, requests, label: "plain, \(count) streams", &report).isHeld else { break }
        }
    }

    /// The same from bare SQLite to bare sockets, in C: what these cores can do.
    func measureReference(_ scratch: Scratch, _ report: inout Report) throws {
        for count in sessions {
            let target = try Target(scratch, ["--rate", "\(rate)", "--reference"])
            let requests = Array(repeating: Self.get("/live"), count: count)
            guard try live(target, requests, label: "C, \(count) sessions", &report).isHeld else { break }
        }
    }

    /// One session, many subscribers.
    func measureFanOut(_ scratch: Scratch, _ report: inout Report) throws {
        let target = try Target(scratch, ["--rate", "\(rate)"])
        let speaker = try Load(target.port, Self.chats(1))
        try speaker.wait("the first token") { $0.with_frame == $1 }
        let requests = Array(repeating: Self.get("/sessions/live1/events"), count: subscribers)
        try live(target, requests, label: "one session, \(subscribers) subscribers", &report)
    }

    /// What readers that take nothing do to the others: each asks for a long past, more than any buffer holds.
    func measureStalled(_ scratch: Scratch, _ report: inout Report) throws {
        let count = 300
        let stalled = Array(repeating: Self.get("/sessions/s1/events?follow=none"), count: 50)
        var slowest: [Double] = []
        for readers in [[], stalled] {
            let target = try Target(scratch, ["--rate", "\(rate)", "--prefilled", "1", "--each", "100000"])
            let label = readers.isEmpty ? "\(count) sessions" : "the same beside \(readers.count) stalled readers"
            let result = try live(target, Self.chats(count), stalled: readers, label: label, &report)
            slowest.append(result.load.latency(0.99))
        }
        report.add(Figure("p99 beside stalled readers", slowest[1], "ms", reference: slowest[0]).ratioAtMost(1.5))
    }

    /// Subscribers for whom nothing happens, beside a plain handler's: once they came one after the other, and once all of
    /// them at the same instant, when what their requests needed for a moment is memory that the process keeps.
    func measureIdle(_ scratch: Scratch, _ report: inout Report) throws {
        for (atOnce, way) in [(Self.idleGroup, "in turn"), (idle, "at once")] {
            let plain = try idleSubscribers(try Target(scratch, ["--plain"]), "/quiet", atOnce)
            let ours = try idleSubscribers(
                try Target(scratch, ["--prefilled", "1", "--each", "1"]), "/sessions/s1/events?follow=session", atOnce)
            let label = "\(idle) idle subscribers that came \(way)"
            report.add(Figure("\(label): memory of each", ours.bytes, "bytes", reference: plain.bytes).atMost(10_240))
            report.add(Figure("\(label): CPU", ours.cpu * 100, "% of a core", reference: plain.cpu * 100))
        }
    }

    /// Connections that come at the same time where they come in turn.
    private static let idleGroup = 100

    private func idleSubscribers(
        _ target: Target, _ path: String, _ atOnce: Int
    ) throws -> (bytes: Double, cpu: Double) {
        func open(_ count: Int) throws -> Load {
            let load = try Load(target.port, Array(repeating: Self.get(path), count: count))
            try load.wait("the first frame") { $0.with_frame == $1 }
            return load
        }
        // What the first ones need once is not counted.
        var loads = [try open(Self.idleGroup)]
        let before = target.residentBytes
        for begun in stride(from: 0, to: idle, by: atOnce) { loads.append(try open(min(atOnce, idle - begun))) }
        let bytes = (target.residentBytes - before) / Double(idle)
        let (cpu, length) = (target.cpuSeconds, 30.0)
        // Two heartbeats of each.
        usleep(UInt32(length * 1e6))
        let used = target.cpuSeconds - cpu
        guard loads.allSatisfy({ $0.now.ended == 0 }) else {
            throw BenchmarkError(description: "subscribers were cut")
        }
        return (bytes, used / length)
    }

    /// Many clients that come back at the same time, each after another offset of another session; beside them a plain
    /// handler's clients, who get one frame that is always the same, and those of the C server.
    func measureResumes(_ scratch: Scratch, _ report: inout Report) throws {
        let each = 500
        let filled = ["--prefilled", "\(resumes)", "--each", "\(each)"]
        let plain = try resume(
            try Target(scratch, ["--plain"]), Array(repeating: Self.get("/quiet"), count: resumes))
        let bare = try resume(try Target(scratch, ["--reference"] + filled), resumeRequests(each))
        let ours = try resume(try Target(scratch, filled), resumeRequests(each))
        let label = "\(resumes) resume at once"
        report.add(Figure("\(label): first frame, median", ours.median, "ms", reference: bare.median))
        report.add(Figure("\(label): first frame, p99", ours.p99, "ms", reference: bare.p99).atMost(50))
        report.add(Figure("\(label): CPU", ours.cpu, "µs/resume", reference: bare.cpu))
        report.add(Figure("\(label), plain: first frame, median", plain.median, "ms", reference: bare.median))
        report.add(Figure("\(label), plain: first frame, p99", plain.p99, "ms", reference: bare.p99))
        report.add(Figure("\(label), plain: CPU", plain.cpu, "µs/resume", reference: bare.cpu))
    }

    private func resumeRequests(_ each: Int) -> [String] {
        (1...resumes).map { number in
            let offset = Int.random(in: 1..<each)
            return Self.get("/sessions/s\(number)/events?follow=none&limit=20", headers: "Last-Event-ID: \(offset)\r\n")
        }
    }

    private func resume(
        _ target: Target, _ requests: [String]
    ) throws -> (median: Double, p99: Double, cpu: Double) {
        let cpu = target.cpuSeconds
        let load = try Load(target.port, requests)
        try load.wait("a frame for each") { $0.with_frame == $1 }
        return (load.firstFrame(0.5), load.firstFrame(0.99), (target.cpuSeconds - cpu) / Double(resumes) * 1e6)
    }

    /// One client that reads a long session from its beginning.
    func measureReplay(_ scratch: Scratch, _ report: inout Report) async throws {
        let target = try Target(scratch, ["--prefilled", "1", "--each", "\(replay)"])
        let label = "replay of \(replay) events"
        let requests = [Self.get("/sessions/s1/events?follow=none")]
        let cpu = target.cpuSeconds
        let begun = reference_now_us()
        let load = try Load(target.port, requests)
        try load.wait("the last frame", seconds: 300) { figures, _ in figures.frames == replay }
        let seconds = Double(reference_now_us() - begun) / 1e6
        report.add(Figure("\(label): bare client", Double(replay) / seconds, "frames/s").atLeast(300_000))
        report.add(Figure("\(label): CPU", (target.cpuSeconds - cpu) / Double(replay) * 1e6, "µs/frame"))
        let client = try PlayheadClient(server: "http://127.0.0.1:\(target.port)")
        let clock = ContinuousClock.now
        var frames = 0
        for try await _ in client.frames(session(1), follow: .none) { frames += 1 }
        guard frames == replay else { throw BenchmarkError(description: "\(frames) frames of \(replay) came") }
        let took = (ContinuousClock.now - clock).seconds
        report.add(Figure("\(label): PlayheadClient", Double(replay) / took, "frames/s"))
    }

    /// A load that goes on for a while: whether it holds, and what it costs.
    @discardableResult
    private func live(
        _ target: Target, _ requests: [String], stalled: [String] = [], label: String, _ report: inout Report,
        isReported: Bool = true
    ) throws -> (load: Load, isHeld: Bool) {
        let load = try Load(target.port, requests, stalled: stalled)
        try load.wait("the first token of each") { $0.with_frame == $1 }
        var (before, cpu, begun) = (load.now, target.cpuSeconds, reference_now_us())
        let frames = Double(
            load.measure(seconds: seconds) { (before, cpu, begun) = (load.now, target.cpuSeconds, reference_now_us()) })
        let (after, cpuAfter) = (load.now, target.cpuSeconds)
        let elapsed = Double(reference_now_us() - begun) / 1e6
        let expected = Double(requests.count * max(1, 1_000 / (1_000 / rate))) * elapsed
        let p99 = load.latency(0.99)
        if isReported {
            report.add(Figure("\(label): delivered", frames / elapsed, "frames/s"))
            report.add(Figure("\(label): token to frame, median", load.latency(0.5), "ms"))
            report.add(Figure("\(label): token to frame, p99", p99, "ms").atMost(100))
            report.add(Figure("\(label): token to frame, longest", load.longest, "ms"))
            report.add(Figure("\(label): CPU of the server", (cpuAfter - cpu) / frames * 1e6, "µs/frame"))
            report.add(
                Figure(
                    "\(label): CPU of the clients", (after.cpu_seconds - before.cpu_seconds) / frames * 1e6, "µs/frame")
            )
            report.add(Figure("\(label): server's memory", target.residentBytes / 1e6, "MB"))
        }
        guard load.stalledReaders == stalled.count else {
            throw BenchmarkError(
                description: "\(load.stalledReaders) of \(stalled.count) stalled readers are connected")
        }
        let isComplete = Double(load.recorded) >= 0.98 * expected && after.ended == 0
        return (load, p99 <= 100 && isComplete)
    }

    private static func chats(_ count: Int) -> [String] {
        let body = #"{"contents":[{"content_type":"text","content":"?"}]}"#
        return (1...count).map { number in
            "POST /chatbots/clock/chat/live\(number)?pace=off HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        }
    }

    private static func get(_ path: String, headers: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\(headers)\r\n"
    }
}
