"""Checks a real server whose agents are models on another server. Every check is a function; its first line says what
holds.

    python3 Tests/Server/check_agents.py --binaries .build/debug [--kills 3] [--only name]
"""
import argparse
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from check_server import chat, check_story, post, read_stream  # noqa: E402
from server import Frames, Server, question, texts  # noqa: E402
from model_server import Upstream  # noqa: E402

KEY = "PLAYHEAD_CHECK_KEY"
SECRET = "sk-this-is-the-secret"
ADVISOR = "UPDATE agent_configs SET llm_model_config_id = 50 WHERE name = 'xiaomei';"


class Bench:
    """A server, a model's server, and an answer that passes every check of the advisor."""

    def __init__(self, server, upstream):
        self.server, self.upstream = server, upstream
        self.text = next(iter(texts(chat(server, "composed"))[1].values()))
        self.pieces = [self.text[i:i + 2] for i in range(0, len(self.text), 2)]
        server.configure(
            "INSERT INTO llm_model_configs (id, name, provider, model_name, base_url, api_key_env) VALUES"
            f" (50, 'remote', 'openai_compatible', 'm1', '{upstream.url}', '{KEY}');" + ADVISOR)

    def reset(self):
        """Every check begins with the same rows."""
        self.server.configure(
            "UPDATE llm_model_configs SET provider = 'openai_compatible', model_name = 'm1', streaming = 1,"
            f" base_url = '{self.upstream.url}', api_key_env = '{KEY}', temperature = NULL, max_tokens = NULL,"
            " connect_timeout_ms = 5000, first_token_timeout_ms = 60000, idle_timeout_ms = 30000,"
            " total_timeout_ms = 600000, retries = 0, fallback_model_config_id = NULL, params_json = '{}',"
            " is_active = 1 WHERE id = 50;"
            " DELETE FROM workflow_agent_assignments WHERE id > 100;"
            " UPDATE workflow_agent_assignments SET attempts = 1, on_error = 'fallback', priority = 0"
            " WHERE node_name = 'character_advisor';" + ADVISOR)
        self.upstream.answer = lambda request: self.pieces
        self.upstream.fault = self.upstream.stop_after = lambda number: None
        self.upstream.rate = 0

    def set(self, columns):
        self.server.configure(f"UPDATE llm_model_configs SET {columns} WHERE id = 50")

    def events(self, session, kind=None):
        return [e for e in self.server.events(session) if kind in (None, e["kind"])]

    def playhead(self, *arguments, **environment):
        return subprocess.run(
            [self.server.binary, "agents", *arguments, "--data", self.server.data], capture_output=True, text=True,
            timeout=60, env=os.environ | environment)


def pieces(text):
    return [text[i:i + 3] for i in range(0, len(text), 3)]


def wrong(text):
    """The same words with other figures."""
    def other(amount):
        return "".join(str((int(sign) + 3) % 9 + 1) if sign.isdigit() else sign for sign in amount.group())
    return re.sub(r"\d[\d.,]*(?=[万元%])", other, text)


def wait_for(condition, what, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def main_job(bench, _):
    """the main job runs on a model that streams: its tokens are recorded, shown and resumed as any others"""
    bench.upstream.rate = 400
    frames = chat(bench.server, "remote")
    streamed, final = texts(frames)
    assert list(final.values()) == [bench.text] and streamed == final
    tokens = [e["body"]["text"] for e in bench.events("remote", "token")]
    assert tokens == bench.pieces, "each delta is one token"
    completed = bench.events("remote", "message.completed")[0]["body"]
    assert completed["usage"] == {"input_tokens": 7, "output_tokens": len(tokens)}, completed
    assert completed["finish_reason"] == "stop" and completed["time_to_first_token_ms"] >= 0
    request = bench.upstream.questions[-1]
    assert request["stream"] and "<facts>" in request["messages"][-1]["content"]
    assert bench.upstream.headers[-1]["Authorization"] == f"Bearer {SECRET}"


def unicode(bench, _):
    """text of every script, cut at every scalar, comes out of log, frames and tail-session byte for byte"""
    text = "👩‍🚀👨‍👩‍👧‍👦🇫🇷🇨🇳👍🏽e\u0301a\u0308\u0323你好，عربي नमस्ते ขอบคุณครับ 한국어 \u2028\u0000\u001b[31m"
    bench.server.configure(
        "UPDATE agent_configs SET llm_model_config_id = 50 WHERE name = 'researcher'")
    for session, deltas in [("scalars", list(text)), ("whole", [text])]:
        bench.upstream.answer = lambda request, deltas=deltas: deltas
        body = json.dumps({"contents": [{"content_type": "text", "content": "?"}]})
        reply = bench.server.request(
            "POST", f"/chatbots/echo/chat/{session}?pace=off", body, {"Content-Type": "application/json"})
        assert reply[0] == 200, reply
        assert [e["body"]["text"] for e in bench.events(session, "token")] == deltas
        streamed, final = texts(Frames(bench_stream(bench, session)))
        assert list(final.values()) == [text] and streamed == final
        raw = bench.server.run_tail(session, "--data", bench.server.data, "-o", "raw").stdout
        assert raw == text.encode(), raw
        rows = sqlite3.connect(bench.server.data / "log.db").execute(
            "SELECT CAST(body AS BLOB) FROM events WHERE session = ? AND kind = 'token' ORDER BY \"offset\"", [session])
        assert b"".join(row[0] for row in rows) == text.encode()
    # Half a character that its other half never follows: shown as U+FFFD, and said so.
    bench.upstream.answer = lambda request: ["a\ud83e", "b\udc00"]
    bench.set("streaming = 0")
    reply = bench.server.request(
        "POST", "/chatbots/echo/chat/halves?pace=off", body, {"Content-Type": "application/json"})
    assert reply[0] == 200
    bench.server.configure("UPDATE agent_configs SET llm_model_config_id = 3 WHERE name = 'researcher'")
    completed = bench.events("halves", "message.completed")[0]["body"]
    assert "".join(e["body"]["text"] for e in bench.events("halves", "token")) == "a\ufffdb\ufffd"
    assert completed["repairs"] == 1, completed


def bench_stream(bench, session):
    connection = bench.server.connection()
    connection.request("GET", f"/sessions/{session}/events?follow=none")
    return connection.getresponse()


def verified(bench, _):
    """a model that says a wrong figure is rejected at its end, asked once more, and then the composer speaks"""
    bench.upstream.answer = lambda request: pieces(wrong(bench.text))
    frames = chat(bench.server, "rejected")
    events = bench.events("rejected")
    rejected = [e for e in events if e["kind"] == "answer.rejected"]
    assert [e["body"]["rule"] for e in rejected] == ["unknown_number"] * 2, (rejected, bench.text)
    started = [e for e in events if e["kind"] == "message.started"]
    assert [e["body"]["model"] for e in started] == ["remote", "remote", "local-composer"], started
    assert [e["body"].get("supersedes") for e in started[1:]] == [e["offset"] for e in started[:2]]
    assert events[-1]["kind"] == "run.completed"
    superseding = {f["metadata"]["message"]: f["metadata"].get("supersedes") for _, f in frames
                   if f["type"] == "ai_message"}
    assert list(superseding.values()) == [None] + [e["offset"] for e in started[:2]], superseding
    final = [f["content"] for _, f in frames if f["type"] == "ai_message" and f["metadata"]["final_response"]]
    state = bench.server.json("/sessions/rejected")["messages"]
    kept = [m["text"] for m in state if m["role"] == "assistant" and not m["is_superseded"]]
    assert kept == [final[-1]] and final[-1] != wrong(bench.text)
    # The second attempt is right.
    first = len(bench.upstream.questions)
    bench.upstream.answer = lambda request: (
        pieces(wrong(bench.text)) if len(bench.upstream.questions) == first + 1 else bench.pieces)
    _, final = texts(chat(bench.server, "corrected"))
    assert list(final.values())[-1] == bench.text
    assert len(bench.events("corrected", "answer.rejected")) == 1


def failures(bench, _):
    """an answer that breaks off is kept, marked and superseded: by the next attempt, then by the fallback"""
    bench.server.configure("UPDATE workflow_agent_assignments SET attempts = 2 WHERE node_name = 'character_advisor'")
    bench.set("idle_timeout_ms = 200, fallback_model_config_id = 1")
    bench.upstream.stop_after = lambda number: 20
    begun = time.monotonic()
    frames = chat(bench.server, "silent")
    assert time.monotonic() - begun < 10, "no wait without its timeout"
    events = bench.events("silent")
    interrupted = [e for e in events if e["kind"] == "message.interrupted"]
    assert [e["body"]["reason"]["code"] for e in interrupted] == ["upstream_timeout"] * 2, interrupted
    started = [e for e in events if e["kind"] == "message.started"]
    assert [e["body"]["model"] for e in started] == ["remote", "remote", "local-composer"]
    assert [e["body"].get("supersedes") for e in started[1:]] == [e["offset"] for e in started[:2]]
    streamed, final = texts(frames)
    assert len(final) == 1 and streamed[started[2]["offset"]] == final[started[2]["offset"]]
    assert streamed[started[0]["offset"]] == "".join(bench.pieces[:19])
    # Before the first token the request is tried again, unseen.
    first = len(bench.upstream.questions)
    bench.set("retries = 2, idle_timeout_ms = 30000")
    bench.upstream.stop_after = lambda number: None
    bench.upstream.fault = lambda number: 503 if number <= first + 2 else None
    _, final = texts(chat(bench.server, "retried"))
    assert list(final.values()) == [bench.text] and len(bench.events("retried", "message.started")) == 1
    assert len(bench.upstream.questions) == first + 3


def cancel(bench, _):
    """a cancel closes the upstream's connection within 100 ms, and the partial answer is kept"""
    bench.upstream.rate = 50
    took = []
    for number in range(5):
        session = f"cancelled-{number}"
        response = post(bench.server, session, *question("我的基金风险大吗？"))
        for _, frame in Frames(response):
            if frame["type"] == "ai_message":
                break
        count = len(bench.upstream.closes)
        begun = time.monotonic()
        bench.server.request("POST", f"/sessions/{session}/cancel")
        wait_for(lambda: len(bench.upstream.closes) > count, "the upstream never saw the end")
        took.append(bench.upstream.closes[count] - begun)
        response.close()
        assert bench.events(session)[-1]["kind"] == "run.cancelled"
        assert len(bench.events(session, "message.interrupted")) == 1
    # A busy machine may be late once; a promise that is not kept would be late each time.
    assert min(took) < 0.1, took
    return "after " + ", ".join(f"{seconds * 1000:.1f}" for seconds in took) + " ms"


def reattach(bench, options):
    """after kill -9 the same generation goes on: asked for once, no token lost or repeated, for who stayed and who comes"""
    bench.upstream.rate = 120
    places = []
    for number in range(options.kills):
        for parameters in ('{"resumable":true}', '{"resumable":true,"api":"responses"}'):
            bench.set(f"params_json = '{parameters}'")
            session = f"attached-{number}-{'responses' if 'api' in parameters else 'chat'}"
            asked, resumed = len(bench.upstream.questions), len(bench.upstream.resumed)
            status = bench.server.request(
                "POST", f"/chatbots/xiaomei/chat/{session}", *with_prefer(question("我的基金风险大吗？")))[0]
            assert status == 202, status
            seen, done = [], threading.Event()
            reader = threading.Thread(target=read_stream, args=(bench.server, session, seen, done), daemon=True)
            reader.start()
            for place in (5, 60):
                wait_for(lambda: sum(f["type"] == "ai_message" for _, f in list(seen)) >= place + number * 7, "no tokens")
                bench.server.kill()
                time.sleep(0.1)
                bench.server.start()
            reader.join(timeout=30)
            done.set()
            assert not reader.is_alive(), "the client that stayed never saw the end"
            assert len(bench.upstream.questions) == asked + 1, "the answer was asked for once"
            assert len(bench.upstream.resumed) >= resumed + 2, "and taken up after each kill"
            check_story(bench.server, session, seen)
            events = bench.events(session)
            assert [e["body"]["text"] for e in events if e["kind"] == "token"] == bench.pieces
            assert sum(e["kind"] == "message.started" for e in events) == 1
            assert [e["body"].get("continued") for e in events if e["kind"] == "run.resumed"] == [
                ["character_advisor"]] * 2
            places += [place for _, place in bench.upstream.resumed[resumed:]]
    return f"taken up {len(places)} times"


def with_prefer(posted):
    return posted[0], posted[1] | {"Prefer": "respond-async"}


def forgotten(bench, _):
    """where the upstream has forgotten the answer, it is interrupted and superseded by a new one"""
    bench.upstream.rate = 120
    bench.set("params_json = '{\"resumable\":true}'")
    bench.server.request("POST", "/chatbots/xiaomei/chat/forgotten", *with_prefer(question("我的基金风险大吗？")))
    wait_for(lambda: len(bench.upstream.kept) and len(bench.events("forgotten", "token")) > 5, "no tokens")
    bench.server.kill()
    bench.upstream.kept.clear()
    bench.server.start()
    wait_for(lambda: bench.events("forgotten")[-1]["kind"] == "run.completed", "the run did not end")
    interrupted = bench.events("forgotten", "message.interrupted")
    assert [e["body"]["reason"]["code"] for e in interrupted] == ["upstream_lost"], interrupted
    state = [m for m in bench.server.json("/sessions/forgotten")["messages"] if m["role"] == "assistant"]
    assert [m["is_superseded"] for m in state] == [True, False] and state[1]["text"] == bench.text


def left_at_work(bench, _):
    """a server that is told to end leaves the upstream at work; a cancel does not"""
    bench.upstream.rate = 120
    bench.set("params_json = '{\"resumable\":true}'")
    stopped, asked = len(bench.upstream.stopped), len(bench.upstream.questions)
    bench.server.request("POST", "/chatbots/xiaomei/chat/drained", *with_prefer(question("我的基金风险大吗？")))
    wait_for(lambda: len(bench.events("drained", "token")) > 5, "no tokens")
    assert bench.server.terminate() == 0
    bench.server.start()
    wait_for(lambda: bench.events("drained")[-1]["kind"] == "run.completed", "the run did not end")
    assert len(bench.upstream.questions) == asked + 1 and len(bench.upstream.stopped) == stopped
    assert "".join(e["body"]["text"] for e in bench.events("drained", "token")) == bench.text
    bench.server.request("POST", "/chatbots/xiaomei/chat/stopped", *with_prefer(question("我的基金风险大吗？")))
    wait_for(lambda: len(bench.events("stopped", "token")) > 5, "no tokens")
    bench.server.request("POST", "/sessions/stopped/cancel")
    wait_for(lambda: len(bench.upstream.stopped) == stopped + 1, "the upstream was not told to stop")


def columns(bench, _):
    """each column acts on the next run, is recorded as a change, and is stamped on the run without a secret"""
    def run(session, change):
        bench.set(change)
        chat(bench.server, session)
        stamp = bench.events(session, "run.started")[0]["body"]["agents"]["character_advisor"]
        return bench.upstream.questions[-1], stamp
    cases = [
        ("model_name = 'm2'", {"model": "m2"}, {"model_name": "m2"}),
        ("temperature = 0.25, max_tokens = 321", {"temperature": 0.25, "max_tokens": 321},
         {"temperature": 0.25, "max_tokens": 321}),
        ("streaming = 0", {"stream": False}, {"streaming": False}),
        ("params_json = '{\"top_p\":0.5,\"api_key\":\"sk-oops\"}'", {"top_p": 0.5}, {"params": {
            "top_p": 0.5, "api_key": "(hidden)"}}),
        ("connect_timeout_ms = 1234, first_token_timeout_ms = 2345, idle_timeout_ms = 3456, total_timeout_ms = 45678",
         {}, {"connect_timeout_ms": 1234, "first_token_timeout_ms": 2345, "idle_timeout_ms": 3456,
              "total_timeout_ms": 45678}),
        ("retries = 3, fallback_model_config_id = 1", {}, {"retries": 3}),
    ]
    revision = None
    for number, (change, asked, stamped) in enumerate(cases):
        request, stamp = run(f"column-{number}", change)
        assert asked.items() <= request.items(), (change, request)
        assert stamped.items() <= stamp["model"].items(), (change, stamp)
        assert stamp["revision"] != revision, "every change is a revision"
        revision = stamp["revision"]
    assert stamp["fallbacks"][0]["name"] == "local-composer"
    bench.server.configure("UPDATE agent_configs SET prompt = 'Speak as before.' WHERE name = 'xiaomei'")
    request, stamp = run("column-prompt", "retries = 0")
    assert request["messages"][0]["content"].count("Speak as before.") == 1 and stamp["prompt_version"] == 2
    # An assignment of a higher priority, for this chatbot only, to another agent.
    bench.server.configure(
        "INSERT OR REPLACE INTO agent_configs (id, name, llm_model_config_id) VALUES (60, 'other', 1);"
        "INSERT INTO workflow_agent_assignments (id, workflow_name, chatbot_name, node_name, agent_config_id, priority)"
        " VALUES (101, 'fund-analysis', 'xiaomei', 'character_advisor', 60, 5)")
    _, stamp = run("column-priority", "retries = 0")
    assert stamp["agent"] == "other", stamp
    for database in ("config.db", "log.db"):
        assert SECRET.encode() not in (bench.server.data / database).read_bytes(), "a key is never stored"
    with sqlite3.connect(bench.server.data / "config.db") as config:
        changes = config.execute(
            "SELECT json_extract(before_json, '$.temperature'), json_extract(after_json, '$.temperature')"
            " FROM config_changes WHERE table_name = 'llm_model_configs' AND row_id = 50 AND operation = 'update'"
        ).fetchall()
        assert (None, 0.25) in changes, changes


def wrong_rows(bench, _):
    """a wrong row is a clear error in the run and in the listing; on_error decides, and a fallback takes over visibly"""
    cases = [
        ("provider = 'brand_new'", "agent_misconfigured", "brand_new, which is unknown"),
        ("api_key_env = 'NO_SUCH_VARIABLE'", "agent_misconfigured", "NO_SUCH_VARIABLE, which is not set"),
        ("base_url = 'http://127.0.0.1:1/v1'", "upstream_unreachable", "connection refused"),
        ("base_url = 'http://no-such-host.invalid/v1'", "upstream_unreachable", "cannot be reached"),
    ]
    for number, (change, code, words) in enumerate(cases):
        bench.reset()
        bench.set(change + ", fallback_model_config_id = 1")
        listing = bench.playhead("--probe")
        assert listing.returncode == 65 and words in listing.stdout, (listing.returncode, listing.stdout)
        test = bench.playhead("test", "character_advisor")
        assert test.returncode != 0 and test.stderr.startswith("error: ") and words in test.stderr, test
        session = f"wrong-{number}"
        chat(bench.server, session)
        reason = bench.events(session, "message.interrupted")[0]["body"]["reason"]
        assert reason["code"] == code and words in reason["message"] and reason["hint"], reason
        models = [e["body"]["model"] for e in bench.events(session, "message.started")]
        assert models == ["remote", "local-composer"], models
    # A row that leads nowhere: the listing refuses it, the run says so in its stamp, and the node's own words stand in.
    bench.reset()
    bench.server.configure("UPDATE agent_configs SET llm_model_config_id = 99 WHERE name = 'xiaomei'")
    assert bench.playhead().returncode == 65
    chat(bench.server, "nowhere")
    stamp = bench.events("nowhere", "run.started")[0]["body"]["agents"]["character_advisor"]
    assert "names model 99, which does not exist" in stamp["error"], stamp
    assert [e["body"]["model"] for e in bench.events("nowhere", "message.started")] == ["local-composer"]
    # A key that no header can carry is told, and nowhere repeated.
    bench.reset()
    bench.set("api_key_env = 'PLAYHEAD_TORN_KEY', fallback_model_config_id = 1")
    chat(bench.server, "torn")
    reason = bench.events("torn", "message.interrupted")[0]["body"]["reason"]
    assert "PLAYHEAD_TORN_KEY" in reason["message"] and "torn-secret" not in json.dumps(bench.events("torn")), reason
    # A locked configuration is told to whoever posts.
    with sqlite3.connect(bench.server.data / "config.db", isolation_level=None) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        lock.execute("UPDATE llm_model_configs SET retries = 1 WHERE id = 50")
        status, _, body = bench.server.request("POST", "/chatbots/xiaomei/chat/locked", *question("?"))
        lock.execute("ROLLBACK")
    error = json.loads(body)["error"]
    assert status == 503 and error["code"] == "configuration_unreadable" and error["hint"], (status, error)
    for on_error, node, run in [("fail", "node.failed", "run.failed"), ("skip", "node.skipped", "run.completed")]:
        bench.server.configure(
            f"UPDATE workflow_agent_assignments SET on_error = '{on_error}' WHERE node_name = 'character_advisor'")
        chat(bench.server, on_error)
        kinds = [e["kind"] for e in bench.events(on_error)]
        assert node in kinds and kinds[-1] == run, (on_error, kinds)


def command(bench, _):
    """`playhead agents` says what runs and why; its test makes one real streamed call and prints the timings"""
    result = bench.playhead("-o", "json")
    assert result.returncode == 0, (result.stdout, result.stderr)
    listing = json.loads(result.stdout)
    assert not any(row["problems"] for row in listing), listing
    row = next(r for r in listing if r["node"] == "character_advisor")
    assert row["runs"] and row["model_name"] == "m1" and row["base_url"] == bench.upstream.url and row["why"], row
    bench.upstream.rate = 400
    asked = len(bench.upstream.questions)
    test = bench.playhead("test", "character_advisor")
    assert test.returncode == 0 and test.stdout == bench.text, test
    assert len(bench.upstream.questions) == asked + 1 and bench.upstream.questions[-1]["stream"]
    assert re.search(r"first token after \S+ .*deltas, \d+ characters", test.stderr), test.stderr
    echo = bench.playhead("test", "summary", "--workflow", "echo-research", "--chatbot", "echo", "--question", "fund?")
    assert echo.returncode == 0 and "fund" in echo.stdout, echo
    return test.stderr.strip()


CHECKS = [main_job, unicode, verified, failures, cancel, reattach, forgotten, left_at_work, columns, wrong_rows, command]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries", default=".build/debug")
    parser.add_argument("--kills", type=int, default=1)
    parser.add_argument("--only")
    options = parser.parse_args()
    os.environ[KEY] = SECRET
    os.environ["PLAYHEAD_TORN_KEY"] = "torn-secret\r\nX-Evil: 1"
    failed = 0
    with tempfile.TemporaryDirectory(prefix="playhead-agents-") as folder:
        server = Server(pathlib.Path(options.binaries).resolve(), f"{folder}/data", f"{folder}/server.log")
        bench = Bench(server, Upstream())
        for check in CHECKS:
            if options.only and check.__name__ != options.only:
                continue
            begun = time.monotonic()
            try:
                bench.reset()
                result = check(bench, options)
                note = f": {result}" if result else ""
                print(f"ok    {check.__doc__}{note} ({time.monotonic() - begun:.1f} s)", flush=True)
            except Exception:
                failed += 1
                print(f"FAIL  {check.__doc__}\n{traceback.format_exc()}", flush=True)
                print(open(server.log.name).read()[-3000:])
                if server.process.poll() is not None:
                    server.start()
        server.stop()
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
