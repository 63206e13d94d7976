import ArgumentParser
import Foundation
import StandardStreams

@main
struct Playhead: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "playhead",
        abstract: "Durable, resumable streams for LLM agent workflows.",
        discussion: """
            Without a command it serves. Data goes to standard output, notices and errors to standard error.

            Exit codes: 0; 1 what was examined is not sound, or not the same; 64 usage; 65 data; 66 no such session; 69 \
            unreachable, or in use; 74 input or output; 141 the reader closed the pipe.
            """,
        subcommands: [
            Serve.self, Rebuild.self, AgentsCommand.self, Top.self, Verify.self, Keygen.self, Export.self, Import.self,
            Erase.self, Replay.self, Show.self, Diff.self, Check.self, Backup.self, Compact.self, Prune.self,
        ],
        defaultSubcommand: Serve.self)

    static func main() async {
        StandardOutput.prepare()
        do {
            let command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
        } catch {
            Foundation.exit(exitCode(telling: error))
        }
    }
}

/// Where the data lives, the same for every command.
struct DataOptions: ParsableArguments {
    @Option(help: "The directory of the log, the configuration and the attachments.")
    var data = "playhead-data"
}
