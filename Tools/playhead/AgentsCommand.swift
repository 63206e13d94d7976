import Agents
import ArgumentParser
import EchoResearch
import EventLog
import Events
import Foundation
import FundAnalysis
import Logging
import StandardStreams

struct AgentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agents", abstract: "Show which agent and model each node runs, and why.",
        subcommands: [List.self, Test.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List every assignment, the next to run first.",
            discussion: """
                A star marks what the next run takes. Keys are looked up in the environment of this command, which may not be \
                the server's. Exit codes: 0; 65 something that is assigned does not work, or has no effect.
                """)

        @OptionGroup var options: DataOptions

        @Flag(help: "Ask each model's host for a connection.")
        var probe = false

        @Option(name: .shortAndLong, help: "text or json.")
        var output = Output.text

        func run() async throws {
            try await withAgents(options.data) { directory in
                let listing = try await directory.listing(uses: Assembly.agentUses, probing: probe)
                switch output {
                case .json: try print(CanonicalJSON.encode(listing))
                case .text: for row in listing { try show(row) }
                }
                let missing = Set(listing.filter { !$0.problems.isEmpty }.compactMap(\.apiKeyEnv))
                    .filter { directory.environment[$0, default: ""].isEmpty }
                if !missing.isEmpty {
                    notice("note: \(missing.sorted().joined(separator: ", ")) may yet be set where the server runs")
                }
                // What a broken row could do is done by another where that one is taken for its chatbots.
                let works = listing.filter { $0.runs && $0.problems.isEmpty }
                let isMended = listing.filter { !$0.problems.isEmpty }.allSatisfy { row in
                    !row.runs && Assembly.agentUses.contains(where: row.isFor)
                        && works.contains {
                            $0.node == row.node && $0.workflow == row.workflow
                                && ($0.chatbot == row.chatbot || $0.chatbot == "*" || row.chatbot == "*")
                        }
                }
                if !isMended { throw ExitCode(65) }
            }
        }

        private func show(_ row: AgentListing) throws {
            let model = [row.provider, row.modelName].compactMap(\.self).joined(separator: "/")
            try print(
                "\(row.runs ? "*" : " ") \(row.workflow)/\(row.chatbot)/\(row.node)  \(row.agent ?? "-")  \(model)"
                    + (row.streaming == true ? "  streaming" : ""))
            try print("    \(row.why)")
            if !row.fallbacks.isEmpty { try print("    fallback: \(row.fallbacks.joined(separator: ", then "))") }
            for problem in row.problems { try print("    problem: \(problem)") }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make one real call of a node's agent and print its timings.",
            discussion: """
                As a run makes it: streamed where the model's row says so. Its fallbacks are not asked. Exit codes: 0 it \
                answered; 65 it cannot, or what came was no answer; 69 it cannot be reached, has too much to do or took too long.
                """)

        @OptionGroup var options: DataOptions

        @Argument(help: "The node, for instance character_advisor.")
        var node: String

        @Option(help: "The workflow.")
        var workflow = "fund-analysis"

        @Option(help: "The chatbot.")
        var chatbot = "xiaomei"

        @Option(help: "What to ask.")
        var question = "你好，小美。"

        func run() async throws {
            try await withAgents(options.data) { directory in
                let resolved = try directory.store.resolve(workflow: workflow, chatbot: chatbot, node: node)
                let agent = try directory.agent(for: resolved)
                let material =
                    workflow == "echo-research"
                    ? try EchoResearch.emptyMaterial(question)
                    : try CanonicalJSON.encode(AdvisorMaterial(question: question))
                let input = AgentInput(
                    instructions: resolved.prompt, turns: [.init(role: "user", text: question)],
                    material: material)
                guard let session = SessionID("test") else { return }
                let context = AgentContext(session: session, run: .beginning, node: node, attempt: 1)
                guard resolved.model.streaming else { return try await measureWhole(agent, input, context, resolved) }
                try await measure(agent.executeStream(input, context), resolved)
            }
        }

        private func measure(_ stream: AgentStream, _ resolved: ResolvedAgent) async throws {
            let clock = ContinuousClock()
            let begun = clock.now
            var first: Duration?
            var deltas = 0
            var characters = 0
            var end: String?
            var usage = Usage()
            for try await delta in stream {
                switch delta {
                case .text(let text):
                    first = first ?? (clock.now - begun)
                    deltas += 1
                    characters += text.count
                    try StandardOutput.write(text)
                case .usage(let reported): usage = reported
                case .finished(let reason): end = reason
                case .reasoning, .repaired: break
                }
            }
            let total = clock.now - begun
            guard let end else {
                notice("")
                throw AgentError(code: .interrupted, message: "the model's answer ended without its terminal event")
            }
            notice(
                "\nmodel \(resolved.model.name): first token after \(first.map(milliseconds) ?? "-"), \(deltas) deltas, "
                    + "\(characters) characters in \(milliseconds(total)); finish reason \(end)" + count(usage))
        }

        private func measureWhole(
            _ agent: any Agent, _ input: AgentInput, _ context: AgentContext, _ resolved: ResolvedAgent
        ) async throws {
            let clock = ContinuousClock()
            let begun = clock.now
            let answer = try await agent.execute(input, context)
            let total = clock.now - begun
            try StandardOutput.write(answer.text)
            notice(
                "\nmodel \(resolved.model.name): whole after \(milliseconds(total)), \(answer.text.count) characters; "
                    + "finish reason \(answer.finishReason)" + count(answer.usage))
        }

        private func count(_ usage: Usage?) -> String {
            usage?.outputTokens.map { ", \($0) tokens by the model's own count" } ?? ""
        }

        private func milliseconds(_ duration: Duration) -> String {
            String(format: "%.1f ms", duration / .milliseconds(1))
        }
    }

    enum Output: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
    }
}

/// Opens the configuration of a data directory, and closes the connections at the end.
private func withAgents(_ data: String, _ body: (AgentDirectory) async throws -> Void) async throws {
    try await reportingErrors {
        // None is made here: what a mistyped directory would list is nobody's.
        for (path, what) in [(data, "data directory at \(data)"), (data + "/config.db", "config.db in \(data)")]
        where !FileManager.default.fileExists(atPath: path) {
            throw EventLogError(
                .storageFailed, "there is no \(what)",
                hint: "name the server's data directory with --data; the server makes it when it first starts")
        }
        let store = try ConfigurationStore(path: data + "/config.db")
        let connections = UpstreamConnections()
        let directory = AgentDirectory(
            store: store, composers: Assembly.composers,
            connections: connections, environment: ProcessInfo.processInfo.environment, logger: makeLogger(.warning))
        do {
            try await body(directory)
        } catch {
            try? await connections.shutdown()
            throw error
        }
        try await connections.shutdown()
    }
}
