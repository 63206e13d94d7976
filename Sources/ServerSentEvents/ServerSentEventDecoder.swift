/// Reads an event stream: a state machine over bytes, after WHATWG HTML, section 9.2.6 "Interpreting an event stream".
///
/// It may be fed any pieces, single bytes included. What stands between the last blank line and the end of the stream
/// is discarded, as the specification demands: a client fetches it again by its last event id.
public struct ServerSentEventDecoder: Sendable {
    /// The id that a reconnecting client sends as `Last-Event-ID`; a blank line commits it, with or without data.
    public private(set) var lastEventID = ""
    /// What the stream last asked a reconnecting client to wait.
    public private(set) var retryMs: Int?

    private let maximumLineBytes: Int
    private let maximumEventBytes: Int
    /// The beginning of a line whose end has not come.
    private var line: [UInt8] = []
    /// True after a CR: an LF that follows belongs to it, even in the next piece.
    private var endedWithCarriageReturn = false
    private var isFirstLine = true
    private var data: [UInt8] = []
    private var hasData = false
    private var name = ""
    private var blockID: String?

    /// Takes the parts as they are.
    public init(
        maximumLineBytes: Int = ServerSentEventLimits.maximumLineBytes,
        maximumEventBytes: Int = ServerSentEventLimits.maximumEventBytes
    ) {
        self.maximumLineBytes = maximumLineBytes
        self.maximumEventBytes = maximumEventBytes
    }

    /// Takes the next bytes and appends the events that they complete.
    ///
    /// - Throws: where a limit is passed; events completed before that are already in `events`.
    public mutating func feed(
        _ bytes: some Collection<UInt8>, into events: inout [ServerSentEvent]
    ) throws(ServerSentEventError) {
        var rest = ArraySlice(bytes)
        while !rest.isEmpty {
            if endedWithCarriageReturn {
                endedWithCarriageReturn = false
                if rest.first == lineFeed {
                    rest = rest.dropFirst()
                    continue
                }
            }
            guard let end = rest.firstIndex(where: { $0 == lineFeed || $0 == carriageReturn }) else {
                guard line.count + rest.count <= maximumLineBytes else { throw lineTooLong }
                line.append(contentsOf: rest)
                return
            }
            guard line.count + (end - rest.startIndex) <= maximumLineBytes else { throw lineTooLong }
            endedWithCarriageReturn = rest[end] == carriageReturn
            if line.isEmpty {
                try take(line: rest[..<end], into: &events)
            } else {
                line.append(contentsOf: rest[..<end])
                let whole = line
                line.removeAll(keepingCapacity: true)
                try take(line: whole[...], into: &events)
            }
            rest = rest[(end + 1)...]
        }
    }

    /// Takes the next bytes and gives the events that they complete.
    public mutating func feed(_ bytes: some Collection<UInt8>) throws(ServerSentEventError) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        try feed(bytes, into: &events)
        return events
    }

    /// True where everything read so far belongs to finished blocks: a place where another decoder could go on.
    public var isBetweenBlocks: Bool { line.isEmpty && !hasData && name.isEmpty && blockID == nil }

    /// The event that the end of the stream cut off before its blank line, its last line complete or not.
    ///
    /// A browser discards it. It serves a reader that knows by the data itself whether it is whole.
    public mutating func takeUnfinished() throws(ServerSentEventError) -> ServerSentEvent? {
        var events: [ServerSentEvent] = []
        if !line.isEmpty {
            let whole = line
            line.removeAll()
            try take(line: whole[...], into: &events)
        }
        dispatch(into: &events)
        return events.first
    }

    private var lineTooLong: ServerSentEventError { .init(code: .lineTooLong, limit: maximumLineBytes) }

    private mutating func take(
        line whole: ArraySlice<UInt8>, into events: inout [ServerSentEvent]
    ) throws(ServerSentEventError) {
        var line = whole
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
        }
        if line.isEmpty {
            dispatch(into: &events)
            return
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            try take(field: line, value: [])
            return
        }
        // A line that begins with a colon is a comment.
        if colon == line.startIndex { return }
        var value = line[(colon + 1)...]
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        try take(field: line[..<colon], value: value)
    }

    private mutating func take(field: ArraySlice<UInt8>, value: ArraySlice<UInt8>) throws(ServerSentEventError) {
        if field.elementsEqual("data".utf8) {
            guard data.count + value.count + 1 <= maximumEventBytes else {
                throw ServerSentEventError(code: .eventTooLong, limit: maximumEventBytes)
            }
            // The line feed goes before each line but the first, which is what dropping the last one comes to.
            if hasData { data.append(lineFeed) }
            data.append(contentsOf: value)
            hasData = true
        } else if field.elementsEqual("event".utf8) {
            name = String(decoding: value, as: UTF8.self)
        } else if field.elementsEqual("id".utf8) {
            if !value.contains(0) { blockID = String(decoding: value, as: UTF8.self) }
        } else if field.elementsEqual("retry".utf8) {
            if let milliseconds = Self.digits(value) { retryMs = milliseconds }
        }
    }

    /// A blank line: the id is committed, and the event is given where it has a `data` line, be that an empty one.
    private mutating func dispatch(into events: inout [ServerSentEvent]) {
        if let blockID { lastEventID = blockID }
        blockID = nil
        if hasData {
            events.append(ServerSentEvent(id: lastEventID, name: name.isEmpty ? "message" : name, data: data))
        }
        data.removeAll()
        hasData = false
        name = ""
    }

    private static func digits(_ value: ArraySlice<UInt8>) -> Int? {
        guard !value.isEmpty, value.count <= 12, value.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return min(
            value.reduce(0) { $0 * 10 + Int($1 - 0x30) }, ServerSentEventLimits.maximumRetryMs)
    }
}
