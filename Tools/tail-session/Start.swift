import Events

/// Where reading begins.
enum Start: Equatable {
    case beginning
    /// The head: only what comes.
    case end
    case after(Offset)
    case since(Since)
    /// The newest events of the session, so many.
    case last(Int64)
}

/// An instant, or how long ago: RFC 3339, or `90s`, `15m`, `2h`, `1d`.
enum Since: Equatable {
    case time(Timestamp)
    case age(microseconds: Int64)

    /// Nil where the text is neither.
    init?(_ text: String) {
        if let time = Timestamp(text) {
            self = .time(time)
            return
        }
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }) else { return nil }
        let digits = text.dropLast()
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int64(digits),
            count <= Limits.ageDays * 86_400 / unit
        else { return nil }
        self = .age(microseconds: count * unit * 1_000_000)
    }

    /// The instant, seen from `now`.
    func instant(now: Timestamp) -> Timestamp {
        switch self {
        case .time(let time): time
        case .age(let microseconds): Timestamp(microseconds: now.microseconds - microseconds)
        }
    }
}
