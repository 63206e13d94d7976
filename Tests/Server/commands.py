"""What the commands print, refuse and end with."""
import json
import os
import pathlib
import subprocess
import tempfile

from server import Server, free_port, question


def run(binary, *arguments, **options):
    return subprocess.run([binary, *map(str, arguments)], capture_output=True, timeout=60, **options)


def is_told(result):
    """Two lines on standard error: what, and what to do."""
    lines = result.stderr.decode().splitlines()
    return len(lines) == 2 and lines[0].startswith("error: ") and lines[1].startswith("hint: ")


def copied(server, folder):
    """The data of the running server at one instant, which no server uses."""
    target = pathlib.Path(folder) / "copy"
    result = run(server.binary, "backup", "--data", server.data, target)
    assert result.returncode == 0, result
    return target


def output_errors(server, _):
    """a command whose output cannot be written ends with 74 and says so; one whose reader has gone ends with 141"""
    with tempfile.TemporaryDirectory() as folder:
        data = copied(server, folder)
        at = ["--data", data]
        address = f"http://127.0.0.1:{server.port}"
        commands = [
            (server.binary, *rest) for rest in (
                ["--help"], ["help", "show"], ["agents", "--help"], ["show", "demo", *at], ["show", "demo", "-o", "json", *at],
                ["diff", "demo", "demo2", *at], ["diff", "demo", "demo", *at], ["agents", *at], ["agents", "-o", "json", *at],
                ["agents", "test", "character_advisor", *at], ["top", "-n", "1", "--server", address],
                ["verify", "--all", *at], ["verify", "demo", "-o", "json", *at], ["check", *at],
                ["replay", "demo", "--speed", "max", *at], ["replay", "demo", "--speed", "max", "-o", "json", *at],
                ["export", "demo", "-o", "/dev/stdout", *at], ["prune", "--older-than", "999d", *at], ["rebuild", *at],
                ["compact", *at], ["erase", "demo2", "--offset", "2", *at])]
        commands += [(server.tail, *rest) for rest in (
            ["--help"], ["demo", *at], ["demo", "-o", "json", *at], ["demo", "-o", "raw", *at], ["demo", "--server", address])]
        for command in commands:
            with open("/dev/full", "wb") as full:
                result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=60)
            assert result.returncode == 74 and is_told(result), (command, result)
            reader, writer = os.pipe()
            os.close(reader)
            result = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, timeout=60)
            os.close(writer)
            # The figures of a call of a model are notices, which are told all the same.
            quiet = command[2] != "test" if len(command) > 2 else True
            assert result.returncode == 141 and not (quiet and result.stderr), (command, result)
        # With no output at all, and where even the error cannot be told.
        for words, binary in (('"$0" show demo --data "$1"', server.binary), ('"$0" demo --data "$1"', server.tail),
                              ('"$0" demo --server ' + address, server.tail)):
            result = subprocess.run(["sh", "-c", words + " >&-", binary, data], capture_output=True, timeout=60)
            assert result.returncode == 74 and is_told(result), (words, result)
        with open("/dev/full", "wb") as full:
            assert subprocess.run([server.binary, "show", "nobody", *at], stderr=full).returncode == 66
        assert run(server.binary, "check", *at).returncode == 0


def export_file(server, _):
    """an export is there whole or not at all, and what is no plain file stays what it is"""
    with tempfile.TemporaryDirectory() as folder:
        data = copied(server, folder)
        export = lambda to: run(server.binary, "export", "demo", "--data", data, "-o", to)
        target = pathlib.Path(folder) / "demo.playhead"
        assert export(target).returncode == 0
        whole = target.read_bytes()
        link = pathlib.Path(folder) / "link"
        link.symlink_to(target)
        assert export(link).returncode == 0 and link.is_symlink() and target.read_bytes().count(b"\n") == whole.count(b"\n")
        # A device with its own name, so that a mistake harms nobody.
        device = pathlib.Path(folder) / "full"
        try:
            os.mknod(device, 0o666 | 0o020000, os.makedev(1, 7))
        except PermissionError:
            pass
        else:
            result = export(device)
            assert result.returncode == 74 and is_told(result) and device.is_char_device(), result
        for name in (folder, folder + "/nowhere/demo"):
            result = export(name)
            assert result.returncode == 74 and is_told(result), result
        assert not list(pathlib.Path(folder).glob("*.unfinished"))


def wrong_use(server, _):
    """what is mistyped is refused in two lines with the right exit code, and nothing is made"""
    with tempfile.TemporaryDirectory() as folder:
        data = copied(server, folder)
        empty = pathlib.Path(folder) / "empty"
        empty.mkdir()
        at = ["--data", data]
        for arguments, code, named in (
                (["nonsense"], 64, "no command nonsense"), (["show"], 64, "<session>"), (["show", "bad name"], 64, "characters"),
                (["show", "demo", "-o", "yaml", *at], 64, "'json'"), (["show", "nobody", *at], 66, "no session named nobody"),
                (["show", "demo", "--at", "99999", *at], 65, "no offset 99999"),
                (["show", "demo", "--data", empty], 74, "there is no log"),
                (["diff", "demo", "nobody", *at], 66, "nobody"), (["replay", "nobody", *at], 66, "nobody"),
                (["replay", "demo", "--from", "99999", *at], 65, "no offset 99999"),
                (["replay", "demo", "--until", "99999", *at], 65, "no offset 99999"),
                (["replay", "demo", "--from", "9", "--until", "3", *at], 64, "--until"),
                (["agents", "--data", empty], 74, "there is no config.db"),
                (["agents", "--data", data / "log.db"], 74, "there is no config.db"),
                (["agents", "test", "nobody", *at], 65, "no assignment names it"),
                (["top", "-n", "0"], 64, "from 1"), (["top", "--server", "nonsense", "-n", "1"], 64, "not the address"),
                (["top", "--server", f"http://127.0.0.1:{free_port()}"], 69, "cannot be reached"),
                (["serve", "--port", str(server.port), "--data", folder + "/other"], 69, "cannot listen"),
                (["serve", "--data", server.data, "--port", "0"], 69, ""),
                (["serve", "--allow-remote", "--host", "203.0.113.7", "--port", "0", "--data", folder + "/other"], 69, "--host"),
                (["serve", "--allow-remote", "--host", "nowhere.invalid", "--port", "0", "--data", folder + "/other"], 69,
                 "no such host"),
                (["keygen", "--data", "/proc/nowhere"], 74, "/proc/nowhere/keys: ")):
            result = run(server.binary, *arguments)
            assert result.returncode == code and is_told(result) and named in result.stderr.decode(), (arguments, result)
            assert not result.stdout, (arguments, result)
        assert not list(empty.iterdir())
    help = run(server.tail, "--help").stdout.decode()
    assert all(f"{code} " in help for code in (64, 65, 66, 69, 74, 76, 141)), help


def agents_truth(server, _):
    """what playhead agents says of a node is what a run stamps, for every kind of row"""
    with tempfile.TemporaryDirectory() as folder:
        other = Server(server.binary.parent, f"{folder}/data", f"{folder}/log")
        try:
            def listing(code):
                result = run(other.binary, "agents", "--data", other.data, "-o", "json")
                assert result.returncode == code, (code, result)
                return json.loads(result.stdout)

            def stamp(session):
                body, headers = question("你好", file=None)
                path = f"/chatbots/xiaomei/chat/{session}?stream=false"
                assert other.request("POST", path, body, headers)[0] == 200
                return next(e["body"] for e in other.events(session) if e["kind"] == "run.started")["agents"]

            def rows(found, node):
                return [row for row in found if row["node"] == node]

            known = {(c["workflow"], c["name"]): set(c["nodes"]) for c in other.json("/chatbots")["chatbots"]}
            for row in listing(0):
                assert row["runs"] and row["node"] in known[row["workflow"], row["chatbot"]], row
            # A row for every chatbot stands behind one that names the only chatbot there is.
            other.configure("""
                INSERT INTO agent_configs (id, name, llm_model_config_id) VALUES (50, 'everyone', 1);
                INSERT INTO workflow_agent_assignments (workflow_name, node_name, agent_config_id)
                    VALUES ('fund-analysis', 'character_advisor', 50)""")
            assert [(r["agent"], r["runs"]) for r in rows(listing(0), "character_advisor")] == [
                ("xiaomei", True), ("everyone", False)]
            assert stamp("a")["character_advisor"]["agent"] == "xiaomei"
            other.configure("UPDATE workflow_agent_assignments SET priority = 1 WHERE agent_config_id = 50")
            assert [(r["agent"], r["runs"]) for r in rows(listing(0), "character_advisor")] == [
                ("everyone", True), ("xiaomei", False)]
            assert stamp("b")["character_advisor"]["agent"] == "everyone"
            # Rows for chatbots, workflows and nodes that there are not.
            for column, value in (("chatbot_name", "xiaomai"), ("workflow_name", "fund-analyses"), ("node_name", "advisor")):
                other.configure(f"""
                    CREATE TEMP TABLE row AS SELECT * FROM workflow_agent_assignments WHERE agent_config_id = 50;
                    UPDATE row SET id = 70, {column} = '{value}';
                    INSERT INTO workflow_agent_assignments SELECT * FROM row""")
                wrong = [row for row in listing(65) if row["problems"]]
                assert len(wrong) == 1 and not wrong[0]["runs"] and value in wrong[0]["problems"][0], wrong
                other.configure("DELETE FROM workflow_agent_assignments WHERE id = 70")
            # A model that an analyst never asks cannot fail it; the advisor cannot speak with one that has no words.
            other.configure("""
                INSERT INTO llm_model_configs (id, name, provider, model_name, api_key_env, fallback_model_config_id)
                    VALUES (50, 'far', 'openai_compatible', 'm', 'NO_SUCH_KEY', 1), (51, 'odd', 'nope', 'm', NULL, NULL);
                UPDATE agent_configs SET llm_model_config_id = 50 WHERE name = 'risk_analyst'""")
            row, = rows(listing(0), "analyze_risk")
            assert not row["problems"] and "asks no model" in row["why"], row
            for model, said in ((50, "NO_SUCH_KEY"), (51, "nope, which is unknown"), (2, "writes no text")):
                other.configure(f"UPDATE agent_configs SET llm_model_config_id = {model} WHERE name = 'everyone'")
                row = rows(listing(65), "character_advisor")[0]
                assert row["runs"] and any(said in problem for problem in row["problems"]), row
                test = run(other.binary, "agents", "test", "character_advisor", "--data", other.data)
                assert test.returncode == 65 and said in test.stderr.decode() and not test.stdout, test
            # Fallbacks are those that would take over.
            other.configure("UPDATE agent_configs SET llm_model_config_id = 50 WHERE name = 'everyone'")
            assert rows(listing(65), "character_advisor")[0]["fallbacks"] == ["local-composer"]
            other.configure("UPDATE workflow_agent_assignments SET on_error = 'fail' WHERE agent_config_id = 50")
            assert rows(listing(65), "character_advisor")[0]["fallbacks"] == []
            # One that does not stream is tried as a run asks it: whole.
            other.configure("""
                UPDATE workflow_agent_assignments SET is_active = 0 WHERE agent_config_id = 50;
                UPDATE llm_model_configs SET streaming = 0 WHERE id = 1""")
            assert [(r["agent"], r["runs"], r["problems"]) for r in rows(listing(0), "character_advisor")] == [
                ("everyone", False, []), ("xiaomei", True, [])]
            test = run(other.binary, "agents", "test", "character_advisor", "--data", other.data)
            assert test.returncode == 0 and test.stdout and b"whole after" in test.stderr, test
            # Nothing listens there.
            other.configure(f"""
                UPDATE llm_model_configs SET api_key_env = NULL, retries = 0, base_url = 'http://127.0.0.1:{free_port()}'
                    WHERE id = 50;
                UPDATE agent_configs SET llm_model_config_id = 50 WHERE name = 'xiaomei'""")
            test = run(other.binary, "agents", "test", "character_advisor", "--data", other.data)
            assert test.returncode == 69 and is_told(test), test
        finally:
            other.stop()


def origins(server, _):
    """--allow-origin takes what a browser can say and refuses the rest; every route and error tells a named page what it may"""
    for value, said in (
            ("null", "any page"), ("app.example", "no scheme"), ("https://app.example/page", "path"), ("https://", "host"),
            ("https://app.example:0", "port"), ("https://app.example?x", "path"), ("https://ünïcode.example", "xn--"),
            ("https://a b", "host"), ("https://me@app.example", "host"), ("://x", "no scheme")):
        with tempfile.TemporaryDirectory() as folder:
            result = run(server.binary, "serve", "--allow-origin", value, "--port", 0, "--data", folder + "/new")
            assert result.returncode == 64 and is_told(result) and said in result.stderr.decode(), (value, result)
            assert not os.listdir(folder), value
    with tempfile.TemporaryDirectory() as folder:
        arguments = [word for value in ("HTTPS://App.Example:443/", "http://localhost:3000", "http://[::1]:5173")
                     for word in ("--allow-origin", value)]
        other = Server(server.binary.parent, f"{folder}/data", f"{folder}/log", arguments=arguments)
        try:
            body, headers = question("你好", file=None)
            for origin in ("https://app.example", "http://localhost:3000", "http://[::1]:5173"):
                routes = [
                    ("POST", "/chatbots/xiaomei/chat/o?pace=off", body, headers, 200),
                    ("POST", "/chatbots/xiaomei/chat/o2", body, {**headers, "Prefer": "respond-async"}, 202),
                    ("GET", "/sessions/o/events?follow=none", None, {}, 200),
                    ("GET", "/sessions/o/events?follow=none", None, {"Accept": "application/x-ndjson"}, 200),
                    ("GET", "/sessions", None, {}, 200), ("GET", "/chatbots", None, {}, 200), ("GET", "/", None, {}, 200),
                    ("GET", "/metrics", None, {}, 200), ("GET", "/health/ready", None, {}, 200),
                    ("GET", "/sessions/nobody", None, {}, 404), ("GET", "/nowhere", None, {}, 404),
                    ("PUT", "/sessions", None, {}, 405), ("POST", "/chatbots/xiaomei/chat/o", b"{", {}, 400)]
                for method, path, content, extra, status in routes:
                    got, answered, _ = other.request(method, path, content, {**extra, "Origin": origin})
                    assert got == status, (method, path, got)
                    assert answered["access-control-allow-origin"] == origin, (method, path, answered)
                    assert "Origin" in answered["vary"], (method, path)
                    exposed = answered["access-control-expose-headers"].lower()
                    for name in answered:
                        if name in ("location", "retry-after", "allow", "etag") or name.startswith(("playhead-", "preference-")):
                            assert name in exposed, name
                    if method != "PUT":
                        ask = {"Origin": origin, "Access-Control-Request-Method": method}
                        got, answered, content = other.request("OPTIONS", path, None, ask)
                        assert got == 204 and not content and answered["access-control-allow-origin"] == origin, path
                        assert method in answered["access-control-allow-methods"]
            for origin in ("https://app.example.evil", "http://app.example", "https://app.example:8443", "null"):
                got, answered, _ = other.get("/sessions", Origin=origin)
                assert got == 403 and "access-control-allow-origin" not in answered and "Origin" in answered["vary"], origin
                ask = {"Origin": origin, "Access-Control-Request-Method": "POST"}
                assert other.request("OPTIONS", "/sessions/o/events", None, ask)[0] == 403
            assert "Origin" in other.get("/sessions")[1]["vary"], "a cache keeps them apart"
        finally:
            other.stop()


CHECKS = [output_errors, export_file, wrong_use, agents_truth, origins]
