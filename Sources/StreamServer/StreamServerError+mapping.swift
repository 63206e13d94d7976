import Audit
import EventLog
import Events
import Hummingbird
import Workflow

extension StreamServerError {
    /// The form in which any error is answered.
    init(answering error: any Error) {
        switch error {
        case let error as StreamServerError: self = error
        case let error as EventLogError: self.init(error)
        case let error as WorkflowError: self.init(error)
        case let error as AuditError: self.init(error)
        // What a workflow refuses before anything is recorded: the message was understood and cannot be worked with.
        case let error as any FailureConvertible:
            let failure = error.failure
            self.init(Code(failure.code, status: 422), failure.message, hint: failure.hint)
        case let error as HTTPError: self.init(error)
        case is CancellationError:
            self.init(.draining, "the server is about to stop", hint: "try again in a few seconds")
            retryAfterSeconds = 5
        default:
            self.init(.internalError, "the server failed to answer", hint: "its log says why", underlying: error)
        }
    }

    private init(_ error: EventLogError) {
        let status =
            switch error.code {
            case .headConflict, .offsetBeyondHead, .sequenceGap, .sessionClosed: 409
            case .producerFenced: 403
            case .sessionNotFound: 404
            case .sessionErased: 410
            case .invalidAppend: 400
            case .forkTooLarge: 413
            case .overloaded, .shutDown, .tooManySessions: 503
            case .storageFull: 507
            default: 500
            }
        self.init(
            Code(error.code.rawValue, status: status), error.message, hint: error.hint, underlying: error.underlying)
        head = error.head?.value
        expectedSequence = error.expectedSequence
        switch error.code {
        case .overloaded: retryAfterSeconds = 1
        case .shutDown: retryAfterSeconds = 5
        case .tooManySessions: retryAfterSeconds = 60
        default: break
        }
    }

    private init(_ error: WorkflowError) {
        let status =
            switch error.code {
            case .unknownChatbot: 404
            case .runInProgress, .sessionExists: 409
            case .queueFull: 429
            case .tooManyRuns, .draining, .configurationUnreadable: 503
            default: 500
            }
        self.init(Code(error.code.rawValue, status: status), error.message, hint: error.hint)
        retryAfterSeconds = error.retryAfterSeconds
    }

    private init(_ error: AuditError) {
        let status =
            switch error.code {
            case .sessionNotFound, .notInTree: 404
            case .sessionBusy, .auditOff, .noKey: 409
            case .invalidExport: 400
            case .fileFailed, .attachmentDamaged: 500
            }
        self.init(Code(error.code.rawValue, status: status), error.message, hint: error.hint)
    }

    private init(_ error: HTTPError) {
        switch error.status.code {
        case 404: self.init(.routeNotFound, "there is no such route", hint: "the README lists the routes")
        case 413:
            self.init(.bodyTooLarge, "the body is too large", hint: "send at most \(Limits.requestBodyBytes) bytes")
        case let code:
            self.init(Code("http_\(code)", status: code), error.body ?? error.status.reasonPhrase)
        }
    }
}

extension StreamServerError {
    /// The body of the answer.
    var json: String {
        var body = "{\"error\":{\"code\":\(JSONText.string(code.rawValue)),\"message\":\(JSONText.string(message))"
        if let hint { body += ",\"hint\":\(JSONText.string(hint))" }
        if let head { body += ",\"head\":\(head)" }
        if let expectedSequence { body += ",\"expected_sequence\":\(expectedSequence)" }
        return body + "}}"
    }

    /// The answer.
    func response() -> Response {
        var response = Response.json(json, status: HTTPResponse.Status(code: code.status))
        if let retryAfterSeconds { response.headers[.retryAfter] = String(retryAfterSeconds) }
        if !allowedMethods.isEmpty { response.headers[.allow] = allowedMethods.joined(separator: ", ") }
        return response
    }
}
