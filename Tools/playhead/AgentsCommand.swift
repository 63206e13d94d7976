import Agents
import ArgumentParser
import EchoResearch
import EventLog
import Events
import Foundation
import FundAnalysis
import Logging

struct AgentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agents", abstract: "Show which agent and model each node runs, and why.",
        subcommands: [List.self, Test.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List every assignment, the next to run first.")

        @OptionGroup var options: DataOptions

        @Flag(help: "Ask each model's host for a connection.")
        var probe = false

        @Option(name: .shortAndLong, help: "text or json.")
        var output = Output.text

        func run() async throws {
            try await withAgents(options.data) { directory in
                let listing = try await directory.listing(probing: probe)
                switch output {
                case .json: print(try CanonicalJSON.encode(listing))
                case .text: for row in listing { show(row) }
                }
                let works = listing.filter { $0.runs && $0.problems.isEmpty }
                // Every node that an active row names has to have one that works.
                let hopes = listing.filter { $0.runs || !$0.problems.isEmpty }
                if !hopes.allSatisfy({ hope in works.contains { $0.node == hope.node && $0.workflow == hope.workflow } }
                ) {
                    throw ExitCode(65)
                }
            }
        }

        private func show(_ row: AgentListing) {
            let model = [row.provider, row.modelName].compactMap(\.self).joined(separator: "/")
            print(
                "\(row.runs ? "*" : " ") \(row.workflow)/\(row.chatbot)/\(row.node)  \(row.agent ?? "-")  \(model)"
                    + (row.streaming == true ? "  streaming" : ""))
            print("    \(row.why)")
            if !row.fallbacks.isEmpty { print("    fallback: \(row.fallbacks.joined(separator: ", then "))") }
            for problem in row.problems { print("    problem: \(problem)") }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make one real streamed call of a node's agent and print its timings.")

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
                try await measure(agent.executeStream(input, context), resolved)
            }
        }

        private func measure(_ stream: AgentStream, _ resolved: ResolvedAgent) async throws {
            let clock = ContinuousClock()
            let begun = clock.now
            var first: Duration?
            var deltas = 0
            var characters = 0
            var end = "its end was not told"
            var usage = Usage()
            for try await delta in stream {
                switch delta {
                case .text(let text):
                    first = first ?? (clock.now - begun)
                    deltas += 1
                    characters += text.count
                    FileHandle.standardOutput.write(Data(text.utf8))
                case .usage(let reported): usage = reported
                case .finished(let reason): end = reason
                case .reasoning, .repaired: break
                }
            }
            let total = clock.now - begun
            report(
                "\nmodel \(resolved.model.name): first token after \(first.map(milliseconds) ?? "-"), \(deltas) deltas, "
                    + "\(characters) characters in \(milliseconds(total)); finish reason \(end)"
                    + (usage.outputTokens.map { ", \($0) tokens by the model's own count" } ?? ""))
        }

        private func milliseconds(_ duration: Duration) -> String {
            String(format: "%.1f ms", duration / .milliseconds(1))
        }

        private func report(_ text: String) {
            FileHandle.standardError.write(Data((text + "\n").utf8))
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
        guard FileManager.default.fileExists(atPath: data) else {
            throw EventLogError(
                .storageFailed, "there is no data directory at \(data)",
                hint: "name the server's data directory with --data; the server makes it when it first starts")
        }
        let connections = UpstreamConnections()
        let directory = AgentDirectory(
            store: try ConfigurationStore(path: data + "/config.db"), composers: Assembly.composers,
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
