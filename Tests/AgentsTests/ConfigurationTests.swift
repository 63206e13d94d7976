import Events
import Foundation
import SQLite
import TestSupport
import Testing

@testable import Agents

@Suite struct ConfigurationTests {
    private static let nodes = [
        "convert_portfolio", "analyze_risk", "analyze_performance", "generate_recommendations", "character_advisor",
    ]

    private static let select = """
        SELECT lmc.name, lmc.streaming, lmc.model_name, ac.name as agent_name, waa.node_name
        FROM llm_model_configs lmc
        JOIN agent_configs ac ON ac.llm_model_config_id = lmc.id
        JOIN workflow_agent_assignments waa ON waa.agent_config_id = ac.id
        WHERE waa.node_name = 'character_advisor' AND lmc.is_active = true;
        """

    private static let update = """
        UPDATE llm_model_configs SET streaming = true
        WHERE id IN (SELECT DISTINCT lmc.id FROM llm_model_configs lmc
            JOIN agent_configs ac ON ac.llm_model_config_id = lmc.id
            JOIN workflow_agent_assignments waa ON waa.agent_config_id = ac.id
            WHERE waa.node_name = 'character_advisor');
        """

    @Test("A new file has the offline default for every node")
    func seeds() throws {
        let file = try TemporaryConfiguration()
        let configuration = try file.store.configuration()
        for node in Self.nodes {
            let agent = try configuration.resolve(workflow: "fund-analysis", chatbot: "xiaomei", node: node)
            #expect(agent.model.provider == .local)
            #expect(agent.model.keyVariable == nil)
        }
        let advisor = try file.advisor()
        #expect(advisor.agent == "xiaomei")
        #expect(advisor.model.modelName == "composer")
        #expect(advisor.model.streaming)
        #expect(advisor.prompt.contains("小美"))
        #expect(configuration.chatbots == ["echo", "xiaomei"])
    }

    @Test("The operator's two statements act on the next resolve, and touch the advisor's model only")
    func statements() throws {
        let file = try TemporaryConfiguration()
        try file.edit(Self.update.replacingOccurrences(of: "streaming = true", with: "streaming = false"))
        #expect(try !file.advisor().model.streaming)
        try file.edit(Self.update)
        #expect(try file.advisor().model.streaming)
        let connection = try Connection(path: file.path, mode: .readOnly)
        let rows = try connection.prepare(Self.select)
        #expect(try rows.step())
        #expect((0..<5).map { rows.text($0) } == ["local-composer", "1", "composer", "xiaomei", "character_advisor"])
        #expect(try !rows.step())
        let figures = try connection.integer("SELECT streaming FROM llm_model_configs WHERE name = 'local-figures'")
        #expect(figures == 0)
    }

    @Test(
        "sqlite3 runs both statements unmodified",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/sqlite3")))
    func commandLine() throws {
        let file = try TemporaryConfiguration()
        let output = try sqlite3(
            file.path, "UPDATE llm_model_configs SET streaming = false;\n\(Self.update)\n\(Self.select)")
        #expect(output == "local-composer|1|composer|xiaomei|character_advisor\n")
        #expect(try file.advisor().model.streaming)
    }

    @Test("Edits one after the other, as fast as they come, are each seen by the next read")
    func fastEdits() throws {
        let file = try TemporaryConfiguration()
        for number in 1...50 {
            try file.edit(
                "UPDATE llm_model_configs SET temperature = \(Double(number) / 100) WHERE name = 'local-composer'")
            #expect(try file.advisor().model.temperature == Double(number) / 100)
        }
    }

    @Test("A file that is not changed is not locked by a run, and one that is locked for long is an error")
    func locks() throws {
        let file = try TemporaryConfiguration()
        // The file's time has to be old enough for its fingerprint to count.
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -60)], ofItemAtPath: file.path)
        let revision = try file.store.configuration().revision
        let editor = try Connection(path: file.path, mode: .readWrite)
        try editor.execute("BEGIN EXCLUSIVE")
        #expect(try file.store.configuration().revision == revision)
        try editor.execute("ROLLBACK")
        #expect(try file.store.configuration().revision == revision)
    }

    @Test("Another file in its place is read")
    func replaced() throws {
        let file = try TemporaryConfiguration()
        let other = try TemporaryConfiguration()
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -60)], ofItemAtPath: file.path)
        _ = try file.advisor()
        try other.edit("UPDATE agent_configs SET name = 'other' WHERE name = 'xiaomei'")
        try FileManager.default.removeItem(atPath: file.path)
        try FileManager.default.copyItem(atPath: other.path, toPath: file.path)
        #expect(try file.advisor().agent == "other")
    }

    @Test("Every change is recorded, and the record cannot be changed")
    func changes() throws {
        let file = try TemporaryConfiguration()
        let before = try file.store.configuration().revision
        try file.edit("UPDATE llm_model_configs SET temperature = 0.5 WHERE name = 'local-composer'")
        let connection = try Connection(path: file.path, mode: .readWrite)
        let row = try connection.prepare(
            """
            SELECT operation, table_name, json_extract(before_json, '$.temperature'),
                json_extract(after_json, '$.temperature')
            FROM config_changes ORDER BY id DESC LIMIT 1
            """)
        #expect(try row.step())
        #expect(row.text(0) == "update")
        #expect(row.text(1) == "llm_model_configs")
        #expect(row.isNull(2))
        #expect(row.double(3) == 0.5)
        row.reset()
        #expect(try file.advisor().revision == before + 1)
        #expect(throws: SQLiteError.self) { try connection.execute("DELETE FROM config_changes") }
        #expect(throws: SQLiteError.self) { try connection.execute("UPDATE config_changes SET at = ''") }
    }

    @Test("Every column is in the record of changes")
    func changedColumns() throws {
        let file = try TemporaryConfiguration()
        let connection = try Connection(path: file.path, mode: .readWrite)
        for table in ["llm_model_configs", "agent_configs", "workflow_agent_assignments"] {
            for moment in ["after_insert", "after_update", "after_delete"] {
                let sql = try #require(
                    try connection.text("SELECT sql FROM sqlite_master WHERE name = '\(table)_\(moment)'"))
                let columns = try connection.prepare(
                    "SELECT name FROM pragma_table_info('\(table)') WHERE name <> 'id'")
                while try columns.step() {
                    let name = columns.text(0)
                    let sides =
                        moment == "after_update" ? ["OLD", "NEW"] : moment == "after_insert" ? ["NEW"] : ["OLD"]
                    for side in sides { #expect(sql.contains("\(side).\(name)"), "\(table).\(name), \(moment)") }
                }
            }
        }
    }

    @Test("A changed prompt is a new version")
    func promptVersion() throws {
        let file = try TemporaryConfiguration()
        try file.edit("UPDATE agent_configs SET prompt = 'be brief' WHERE name = 'xiaomei'")
        #expect(try file.advisor().prompt == "be brief")
        #expect(try file.advisor().promptVersion == 2)
        try file.edit("UPDATE agent_configs SET prompt = 'be kind', prompt_version = 7 WHERE name = 'xiaomei'")
        #expect(try file.advisor().promptVersion == 7)
    }

    @Test(
        "Rows that can be known to be wrong are refused by the tables",
        arguments: [
            "UPDATE llm_model_configs SET streaming = 2", "UPDATE llm_model_configs SET streaming = 'yes'",
            "UPDATE llm_model_configs SET api_key_env = 'sk-123'", "UPDATE llm_model_configs SET api_key_env = ''",
            "UPDATE llm_model_configs SET base_url = 'host:80'",
            "UPDATE llm_model_configs SET base_url = 'http://user:key@host'",
            "UPDATE llm_model_configs SET base_url = 'http://host?key=1'",
            "UPDATE llm_model_configs SET params_json = '[]'",
            "UPDATE llm_model_configs SET params_json = '{'", "UPDATE llm_model_configs SET temperature = 3",
            "UPDATE llm_model_configs SET retries = -1", "UPDATE llm_model_configs SET idle_timeout_ms = 0",
            "UPDATE llm_model_configs SET fallback_model_config_id = id", "UPDATE llm_model_configs SET name = 'x'",
            "UPDATE llm_model_configs SET stream_chars_per_second = 0", "UPDATE llm_model_configs SET max_tokens = 0",
            "UPDATE workflow_agent_assignments SET on_error = 'explode'",
            "UPDATE workflow_agent_assignments SET attempts = 0",
            "INSERT INTO workflow_agent_assignments (workflow_name, chatbot_name, node_name, agent_config_id)"
                + " VALUES ('fund-analysis', 'xiaomei', 'analyze_risk', 1)",
        ])
    func refused(_ sql: String) throws {
        let file = try TemporaryConfiguration()
        #expect(throws: SQLiteError.self) { try file.edit(sql) }
    }

    @Test("A file that is no database is a clear error")
    func damaged() throws {
        let file = try TemporaryConfiguration()
        try Data("this is no database, however long it may be".utf8).write(to: URL(fileURLWithPath: file.path))
        do {
            _ = try file.store.configuration()
            Issue.record("it was read")
        } catch {
            #expect(error.code == .unreadable)
        }
        #expect(throws: AgentError.self) { try ConfigurationStore(path: "/no/such/directory/config.db") }
    }

    private func sqlite3(_ path: String, _ sql: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/sqlite3")
        process.arguments = [path, sql]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }
}
