public import Agents
public import EventLog
import Events
import Projections
public import Workflow

/// A small second workflow: finds where in this conversation and its files the words of a question stand.
///
/// ```
/// plan ─┬─ search_messages ─┬─ summary
///       └─ search_files ────┘
/// ```
public enum EchoResearch {
    /// The local composer by the name that a model row gives.
    public static let composers: [String: any LocalComposer] = ["echo": EchoComposer()]

    /// Whose agents are asked: only the summary speaks.
    public static let use = AgentUse(
        chatbot: "echo", workflow: "echo-research", nodes: ["plan", "search_messages", "search_files", "summary"],
        speaking: ["summary"])

    /// The chatbot `echo`.
    public static func chatbot(attachments: AttachmentStore) -> Chatbot {
        chatbot(attachments, fileBytes: Limits.fileBytes)
    }

    static func chatbot(_ attachments: AttachmentStore, fileBytes: Int) -> Chatbot {
        Chatbot(
            name: use.chatbot, title: "Echo, finds what was said", workflow: workflow(attachments, fileBytes: fileBytes)
        )
    }

    /// What to look for.
    struct Plan: Sendable, Codable, Hashable {
        var terms: [String]
    }

    /// Where a term stands.
    struct Finding: Sendable, Codable, Hashable {
        var term: String
        /// `message 17` or a file's name.
        var place: String
        /// The line it stands in, cut to `Limits.excerptCharacters`.
        var excerpt: String
    }

    /// What the conversation's files hold.
    struct FileSearch: Sendable, Codable, Hashable {
        var findings: [Finding] = []
        /// Files that were not read, because with the newer ones they are more than one search reads.
        var leftOut = 0
    }

    struct State: Sendable {
        var question: String
        var plan = Plan(terms: [])
        var findings: [Finding] = []
        var filesLeftOut = 0
    }

    /// The bounds of one search.
    enum Limits {
        static let terms = 4
        static let findings = 20
        static let excerptCharacters = 80
        /// Bytes of the files that one search reads, the newest files first.
        static let fileBytes = 16 * 1024 * 1024
    }

    static func workflow(_ attachments: AttachmentStore, fileBytes: Int) -> any Workflow {
        Graph<State>(
            name: use.workflow, version: 2,
            nodes: [
                Node("plan", work: { state, _ in plan(state.question) }, apply: { $0.plan = $1 }),
                Node(
                    "search_messages", after: ["plan"], when: { !$0.plan.terms.isEmpty },
                    work: { state, context in
                        var findings: [Finding] = []
                        for message in context.run.past.messages {
                            find(state.plan.terms, in: message.text, at: "message \(message.offset)", &findings)
                        }
                        return findings
                    }, apply: { $0.findings += $1 }),
                Node(
                    "search_files", after: ["plan"], onError: .skip, when: { !$0.plan.terms.isEmpty },
                    work: { state, context in
                        let parts = context.run.past.messages.flatMap { $0.contents ?? [] } + context.run.contents
                        return try search(state.plan.terms, parts, limit: fileBytes) { try attachments.bytes($0) }
                    },
                    apply: {
                        $0.findings += $1.findings
                        $0.filesLeftOut = $1.leftOut
                    }),
                Node(
                    speaking: "summary", after: ["search_messages", "search_files"],
                    work: { state, context in
                        let input = AgentInput(
                            instructions: """
                                Say where the words of the question were found. Use only the findings. Say how many files \
                                were left out, if any were.
                                """,
                            turns: [.init(role: "user", text: state.question)],
                            material: try CanonicalJSON.encode(
                                Material(
                                    plan: state.plan, findings: state.findings, filesLeftOut: state.filesLeftOut)))
                        _ = try await context.answer(input, lastResort: context.localFallback(composer: "echo"))
                    }),
            ], initial: { State(question: $0.text) })
    }

    /// What the summary is made from where nothing was found: enough for a trial of its agent.
    public static func emptyMaterial(_ question: String) throws -> String {
        try CanonicalJSON.encode(Material(plan: plan(question), findings: []))
    }

    /// The longest words of a question: what carries its meaning, in any language with spaces, and quoted words whole.
    static func plan(_ question: String) -> Plan {
        let quoted = question.split(whereSeparator: { "\"“”「」『』".contains($0) }).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
        let words = question.split(whereSeparator: { !$0.isLetter && !$0.isNumber }).map(String.init)
            .filter { $0.count > 3 || ($0.count > 1 && !$0.allSatisfy(\.isASCII)) }.sorted { $0.count > $1.count }
        var terms: [String] = []
        for term in quoted + words where !terms.contains(term) { terms.append(term) }
        return Plan(terms: Array(terms.prefix(Limits.terms)))
    }

    /// Adds the lines of a text that hold a term, up to the limit of findings.
    static func find(_ terms: [String], in text: String, at place: String, _ findings: inout [Finding]) {
        let wanted = terms.map { (term: $0, lowered: $0.lowercased()) }
        for line in text.split(whereSeparator: \.isNewline) {
            let lowered = line.lowercased()
            for (term, wanted) in wanted where lowered.contains(wanted) {
                guard findings.count < Limits.findings else { return }
                findings.append(
                    Finding(term: term, place: place, excerpt: String(line.prefix(Limits.excerptCharacters))))
            }
        }
    }

    /// Searches the files among some parts, each once, the newest first, and holds one at a time.
    ///
    /// - Parameters:
    ///   - limit: how many bytes are read; a file that would be beyond it is left out.
    ///   - bytes: reads a file by its digest; nil where it is gone.
    static func search(
        _ terms: [String], _ parts: [ContentPart], limit: Int, bytes: (String) throws -> [UInt8]?
    ) throws -> FileSearch {
        var search = FileSearch()
        var seen: Set<String> = []
        var left = limit
        for part in parts.reversed() where part.contentType == "file" && search.findings.count < Limits.findings {
            guard let digest = part.sha256, seen.insert(digest).inserted else { continue }
            try Task.checkCancellation()
            guard part.size ?? 0 <= left else {
                search.leftOut += 1
                continue
            }
            guard let content = try bytes(digest) else { continue }
            left -= content.count
            find(terms, in: String(decoding: content, as: UTF8.self), at: part.name ?? "file", &search.findings)
        }
        return search
    }

    struct Material: Codable {
        var plan: Plan
        var findings: [Finding]
        var filesLeftOut = 0
    }
}
