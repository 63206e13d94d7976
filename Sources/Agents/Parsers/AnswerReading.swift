internal import Events

/// Reads a model's bytes as an answer of that model would be read, for measurements of the reading alone.
package enum AnswerReading {
    /// The deltas of a whole answer, fed in pieces of that many bytes.
    ///
    /// - Throws: `AgentError` as the answer's stream would.
    package static func deltas(
        of bytes: [UInt8], from model: ModelConfiguration, pieces: Int
    ) throws(AgentError) -> [AgentDelta] {
        var parser = try ProviderFormats.format(of: model).parser(for: model)
        var deltas: [AgentDelta] = []
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            try parser.feed(bytes[start..<min(start + pieces, bytes.count)], into: &deltas)
        }
        try parser.end(into: &deltas)
        return deltas
    }
}
