import Events
import Testing

@testable import Agents

@Suite struct ResolutionTests {
    @Test("The highest priority wins, then the row that names the chatbot, and inactive rows stand aside")
    func precedence() throws {
        let file = try TemporaryConfiguration()
        try file.edit(
            """
            INSERT INTO agent_configs (id, name, llm_model_config_id) VALUES (10, 'everyone', 1), (11, 'urgent', 1);
            INSERT INTO workflow_agent_assignments (workflow_name, chatbot_name, node_name, agent_config_id, priority)
                VALUES ('fund-analysis', '*', 'character_advisor', 10, 0),
                ('fund-analysis', NULL, 'character_advisor', 11, 5);
            """)
        #expect(try file.advisor().agent == "urgent")
        try file.edit("UPDATE agent_configs SET is_active = false WHERE name = 'urgent'")
        #expect(try file.advisor().agent == "xiaomei")
        let other = try file.store.resolve(workflow: "fund-analysis", chatbot: "other", node: "character_advisor")
        #expect(other.agent == "everyone")
        try file.edit("UPDATE workflow_agent_assignments SET is_active = false WHERE agent_config_id = 1")
        #expect(try file.advisor().agent == "everyone")
    }

    @Test(
        "A node that nobody can run says why",
        arguments: [
            ("UPDATE llm_model_configs SET is_active = false", "model local-composer of agent xiaomei is not active"),
            ("UPDATE agent_configs SET is_active = false", "agent xiaomei is not active"),
            ("UPDATE agent_configs SET llm_model_config_id = 99", "names model 99, which does not exist"),
            ("UPDATE workflow_agent_assignments SET agent_config_id = 99", "names agent 99, which does not exist"),
            ("DELETE FROM workflow_agent_assignments", "no assignment names it"),
        ])
    func unresolved(_ sql: String, _ words: String) throws {
        let file = try TemporaryConfiguration()
        try file.edit(sql)
        do {
            _ = try file.advisor()
            Issue.record("it was resolved")
        } catch let error as AgentError {
            #expect(error.code == .misconfigured)
            #expect(error.message.contains(words), "\(error)")
        }
    }

    @Test("Fallbacks are a chain that ends, even where the table has a circle")
    func fallbacks() throws {
        let file = try TemporaryConfiguration()
        try file.edit(
            """
            INSERT INTO llm_model_configs (id, name, provider, model_name, fallback_model_config_id) VALUES
                (10, 'a', 'anthropic', 'm', 11), (11, 'b', 'ollama', 'm', 12), (12, 'c', 'local', 'composer', 10);
            UPDATE agent_configs SET llm_model_config_id = 10 WHERE name = 'xiaomei';
            """)
        let advisor = try file.advisor()
        #expect(advisor.fallbacks.map(\.name) == ["b", "c"])
        #expect(advisor.fallback?.model.name == "b")
        #expect(advisor.fallback?.fallback?.model.name == "c")
        #expect(advisor.fallback?.fallback?.fallback == nil)
        try file.edit("UPDATE workflow_agent_assignments SET on_error = 'fail'")
        #expect(try file.advisor().fallback == nil)
    }

    @Test("What a run records holds every setting and no secret")
    func stamp() throws {
        let file = try TemporaryConfiguration()
        try file.edit(
            """
            UPDATE llm_model_configs SET provider = 'openai_compatible', base_url = 'http://host/v1',
                api_key_env = 'SOME_KEY',
                temperature = 0.5, max_tokens = 100, stream_chars_per_second = 28,
                params_json = '{"top_p":0.9,"api_key":"s3cret",
                    "nested":{"Authorization":"s3cret","max_tokens_field":"x"}}'
            WHERE name = 'local-composer'
            """)
        let json = try file.advisor().json
        #expect(json["model"]?["api_key_env"]?.string == "SOME_KEY")
        #expect(json["model"]?["first_token_timeout_ms"]?.integer == 60_000)
        #expect(json["model"]?["stream_chars_per_second"]?.double == 28)
        #expect(json["model"]?["params"]?["top_p"]?.double == 0.9)
        #expect(json["model"]?["params"]?["nested"]?["max_tokens_field"]?.string == "x")
        #expect(json["on_error"]?.string == "fallback")
        #expect(json["prompt"]?.string?.isEmpty == false)
        #expect(try !json.text.contains("s3cret"))
    }
}
