// POST /sessions/{session}/events: append from outside.
//
//   {"events":[{"kind":"message.started","cause":4,"body":{"role":"assistant","streaming":true}},
//              {"kind":"token","cause":{"index":0},"body":{"text":"你好"}}]}
//
// or one such event by itself. `cause` is the offset of an event of the session, or {"index":i} for an event of the same
// request (the first has index 0); it is left out where there is none. Only a custom event may belong to a run. The body
// is recorded as canonical JSON, a token's as its text. Headers: Expected-Head; Producer-Id, Producer-Epoch and
// Producer-Sequence together.
//
// Answer: 201 {"session":"demo","first":17,"last":18,"duplicate":false}, or 200 with "duplicate":true where the producer
// had appended this before.

import EventLog
import Events
import Foundation
import HTTPTypes
import Hummingbird

/// Lets another backend stream through the log.
struct AppendRoute: Sendable {
    private let log: any EventLog
    private let messages: OutsideMessages

    init(log: any EventLog) {
        self.log = log
        messages = OutsideMessages(log)
    }

    func add(to table: inout RouteTable) {
        table.post("/sessions/{session}/events", post)
    }

    @Sendable private func post(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.writableSession()
        let type = HeaderParameters(request.headers[.contentType] ?? MediaType.json).value.lowercased()
        guard type == MediaType.json || type.isEmpty else {
            throw StreamServerError(
                .unsupportedMediaType, "events cannot come as \(type)", hint: "send application/json")
        }
        let events = try OutsideEvents.parse(try await RequestBytes.collect(request))
        let append = Append(
            to: session, events, expecting: try request.number(.expectedHead).map(Offset.init),
            producer: try producer(request))
        try await OutsideEvents.checkCauses(of: events, in: session, log)
        let appended = try await messages.append(append)
        let body =
            "{\"session\":\"\(session)\",\"first\":\(appended.first),\"last\":\(appended.last)"
            + ",\"duplicate\":\(appended.isDuplicate)}"
        return .json(body, status: appended.isDuplicate ? .ok : .created)
    }

    private func producer(_ request: Request) throws -> ProducerStamp? {
        let id = request.headers[.producerID]
        let epoch = try request.number(.producerEpoch)
        let sequence = try request.number(.producerSequence)
        if id == nil, epoch == nil, sequence == nil { return nil }
        guard let id, let epoch, let sequence else {
            throw StreamServerError(
                .invalidParameter, "the producer's headers are not complete",
                hint: "send Producer-Id, Producer-Epoch and Producer-Sequence together")
        }
        return ProducerStamp(id: id, epoch: epoch, sequence: sequence)
    }
}
