internal import Events

/// What an upstream's own error reports come to.
enum UpstreamFailure {
    /// An answer whose HTTP status is not 2xx.
    static func of(
        status: Int, retryAfter: Duration?, shouldRetry: Bool?, body: [UInt8], model: ModelConfiguration
    ) -> AgentError {
        let report = JSONView(body).flatMap { Report($0, isWhole: true) }
        var error = AgentError(code: code(status: status), message: "the model's server answered \(status)")
        if let report {
            error.message += ": \(report.message)"
        } else if let text = quoted(body) {
            error.message += ": \(text)"
        }
        error.hint = hint(status: status, model: model)
        let isOutOfCredit = report?.kinds.contains("insufficient_quota") ?? false
        error.isRetryable = shouldRetry ?? (isTransient(status: status) && !isOutOfCredit)
        error.retryAfter = retryAfter
        return error
    }

    /// An error object inside a stream, or under 200; nil where the value is none.
    static func of(_ value: JSONView, isErrorEvent: Bool = false) -> AgentError? {
        guard let report = Report(value, isWhole: isErrorEvent) else { return nil }
        let isOverload =
            report.status == 429 || report.status == 503 || report.status == 529
            || report.kinds.contains { ["overloaded_error", "rate_limit_error", "rate_limit_exceeded"].contains($0) }
        let isOurs =
            report.status.map { !isTransient(status: $0) }
            ?? report.kinds.contains {
                ["invalid_request_error", "insufficient_quota", "not_found_error"].contains($0)
            }
        return AgentError(
            code: isOverload ? .overloaded : .upstream, message: "the model reported an error: \(report.message)",
            isRetryable: !isOurs)
    }

    /// The beginning of what the upstream sent, on one line.
    static func quoted(_ body: [UInt8]) -> String? {
        let words = String(decoding: body, as: UTF8.self).split(whereSeparator: { $0.isWhitespace || $0.isNewline })
        let text = words.joined(separator: " ")
        return text.isEmpty ? nil : shortened(text)
    }

    private static func shortened(_ text: String) -> String {
        let limit = AgentLimits.maximumQuotedCharacters
        return text.count > limit ? text.prefix(limit) + "…" : text
    }

    private static func code(status: Int) -> AgentError.Code {
        status == 429 || status == 503 || status == 529 ? .overloaded : .upstream
    }

    private static func isTransient(status: Int) -> Bool {
        status == 408 || status == 409 || status == 425 || status == 429 || status >= 500
    }

    private static func hint(status: Int, model: ModelConfiguration) -> String? {
        switch status {
        case 300..<400: "base_url of model \(model.name) redirects: name the final address"
        case 401, 403:
            model.keyVariable.map { "check the key in \($0)" }
                ?? "name the key's variable in api_key_env of \(model.name)"
        case 404: "check base_url and model_name of model \(model.name)"
        case 413: "the question is too large for the model's server"
        default: nil
        }
    }

    /// The shapes at hand: `{"error":{"message","type","code"}}`, `{"error":"text"}`, `{"type":"error","error":{…}}`,
    /// `{"object":"error","message":…}`, `{"detail":…}`, `{"message":…}`.
    private struct Report {
        var message: String
        var kinds: [String] = []
        var status: Int?

        /// - Parameter isWhole: true where the value is known to be an error, whatever its shape.
        init?(_ value: JSONView, isWhole: Bool) {
            guard value.isObject else { return nil }
            let body: JSONView
            if let error = value["error"], !error.isNull {
                body = error
            } else if isWhole || value["object"]?.string == "error" {
                body = value
            } else {
                return nil
            }
            let text = body.string ?? body["message"]?.string ?? body["detail"]?.string
            message = text.map(UpstreamFailure.shortened) ?? "(no message)"
            for name in ["type", "code", "status"] {
                if let kind = body[name]?.string { kinds.append(kind) }
                if let number = body[name]?.integer, (100..<600).contains(number) { status = number }
            }
            if let metadata = body["metadata"]?["raw"]?.string {
                message += " (\(UpstreamFailure.shortened(metadata)))"
            }
            if text == nil, !kinds.isEmpty { message = kinds.joined(separator: ", ") }
        }
    }
}
