import Events
import TestSupport
import Testing

@testable import Agents

@Suite struct DirectoryTests {
    @Test("The offline default runs the composer that the row names")
    func offline() async throws {
        let file = try TemporaryConfiguration()
        let directory = directory(file)
        let answer = try await directory.agent(for: try file.advisor()).execute(.question, .test)
        #expect(answer.text == "composed")
        // The nodes' own calculation is no agent that speaks.
        let figures = try file.store.resolve(workflow: "fund-analysis", chatbot: "xiaomei", node: "analyze_risk")
        #expect(throws: AgentError.self) { try directory.agent(for: figures) }
        #expect(directory.problems(of: figures.model).isEmpty)
    }

    @Test(
        "A row that cannot work is a clear error",
        arguments: [
            ("provider = 'nope'", "provider nope, which is unknown"),
            ("model_name = 'nobody'", "local composer nobody, which does not exist"),
            ("provider = 'anthropic', api_key_env = 'NO_SUCH_KEY'", "takes its key from NO_SUCH_KEY, which is not set"),
            ("provider = 'anthropic', api_key_env = 'EMPTY_KEY'", "takes its key from EMPTY_KEY, which is not set"),
            ("provider = 'anthropic', api_key_env = 'TORN_KEY'", "the key in TORN_KEY holds a character"),
        ])
    func misconfigured(_ change: String, _ words: String) throws {
        let file = try TemporaryConfiguration()
        try file.edit("UPDATE llm_model_configs SET \(change) WHERE name = 'local-composer'")
        do {
            _ = try directory(file).agent(for: try file.advisor())
            Issue.record("an agent was made")
        } catch let error as AgentError {
            #expect(error.code == .misconfigured)
            #expect(error.message.contains(words), "\(error)")
            #expect(!error.message.contains("s3cret"))
            #expect(error.hint != nil)
        }
    }

    @Test("The key comes from the environment, and goes to the upstream only")
    func key() async throws {
        let upstream = try FakeUpstream([.head("text/event-stream"), .chunk(Wire.openAI("a") + Wire.openAIEnd), .end])
        let file = try TemporaryConfiguration()
        try file.edit(
            """
            UPDATE llm_model_configs SET provider = 'openai_compatible', base_url = '\(upstream.url)/v1',
                api_key_env = 'SOME_KEY'
            WHERE name = 'local-composer'
            """)
        let advisor = try file.advisor()
        let answer = try await directory(file).agent(for: advisor).execute(.question, .test)
        #expect(answer.text == "a")
        #expect(upstream.requests.first?.headers["authorization"] == "Bearer s3cret")
        #expect(try !advisor.json.text.contains("s3cret"))
    }

    @Test("A key that the upstream repeats reaches no error")
    func repeatedKey() async throws {
        let upstream = try FakeUpstream([
            .answer("{\"error\":{\"message\":\"wrong key: s3cret.\"}}", status: "401 Unauthorized")
        ])
        let heard = await Heard.all(of: try agent(model(upstream), key: "s3cret"))
        #expect(heard.error?.message == "the model's server answered 401: wrong key: (hidden).")
    }

    @Test("The listing says what runs, what does not, and why")
    func listing() async throws {
        let file = try TemporaryConfiguration()
        let port = try FakeUpstream.deadPort()
        try file.edit(
            """
            INSERT INTO llm_model_configs (id, name, provider, model_name, base_url, api_key_env,
                fallback_model_config_id)
                VALUES (10, 'remote', 'openai_compatible', 'm', 'http://127.0.0.1:\(port)/v1', 'NO_SUCH_KEY', 1),
                (11, 'odd', 'nope', 'm', NULL, NULL, NULL);
            INSERT INTO agent_configs (id, name, llm_model_config_id, is_active)
                VALUES (10, 'remote', 10, 1), (11, 'asleep', 1, 0);
            INSERT INTO workflow_agent_assignments (workflow_name, node_name, agent_config_id, priority)
                VALUES ('fund-analysis', 'character_advisor', 10, 5), ('fund-analysis', 'character_advisor', 11, 9);
            UPDATE agent_configs SET llm_model_config_id = 11 WHERE name = 'risk_analyst';
            """)
        let rows = try await directory(file).listing(probing: true)
        let advisors = rows.filter { $0.node == "character_advisor" }
        #expect(advisors.map(\.agent) == ["asleep", "remote", "xiaomei"])
        #expect(advisors.map(\.runs) == [false, true, false])
        #expect(advisors[0].problems == ["agent asleep is not active"])
        #expect(advisors[1].fallbacks == ["local-composer"])
        #expect(advisors[1].problems.contains { $0.contains("NO_SUCH_KEY") })
        #expect(
            advisors[1].problems.contains { $0.contains("cannot be reached: connection refused") },
            "\(advisors[1].problems)")
        #expect(advisors[2].why.contains("goes before it"))
        let risk = try #require(rows.first { $0.node == "analyze_risk" })
        #expect(risk.runs)
        #expect(risk.problems.contains { $0.contains("nope, which is unknown") })
        #expect(rows.first { $0.node == "convert_portfolio" }?.problems == [])
    }

    @Test("The listing knows who asks: rows for nobody, nodes that ask no model, and one row for some chatbots only")
    func listingOfUses() async throws {
        let file = try TemporaryConfiguration()
        try file.edit(
            """
            INSERT INTO llm_model_configs (id, name, provider, model_name, api_key_env, fallback_model_config_id,
                params_json)
                VALUES (10, 'remote', 'openai_compatible', 'm', 'NO_SUCH_KEY', 1, '{}'),
                (11, 'eyes', 'openai_compatible', 'm', 'NO_SUCH_KEY', NULL, '{"vision":true}');
            INSERT INTO agent_configs (id, name, llm_model_config_id) VALUES (10, 'remote', 10), (11, 'eyes', 11);
            UPDATE agent_configs SET llm_model_config_id = 10 WHERE name = 'risk_analyst';
            INSERT INTO workflow_agent_assignments
                (id, workflow_name, chatbot_name, node_name, agent_config_id, priority, on_error)
                VALUES (20, 'fund-analysis', '*', 'character_advisor', 10, 0, 'fail'),
                (21, 'fund-analysis', 'dabai', 'character_advisor', 2, 5, 'fallback'),
                (22, 'fund-analysis', 'nobody', 'character_advisor', 1, 0, 'fallback'),
                (23, 'fund-analysis', '*', 'advisor', 1, 0, 'fallback'),
                (24, 'funds', '*', 'character_advisor', 1, 0, 'fallback'),
                (25, 'fund-analysis', 'xiaomei', 'convert_portfolio', 11, 5, 'fallback');
            """)
        let nodes = ["convert_portfolio", "analyze_risk", "character_advisor"]
        let uses = ["xiaomei", "dabai", "xiaohei"].map {
            AgentUse(
                chatbot: $0, workflow: "fund-analysis", nodes: nodes, speaking: ["character_advisor"],
                looking: ["convert_portfolio"])
        }
        let rows = try await directory(file).listing(uses: uses)
        func row(_ chatbot: String, _ node: String, _ workflow: String = "fund-analysis") throws -> AgentListing {
            try #require(rows.first { $0.chatbot == chatbot && $0.node == node && $0.workflow == workflow })
        }
        let all = try row("*", "character_advisor")
        #expect(all.runs && all.fallbacks == [], "none takes over where the run is to fail")
        #expect(all.why.hasPrefix("for xiaohei it is the only one; for xiaomei: assignment"), "\(all.why)")
        #expect(all.why.contains("for dabai: assignment 21 goes before it (priority 5)"))
        #expect(try row("dabai", "character_advisor").problems.contains { $0.contains("writes no text") })
        #expect(try row("xiaomei", "character_advisor").runs)
        let risk = try row("xiaomei", "analyze_risk")
        #expect(risk.runs && risk.problems == [] && risk.why.contains("asks no model"))
        #expect(try row("xiaomei", "convert_portfolio").problems.contains { $0.contains("NO_SUCH_KEY") })
        for (chatbot, node, workflow, said) in [
            ("nobody", "character_advisor", "fund-analysis", "no chatbot nobody"),
            ("*", "advisor", "fund-analysis", "no node advisor"),
            ("*", "character_advisor", "funds", "no workflow funds"),
        ] {
            let lost = try row(chatbot, node, workflow)
            #expect(!lost.runs && lost.problems == [lost.why] && lost.why.contains(said), "\(lost.why)")
        }
    }

    @Test("A host that answers anything is reachable")
    func reachable() async throws {
        let upstream = try FakeUpstream([.answer("not found", type: "text/plain", status: "404 Not Found")])
        let file = try TemporaryConfiguration()
        let unreachable = await directory(file).probe(model(upstream))
        #expect(unreachable == nil)
    }

    private func directory(_ file: TemporaryConfiguration) -> AgentDirectory {
        AgentDirectory(
            store: file.store, composers: ["composer": FixedComposer(text: "composed")], connections: .shared,
            environment: ["SOME_KEY": "s3cret", "EMPTY_KEY": "", "TORN_KEY": "s3cret\n"])
    }
}
