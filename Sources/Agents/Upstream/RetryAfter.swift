internal import Events

/// What an answer's headers say about trying again.
enum RetryAfter {
    /// `retry-after-ms`, or `Retry-After` in seconds or as an HTTP date (RFC 9110, section 10.2.3).
    ///
    /// - Parameter header: the first value of a header.
    static func duration(now: Timestamp, header: (String) -> String?) -> Duration? {
        if let text = header("retry-after-ms"), let value = number(text) { return .milliseconds(value) }
        guard let text = header("Retry-After") else { return nil }
        if let value = number(text) { return .seconds(value) }
        return date(text).map { .microseconds(max(0, $0.microseconds - now.microseconds)) }
    }

    /// `x-should-retry`, with which a server overrides what its status would mean.
    static func shouldRetry(header: (String) -> String?) -> Bool? {
        switch header("x-should-retry")?.lowercased() {
        case "true": true
        case "false": false
        default: nil
        }
    }

    private static func number(_ text: String) -> Double? {
        guard let value = Double(text), value.isFinite, value >= 0, value < 1e9 else { return nil }
        return value
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7); nobody at hand sends the obsolete forms.
    static func date(_ text: String) -> Timestamp? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", words[1].count == 2,
            let month = months.firstIndex(of: String(words[2]))
        else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp("\(words[3])-\(number)-\(words[1])T\(words[4])Z")
    }
}
