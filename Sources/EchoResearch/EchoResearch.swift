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

    /// The chatbot `echo`.
    public static func chatbot(attachments: AttachmentStore) -> Chatbot {
        Chatbot(name: "echo", title: "Echo, finds what was said", workflow: workflow(attachments))
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

    struct State: Sendable {
        var question: String
        var plan = Plan(terms: [])
        var findings: [Finding] = []
    }

    /// The bounds of one search.
    enum Limits {
        static let terms = 4
        static let findings = 20
        static let excerptCharacters = 80
    }

    static func workflow(_ attachments: AttachmentStore) -> any Workflow {
        Graph<State>(
            name: "echo-research", version: 1,
            nodes: [
                Node("plan", work: { state, _ in plan(state.question) }, apply: { $0.plan = $1 }),
                Node(
                    "search_messages", after: ["plan"], when: { !$0.plan.terms.isEmpty },
                    work: { state, context in
                        find(state.plan.terms, in: context.run.past.messages.map { ("message \($0.offset)", $0.text) })
                    }, apply: { $0.findings += $1 }),
                Node(
                    "search_files", after: ["plan"], onError: .skip, when: { !$0.plan.terms.isEmpty },
                    work: { state, context in find(state.plan.terms, in: try files(context.run, attachments)) },
                    apply: { $0.findings += $1 }),
                Node(
                    speaking: "summary", after: ["search_messages", "search_files"],
                    work: { state, context in
                        let input = AgentInput(
                            instructions: "Say where the words of the question were found. Use only the findings.",
                            turns: [.init(role: "user", text: state.question)],
                            material: try CanonicalJSON.encode(Material(plan: state.plan, findings: state.findings)))
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

    static func find(_ terms: [String], in texts: [(place: String, text: String)]) -> [Finding] {
        var findings: [Finding] = []
        for (place, text) in texts {
            for line in text.split(whereSeparator: \.isNewline) {
                let lowered = line.lowercased()
                for term in terms where lowered.contains(term.lowercased()) && findings.count < Limits.findings {
                    findings.append(
                        Finding(term: term, place: place, excerpt: String(line.prefix(Limits.excerptCharacters))))
                }
            }
        }
        return findings
    }

    private static func files(_ run: RunContext, _ attachments: AttachmentStore) throws -> [(String, String)] {
        let parts = run.past.messages.flatMap { $0.contents ?? [] } + run.contents
        return try parts.filter { $0.contentType == "file" }.compactMap { part in
            guard let digest = part.sha256, let bytes = try attachments.bytes(digest) else { return nil }
            return (part.name ?? "file", String(decoding: bytes, as: UTF8.self))
        }
    }

    struct Material: Codable {
        var plan: Plan
        var findings: [Finding]
    }
}
