internal import Events
internal import Migrations
internal import SQLite
internal import Synchronization

/// The file `config.db`: operators edit it with `sqlite3` while the server runs, and the next run acts on it.
///
/// It has a rollback journal and is opened anew for each read, for about a millisecond, and only when the file has
/// changed: `sqlite3` waits for no lock unless told to, so a reader that holds one for long would refuse a hand edit.
public final class ConfigurationStore: Sendable {
    /// The file.
    public let path: String

    private let cache = Mutex<Cached?>(nil)

    private struct Cached {
        var configuration: AgentConfiguration
        var fingerprint: FileFingerprint
    }

    /// Opens the file, and makes it with its seed rows where it is missing.
    ///
    /// - Throws: `AgentError` with code `configuration_unreadable`.
    public init(path: String) throws(AgentError) {
        self.path = path
        do {
            let connection = try Connection(
                path: path, mode: .create, busyTimeoutMs: AgentLimits.configurationBusyTimeoutMs)
            if try connection.text("PRAGMA journal_mode") != "delete" {
                try connection.execute("PRAGMA journal_mode = DELETE")
            }
            try Migrator.migrate(connection, Migrations.config, name: "config.db")
        } catch {
            throw Self.unreadable(path, error)
        }
    }

    /// The tables as they stand now.
    ///
    /// - Throws: `AgentError` with code `configuration_unreadable`.
    public func configuration() throws(AgentError) -> AgentConfiguration {
        // The fingerprint is taken before the read: what is read is at least as new as what it says.
        let fingerprint = FileFingerprint(path: path)
        let known = cache.withLock { $0 }
        if let known, let fingerprint, known.fingerprint == fingerprint { return known.configuration }
        do {
            let connection = try Connection(
                path: path, mode: .readOnly, busyTimeoutMs: AgentLimits.configurationBusyTimeoutMs)
            let configuration = try connection.transaction(immediate: false) { try Self.read(connection) }
            cache.withLock { cached in
                cached = fingerprint.map { Cached(configuration: configuration, fingerprint: $0) }
            }
            return configuration
        } catch {
            throw Self.unreadable(path, error)
        }
    }

    /// What runs for one node now.
    ///
    /// A run resolves all its nodes from one `configuration()` instead.
    public func resolve(workflow: String, chatbot: String, node: String) throws(AgentError) -> ResolvedAgent {
        try configuration().resolve(workflow: workflow, chatbot: chatbot, node: node)
    }

    private static func unreadable(_ path: String, _ error: any Error) -> AgentError {
        let isBusy = (error as? SQLiteError)?.isBusy ?? false
        return AgentError(
            code: .unreadable, message: "cannot read the agent configuration \(path): \(error)",
            hint: isBusy ? "another program holds a lock on it: end its transaction" : nil)
    }

    private static func read(_ connection: Connection) throws -> AgentConfiguration {
        var configuration = AgentConfiguration(
            revision: try connection.integer("SELECT max(id) FROM config_changes") ?? 0, models: [:], agents: [:],
            assignments: [])
        let models = try connection.prepare(
            """
            SELECT id, name, provider, model_name, base_url, api_key_env, streaming, is_active, temperature, max_tokens,
                connect_timeout_ms, first_token_timeout_ms, idle_timeout_ms, total_timeout_ms, retries,
                fallback_model_config_id, stream_chars_per_second, params_json
            FROM llm_model_configs
            """)
        while try models.step() {
            configuration.models[models.integer(0)] = AgentConfiguration.ModelRow(
                configuration: try model(models), fallback: models.optionalInteger(15))
        }
        let agents = try connection.prepare(
            """
            SELECT id, name, llm_model_config_id, prompt, prompt_version, is_active, params_json FROM agent_configs
            """)
        while try agents.step() {
            configuration.agents[agents.integer(0)] = AgentConfiguration.AgentRow(
                name: agents.text(1), model: agents.integer(2), prompt: agents.text(3),
                promptVersion: Int(clamping: agents.integer(4)), isActive: agents.integer(5) != 0,
                parameters: try members(agents.text(6)))
        }
        let assignments = try connection.prepare(
            """
            SELECT id, workflow_name, chatbot_name, node_name, agent_config_id, priority, attempts, on_error, is_active
            FROM workflow_agent_assignments
            """)
        while try assignments.step() {
            configuration.assignments.append(
                AgentConfiguration.AssignmentRow(
                    id: assignments.integer(0), workflow: assignments.text(1), chatbot: assignments.optionalText(2),
                    node: assignments.text(3), agent: assignments.integer(4), priority: assignments.integer(5),
                    attempts: Int(clamping: assignments.integer(6)),
                    onError: OnError(rawValue: assignments.text(7)) ?? .fail, isActive: assignments.integer(8) != 0))
        }
        return configuration
    }

    /// The members of a JSON object; the table's CHECK allows nothing else.
    private static func members(_ json: String) throws -> [String: JSONValue] {
        if case .object(let members) = try JSONValue.parse(json) { members } else { [:] }
    }

    private static func model(_ row: Statement) throws -> ModelConfiguration {
        ModelConfiguration(
            name: row.text(1), provider: Provider(rawValue: row.text(2)), modelName: row.text(3),
            baseURL: row.optionalText(4), keyVariable: row.optionalText(5), streaming: row.integer(6) != 0,
            isActive: row.integer(7) != 0, temperature: row.isNull(8) ? nil : row.double(8),
            maximumTokens: row.optionalInteger(9).map { Int(clamping: $0) },
            connectTimeout: .milliseconds(row.integer(10)), firstTokenTimeout: .milliseconds(row.integer(11)),
            idleTimeout: .milliseconds(row.integer(12)), totalTimeout: .milliseconds(row.integer(13)),
            retries: Int(clamping: row.integer(14)),
            streamCharactersPerSecond: row.isNull(16) ? nil : row.double(16), parameters: try members(row.text(17)))
    }
}

extension AgentError.Code {
    /// `config.db` cannot be opened or read.
    public static let unreadable = AgentError.Code(rawValue: "configuration_unreadable")
}
