import Events
import Foundation
import HTTPTypes
import Hummingbird

/// Reads what a request says beside its body; what cannot be right is refused with the value's name.
extension Request {
    /// The value of a query parameter; nil where it is not there.
    func query(_ name: String) -> String? {
        uri.queryParameters.first { $0.key == name }.map { String($0.value) }
    }

    /// The values of a query parameter that may be repeated or hold several, with commas between them.
    func queryList(_ name: String) -> [String] {
        uri.queryParameters.filter { $0.key == name }
            .flatMap { $0.value.split(separator: ",").map(String.init) }
    }

    /// A whole number in a range.
    func queryNumber(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = query(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw StreamServerError(
                .invalidParameter, "\(name)=\(text) is not possible",
                hint: "\(name) is a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// One of the names of a choice.
    func queryChoice<Choice: RawRepresentable & CaseIterable>(_ name: String, _: Choice.Type) throws -> Choice?
    where Choice.RawValue == String {
        guard let text = query(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw StreamServerError(
                .invalidParameter, "\(name)=\(text) is not possible", hint: "\(name) is one of \(names)")
        }
        return choice
    }

    /// `true` or `false`.
    func queryFlag(_ name: String) throws -> Bool? {
        switch query(name) {
        case nil: nil
        case "true"?, "1"?: true
        case "false"?, "0"?: false
        case let text?:
            throw StreamServerError(
                .invalidParameter, "\(name)=\(text) is not possible", hint: "\(name) is true or false")
        }
    }

    /// Where to read on: `Last-Event-ID`, which a reconnecting client sends, wins over `after`.
    func position() throws -> StreamPosition? {
        if let text = headers[.lastEventID], !text.isEmpty { return try Self.position(text, "Last-Event-ID") }
        return try query("after").map { try Self.position($0, "after") }
    }

    private static func position(_ text: String, _ name: String) throws -> StreamPosition {
        guard let position = StreamPosition(text) else {
            throw StreamServerError(
                .invalidOffset, "\(name) is no offset: \(text.prefix(64))",
                hint: "an offset is a whole number from 0, or an id that the stream sent, as 17.6")
        }
        return position
    }

    /// The offset that a query parameter names.
    func offset(_ name: String) throws -> Offset? {
        guard let text = query(name) else { return nil }
        guard let position = StreamPosition(text), position.part == 0 else {
            throw StreamServerError(
                .invalidOffset, "\(name) is no offset: \(text.prefix(64))", hint: "an offset is a whole number from 0")
        }
        return position.offset
    }

    /// What makes a repeated request one with the first.
    func idempotencyKey() throws -> String? {
        let key = headers[.idempotencyKey]
        guard key.map({ (1...Limits.idempotencyKeyLength).contains($0.utf8.count) }) ?? true else {
            throw StreamServerError(
                .invalidParameter, "the Idempotency-Key is empty or too long",
                hint: "it has 1 to \(Limits.idempotencyKeyLength) characters")
        }
        return key
    }

    /// A header that holds a whole number from 0.
    func number(_ name: HTTPField.Name) throws -> Int64? {
        guard let text = headers[name] else { return nil }
        guard let value = Int64(text), value >= 0 else {
            throw StreamServerError(
                .invalidParameter, "\(name) is no whole number: \(text.prefix(64))", hint: "count from 0")
        }
        return value
    }
}

extension ServerContext {
    /// A part of the path, with its percent escapes undone.
    func path(_ name: String) -> String {
        let raw = parameters.get(name) ?? ""
        return raw.removingPercentEncoding ?? raw
    }

    /// The session that the path names.
    func session() throws -> SessionID {
        guard let session = SessionID(path("session")) else {
            throw StreamServerError(.invalidSession, "the session's name is not possible", hint: SessionID.rule)
        }
        return session
    }

    /// The session that the path names, for a write: the server's own are not written from outside.
    func writableSession() throws -> SessionID {
        let session = try session()
        guard !session.isReserved else {
            throw StreamServerError(.invalidSession, "the session's name is the server's own", hint: SessionID.rule)
        }
        return session
    }
}
