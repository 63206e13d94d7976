import ArgumentParser

/// Measures Playhead beside the bare work of the layers below it.
@main struct Benchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark",
        abstract: "Measures Playhead, beside what bare SQLite and bare sockets do with the same work.",
        subcommands: [
            LogCommand.self, RunsCommand.self, AgentsCommand.self, ServeCommand.self, UpstreamCommand.self,
            ServeTarget.self, LoadCommand.self,
        ])
}
