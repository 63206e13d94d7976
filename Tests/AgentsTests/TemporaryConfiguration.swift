import Agents
import SQLite
import TestSupport

/// A configuration file of its own, edited as an operator would.
final class TemporaryConfiguration {
    let path: String
    let store: ConfigurationStore

    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/config.db"
        store = try ConfigurationStore(path: path)
    }

    func edit(_ sql: String) throws {
        try Connection(path: path, mode: .readWrite).execute(sql)
    }

    func advisor() throws -> ResolvedAgent {
        try store.resolve(workflow: "fund-analysis", chatbot: "xiaomei", node: "character_advisor")
    }
}
