import ArgumentParser

@main
struct Playhead: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "playhead",
        abstract: "Durable, resumable streams for LLM agent workflows.",
        subcommands: [
            Serve.self, Rebuild.self, AgentsCommand.self, Top.self, Verify.self, Keygen.self, Export.self, Import.self,
            Erase.self, Replay.self, Show.self, Diff.self, Check.self, Backup.self, Compact.self, Prune.self,
        ],
        defaultSubcommand: Serve.self)
}

/// Where the data lives, the same for every command.
struct DataOptions: ParsableArguments {
    @Option(help: "The directory of the log, the configuration and the attachments.")
    var data = "playhead-data"
}
