import EventLog
import Events
import Foundation

/// Follows a session in the file of another process: `<offset> <microseconds of the monotonic clock> <body>` a line.
struct Follower {
    let file: LogFile
    let session: SessionID
    let head: Offset

    init(directory: String, session: String, head: String) throws {
        guard let session = SessionID(session), let head = Int64(head) else { exit(64) }
        file = try LogFile(directory: directory)
        self.session = session
        self.head = Offset(head)
    }

    func run() throws {
        var cursor = Offset.beginning
        var position = Position.beginning
        say("ready")
        while cursor < head {
            let page = try file.page(session, after: cursor, position: position)
            guard let page, let last = page.events.last else {
                try file.waitForChange()
                continue
            }
            let now = monotonicMicroseconds()
            for event in page.events { say("\(event.offset) \(now) \(event.body ?? "-")") }
            cursor = last.offset
            position = last.position
        }
    }
}

/// The clock that every process of a machine shares.
func monotonicMicroseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
}
