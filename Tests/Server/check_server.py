"""Checks a real server from outside, as its users meet it. Every check is a function; its first line says what holds.

    python3 Tests/Server/check_server.py --binaries .build/debug [--only name]
"""
import argparse
import contextlib
import hashlib
import json
import os
import pathlib
import pty
import random
import re
import resource
import select
import signal
import sqlite3
import subprocess
import sys
import tempfile
import termios
import threading
import time
import traceback
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import commands  # noqa: E402
import outputs  # noqa: E402
import top  # noqa: E402
from metrics import metrics  # noqa: E402
from offline import offline  # noqa: E402
from server import ROOT, Frames, Server, multipart, question, texts  # noqa: E402
from show import show_erased  # noqa: E402

SELECT = """
SELECT lmc.name, lmc.streaming, lmc.model_name, ac.name as agent_name, waa.node_name
FROM llm_model_configs lmc
JOIN agent_configs ac ON ac.llm_model_config_id = lmc.id
JOIN workflow_agent_assignments waa ON waa.agent_config_id = ac.id
WHERE waa.node_name = 'character_advisor' AND lmc.is_active = true;
"""
UPDATE = """
UPDATE llm_model_configs SET streaming = true
WHERE id IN (SELECT DISTINCT lmc.id FROM llm_model_configs lmc
    JOIN agent_configs ac ON ac.llm_model_config_id = lmc.id
    JOIN workflow_agent_assignments waa ON waa.agent_config_id = ac.id
    WHERE waa.node_name = 'character_advisor');
"""


def post(server, session, body, headers, query="?pace=off"):
    connection = server.connection()
    connection.request("POST", f"/chatbots/xiaomei/chat/{session}{query}", body=body, headers=headers)
    return connection.getresponse()


def chat(server, session, text="我的基金风险大吗？", query="?pace=off"):
    """Posts the holdings and reads to the end."""
    body, headers = question(text)
    response = post(server, session, body, headers, query)
    assert response.status == 200, (response.status, response.read()[:500])
    return list(Frames(response))


def main_job(server, _):
    """one chat shows the nodes' updates, then the answer token by token, then the whole text"""
    frames = chat(server, "demo")
    types = [frame["type"] for _, frame in frames]
    updates = [frame["metadata"]["node_name"] for _, frame in frames if frame["type"] == "tool_message"]
    assert sorted(updates) == ["analyze_performance", "analyze_risk", "convert_portfolio", "generate_recommendations"]
    assert max(i for i, t in enumerate(types) if t == "tool_message") < types.index("ai_message")
    streamed, final = texts(frames)
    assert len(final) == 1 and streamed == final, "the tokens together are the final text"
    text = next(iter(final.values()))
    assert 400 <= len(text) <= 600 and "小美" in text, len(text)
    ids = [int(i) for i, _ in frames]
    assert ids == sorted(set(ids))
    reply = subprocess.run(
        ["curl", "-sSN", f"localhost:{server.port}/chatbots/xiaomei/chat/demo2?pace=off", "-H",
         "Content-Type: application/json", "-d",
         '{"contents":[{"content_type":"text","content":"测试流式响应"}]}'], capture_output=True, check=True).stdout
    assert reply.count(b'"streaming":true') > 5, reply[-500:]


def in_turn(server, _):
    """a message posted as soon as the answer to the one before has ended is not refused"""
    for _ in range(5):
        body, headers = question("黄金占多少？")
        status, _, answer = server.request("POST", "/chatbots/xiaomei/chat/in-turn?stream=false", body, headers)
        assert status == 200, (status, answer[:300])


def resume_everywhere(server, _):
    """Guarantee 3: what was seen up to N plus the stream after N is the whole stream, byte for byte, for every N"""
    whole = server.get("/sessions/demo/events?follow=none")[2]
    blocks = [block for block in whole.decode().replace("retry: 1000\n", "").split("\n\n") if block]
    for position, block in enumerate(blocks):
        offset = block.split("\n")[0].removeprefix("id: ")
        status, _, rest = server.get("/sessions/demo/events?follow=none", Last_Event_ID=offset)
        tail = [b for b in rest.decode().replace("retry: 1000\n", "").split("\n\n") if b]
        assert tail == blocks[position + 1:], f"after {offset}: {status}"
    # follow=run: nothing remains and no run is in progress, so an EventSource is told to stop.
    assert server.get("/sessions/demo/events", Last_Event_ID=offset)[0] == 204


def raw_events(server, _):
    """the view in sqlite3, the JSON page, NDJSON and tail-session show the same events"""
    events = server.events("demo")
    assert [e["offset"] for e in events] == list(range(1, len(events) + 1)), "Guarantee 2: gapless"
    lines = server.get("/sessions/demo/events", Accept="application/x-ndjson")[2].decode().splitlines()
    assert [json.loads(line) for line in lines] == events
    tail = server.run_tail("demo", "--data", server.data, "-o", "json").stdout.decode().splitlines()
    assert tail == lines, "tail-session prints the same bytes"
    rows = subprocess.run(
        ["sqlite3", "-json", str(server.data / "log.db"),
         "SELECT * FROM events WHERE session='demo' ORDER BY \"offset\""], capture_output=True, check=True).stdout
    rows = json.loads(rows)
    assert [r["offset"] for r in rows] == [e["offset"] for e in events]
    for row, event in zip(rows, events):
        body = event["body"]["text"] if event["kind"] == "token" else event["body"]
        assert row["kind"] == event["kind"] and row["at"] == event["at"], (row, event)
        assert (row["body"] if event["kind"] == "token" else json.loads(row["body"])) == body


def tail_raw(server, _):
    """tail-session -o raw equals the response byte for byte, from the directory and from the server"""
    final = next(iter(texts(list(Frames(server_stream(server, "demo"))))[1].values())).encode()
    for source in (["--data", server.data], ["--server", f"http://127.0.0.1:{server.port}"]):
        result = server.run_tail("demo", *source, "--node", "character_advisor", "-o", "raw")
        assert result.stdout == final, (source, result.stdout[:80], final[:80])
    assert server.run_tail("nobody", "--data", server.data, check=False).returncode == 66


def server_stream(server, session, **headers):
    connection = server.connection()
    connection.request("GET", f"/sessions/{session}/events", headers={k.replace("_", "-"): v for k, v in headers.items()})
    return connection.getresponse()


def configuration(server, _):
    """both SQL statements run while the server runs and act on the next run"""
    rows = subprocess.run(["sqlite3", str(server.data / "config.db"), SELECT], capture_output=True, check=True).stdout
    assert rows.decode().strip() == "local-composer|1|composer|xiaomei|character_advisor", rows
    server.configure(UPDATE.replace("streaming = true", "streaming = false"))
    frames = [f for _, f in chat(server, "whole") if f["type"] == "ai_message"]
    assert len(frames) == 1 and frames[0]["metadata"]["final_response"], "one complete ai_message"
    subprocess.run(["sqlite3", str(server.data / "config.db"), UPDATE], check=True)
    frames = [f for _, f in chat(server, "streamed") if f["type"] == "ai_message"]
    assert len(frames) > 10 and frames[0]["metadata"]["streaming"]


def languages(server, _):
    """the answer is in the language of the message and differs by run, about the same figures"""
    body, headers = question("How risky is my portfolio?")
    frames = list(Frames(post(server, "english", body, headers)))
    text = next(iter(texts(frames)[1].values()))
    assert sum(c.isascii() for c in text) > 0.8 * len(text) and "Xiaomei" in text, text
    body, headers = question("黄金占多少？")
    frames = list(Frames(post(server, "demo", body, headers)))
    assert next(iter(texts(frames)[1].values())) != text


def bad_input(server, _):
    """bad input gets its status, a stable code, a message and a hint, and nothing of it is recorded"""
    json_type = {"Content-Type": "application/json"}
    text = lambda content: json.dumps({"contents": [content]})  # noqa: E731
    upload = lambda name, content: multipart([("text", None, b"?"), ("file", name, content)])  # noqa: E731
    cases = [
        (400, text({"content_type": "", "content": "x"}), json_type, "bad"),
        (400, text({"content_type": "video", "content": "x"}), json_type, "bad"),
        (400, '{"contents": [', json_type, "bad"),
        (400, '{"contents": []}', json_type, "bad"),
        (413, b"x" * (17 << 20), json_type, "bad"),
        (None, text({"content_type": "image", "content": "bm8gaW1hZ2U=", "media_type": "image/png"}), json_type, "bad"),
        (422, *upload("a.csv", "基金名称,备注\n沪深300,x\n".encode()), "bad"),
        (422, *upload("a.csv", "基金名称,持有金额\n沪深300,很多\n".encode()), "bad"),
        (400, text({"content_type": "text", "content": "x"}), json_type, "-bad"),
        (400, text({"content_type": "text", "content": "x"}), json_type, "playhead.x"),
    ]
    for status, body, headers, session in cases:
        got, _, answer = server.request("POST", f"/chatbots/xiaomei/chat/{session}", body, headers)
        error = json.loads(answer)["error"]
        assert got == status or (status is None and 400 <= got < 500), (body[:60], got, error)
        assert error["code"] and error["message"] and error["hint"], error
    assert server.get("/sessions/bad")[0] == 404, "nothing was recorded"
    for path, status in [("/sessions/demo/events?after=-1", 400), ("/sessions/demo/events?after=x", 400),
                         ("/sessions/demo/events?after=99999", 409), ("/sessions/nobody/events", 404),
                         ("/sessions/demo/state?at=99999", 409), ("/nothing/here", 404)]:
        got, _, answer = server.get(path)
        error = json.loads(answer)["error"]
        assert got == status and error["code"] and error["hint"], (path, got, error)
    body, headers = question("?")
    got, _, answer = server.request("POST", "/chatbots/nobody/chat/bad", body, headers)
    assert got == 404 and json.loads(answer)["error"]["code"] == "unknown_chatbot"


def append_from_outside(server, _):
    """another backend streams through Playhead: expected head, producer sequences, conflicts"""
    headers = {"Content-Type": "application/json", "Producer-Id": "p", "Producer-Epoch": "0", "Producer-Sequence": "0"}
    event = json.dumps({"kind": "custom", "body": {"name": "x", "a": [1, 2.5]}})
    path = "/sessions/outside/events"
    first = server.request("POST", path, event, headers)
    assert first[0] in (200, 201), first
    again = server.request("POST", path, event, headers)
    assert again[0] in (200, 201) and len(server.events("outside")) == 1, "a repeated append is a no-op"
    gap = server.request("POST", path, event, headers | {"Producer-Sequence": "5"})
    assert gap[0] == 409, gap
    conflict = server.request("POST", path, event, {"Content-Type": "application/json", "Expected-Head": "7"})
    assert conflict[0] == 409 and json.loads(conflict[2])["error"]["code"] == "head_conflict"
    refused = server.request("POST", path, json.dumps({"kind": "run.started", "body": {}}), {"Content-Type": "application/json"})
    assert 400 <= refused[0] < 500, refused


def second_writer(server, _):
    """a second server on the same directory is refused with a clear message"""
    result = subprocess.run([server.binary, "serve", "--data", server.data, "--port", "0"], capture_output=True, timeout=20)
    assert result.returncode == 69, result
    lines = result.stderr.decode().splitlines()
    assert lines[0].startswith("error: another process") and lines[1].startswith("hint: "), lines


def used_port(server, _):
    """a port in use, and an address that other machines reach, end in two lines and an exit code"""
    with tempfile.TemporaryDirectory() as data:
        for arguments, code, named in ((["--port", str(server.port)], 69, "--port"), (["--host", "0.0.0.0"], 64, "--allow-remote")):
            result = subprocess.run([server.binary, "serve", "--data", data, *arguments], capture_output=True, timeout=20)
            assert result.returncode == code, result
            lines = result.stderr.decode().splitlines()
            assert len(lines) == 2 and lines[0].startswith("error: ") and lines[1].startswith("hint: "), lines
            assert named in lines[1], lines


def mistyped(server, _):
    """a number out of range and a directory that is not there are refused in words, and nothing is made"""
    with tempfile.TemporaryDirectory() as data:
        for arguments, code, named in (
                (["serve", "--port", "99999"], 64, "65535"), (["serve", "--max-run-seconds", str(2**63 - 1)], 64, "30 days"),
                (["serve", "--grace", "99999999"], 64, "30 days"), (["rebuild"], 74, "there is no log"),
                (["agents"], 74, "there is no data directory")):
            command = [server.binary, *arguments, "--data", data + "/typo"]
            result = subprocess.run(command, capture_output=True, timeout=20)
            assert result.returncode == code and named in result.stderr.decode(), result
            assert not os.listdir(data), arguments


def read_stream(server, session, seen, done, after="0"):
    """A client that stays: reads frames, reconnects after cuts with the last id, until the stream ends cleanly."""
    last = after
    while not done.is_set():
        try:
            response = server_stream(server, session, Last_Event_ID=last)
            if response.status == 204:
                return
            if response.status == 200:
                for identifier, frame in Frames(response):
                    seen.append((identifier, frame))
                    last = identifier
        except OSError:
            pass
        time.sleep(0.05)


def check_story(server, session, seen):
    """The final response is complete, no completed node ran twice, no token is lost or doubled."""
    events = server.events(session)
    assert [e["offset"] for e in events] == list(range(1, len(events) + 1))
    assert events[-1]["kind"] == "run.completed", events[-1]
    completed = [e["cause"] for e in events if e["kind"] == "node.completed"]
    names = [next(s["body"]["node"] for s in events if s["offset"] == cause) for cause in completed]
    assert sorted(names) == sorted(set(names)) and len(names) == 5, names
    done = [e for e in events if e["kind"] == "message.completed"]
    assert len(done) == 1
    text = "".join(e["body"]["text"] for e in events if e["kind"] == "token" and e["cause"] == done[0]["cause"])
    assert hashlib.sha256(text.encode()).hexdigest() == done[0]["body"]["sha256"]
    # The one who stayed and one who comes now have seen the same frames.
    late = list(Frames(server_stream(server, session)))
    assert [i for i, _ in seen] == sorted({i for i, _ in seen}, key=int), "no frame came twice"
    assert seen == late, (len(seen), len(late))
    streamed, final = texts(late)
    assert list(final.values()) == [text] and streamed[done[0]["cause"]] == text
    raw = server.run_tail(session, "--data", server.data, "--node", "character_advisor", "-o", "raw").stdout
    assert raw == text.encode(), "raw skips what was superseded"
    state = server.json(f"/sessions/{session}")
    assert [m["text"] for m in state["messages"] if m["role"] == "assistant" and not m["is_superseded"]] == [text]


def rebuild(server, _):
    """Guarantee 4: the projections rebuilt from the log are the ones kept current, byte for byte"""
    sessions = [s["session"] for s in server.json("/sessions?limit=200")["sessions"]]
    before = {s: server.get(f"/sessions/{s}")[2] for s in sessions}
    assert server.terminate() == 0
    subprocess.run([server.binary, "rebuild", "--data", server.data], check=True, capture_output=True)
    server.start()
    assert {s: server.get(f"/sessions/{s}")[2] for s in sessions} == before


def drain(server, _):
    """on SIGTERM streams are cut, not ended, the process exits 0, and the run goes on after the restart"""
    server.configure("UPDATE llm_model_configs SET params_json = '{\"tokens_per_second\":30}' WHERE model_name = 'composer'")
    body, headers = question("我的基金风险大吗？")
    status = server.request("POST", "/chatbots/xiaomei/chat/drained", body, headers | {"Prefer": "respond-async"})[0]
    assert status == 202
    seen, done = [], threading.Event()
    reader = threading.Thread(target=read_stream, args=(server, "drained", seen, done), daemon=True)
    reader.start()
    deadline = time.monotonic() + 20
    while not any(f["type"] == "ai_message" for _, f in list(seen)) and time.monotonic() < deadline:
        time.sleep(0.02)
    begun = time.monotonic()
    assert server.terminate() == 0
    assert time.monotonic() - begun < 10, "the drain ends within its grace"
    server.configure("UPDATE llm_model_configs SET params_json = '{}' WHERE model_name = 'composer'")
    server.start()
    reader.join(timeout=30)
    done.set()
    assert not reader.is_alive()
    check_story(server, "drained", seen)


def cancel(server, _):
    """Guarantee 8: a disconnect is not a cancel; a cancel keeps the partial answer, is idempotent and lasts"""
    server.configure("UPDATE llm_model_configs SET params_json = '{\"tokens_per_second\":20}' WHERE model_name = 'composer'")
    body, headers = question("我的基金风险大吗？")
    response = post(server, "cancelled", body, headers)
    for _, frame in Frames(response):
        if frame["type"] == "ai_message":
            break
    response.close()
    head = server.json("/sessions/cancelled")["head"]
    deadline = time.monotonic() + 5
    while server.json("/sessions/cancelled")["head"] <= head + 3:
        assert time.monotonic() < deadline, "generation stopped when its reader went away"
        time.sleep(0.05)
    busy = server.request("POST", "/chatbots/xiaomei/chat/cancelled", *question("?"))
    assert busy[0] == 409 and json.loads(busy[2])["error"]["code"] == "run_in_progress", busy
    assert server.request("POST", "/sessions/cancelled/cancel")[0] == 200
    assert server.request("POST", "/sessions/cancelled/cancel")[0] == 200
    events = server.events("cancelled")
    assert events[-1]["kind"] == "run.cancelled"
    assert any(e["kind"] == "message.interrupted" for e in events)
    server.kill()
    server.start()
    assert server.events("cancelled") == events
    server.configure("UPDATE llm_model_configs SET params_json = '{}' WHERE model_name = 'composer'")


def stream_check(server, _):
    """a user's own script in Node: post, cut, resume, compare"""
    server.configure("UPDATE llm_model_configs SET params_json = '{\"tokens_per_second\":100}' WHERE model_name = 'composer'")
    result = subprocess.run(
        ["node", "Tools/stream-check.mjs", f"http://127.0.0.1:{server.port}"], cwd=ROOT, capture_output=True, timeout=120)
    assert result.returncode == 0, (result.stdout.decode(), result.stderr.decode())
    server.configure("UPDATE llm_model_configs SET params_json = '{}' WHERE model_name = 'composer'")


def fork(server, _):
    """a session is forked at any offset, once for each key, and runs on from there with another message and another agent"""
    origin = server.events("demo")
    tokens = [e["offset"] for e in origin if e["kind"] == "token"]
    for at in [0, 1, 2, 3, 7, tokens[len(tokens) // 2], len(origin)]:
        status, headers, body = server.request("POST", f"/sessions/demo/fork?at={at}")
        made = json.loads(body)
        assert status == 201 and made["origin"] == "demo" and made["offset"] == at, (status, made)
        copies = server.events(made["session"])
        same = ("offset", "kind", "cause", "body", "v")
        assert [[c.get(k) for k in same] for c in copies[:at]] == [[e.get(k) for k in same] for e in origin[:at]]
        assert copies[at]["kind"] == "session.forked" and copies[at]["body"] == {"offset": at, "session": "demo"}
        assert made["head"] == len(copies)
        # At rest: a stream of it ends, and what was in progress is marked.
        list(Frames(server_stream(server, made["session"])))
        state = server.json(f"/sessions/{made['session']}")
        assert all(r["status"] in ("completed", "cancelled") for r in state["runs"]), state["runs"]
        assert all(m["status"] != "streaming" for m in state["messages"])
    key = {"Idempotency-Key": "once", "Content-Type": "application/json"}
    middle = tokens[3]
    first = server.request("POST", f"/sessions/demo/fork?at={middle}", headers=key)
    again = server.request("POST", f"/sessions/demo/fork?at={middle}", headers=key)
    assert (first[0], again[0]) == (201, 200) and first[2] == again[2], (first, again)
    named = server.request("POST", f"/sessions/demo/fork?at={middle}", '{"session":"what-if"}', key)
    assert named[0] == 201 and json.loads(named[2])["session"] == "what-if"
    server.configure(UPDATE.replace("streaming = true", "streaming = false"))
    frames = list(Frames(post(server, "what-if", *question("黄金占多少？"))))
    server.configure(UPDATE)
    assert [f["metadata"]["final_response"] for _, f in frames if f["type"] == "ai_message"] == [True], "another agent"
    assert server.events("demo") == origin, "the origin is as it was"
    for path, status, code in [("demo/fork?at=99999", 409, "offset_beyond_head"), ("nobody/fork", 404, "session_not_found"),
                               ("demo/fork?at=x", 400, "invalid_offset")]:
        got, _, body = server.request("POST", f"/sessions/{path}")
        assert got == status and json.loads(body)["error"]["code"] == code, (path, got, body)
    for body, status, code in [('{"session":"demo2"}', 409, "session_exists"), ('{"session":"-x"}', 400, "invalid_session"),
                               ('{"session":"playhead.x"}', 400, "invalid_session"), ("{", 400, "malformed_json"),
                               ("[]", 400, "invalid_body")]:
        got, _, answer = server.request("POST", "/sessions/demo/fork?at=5", body, {"Content-Type": "application/json"})
        assert got == status and json.loads(answer)["error"]["code"] == code, (body, got, answer)
    server.kill()
    server.start()
    assert server.events("what-if")[-1]["kind"] == "run.completed" and server.events("demo") == origin


def confirmation(server, _):
    """a run may ask: a screenshot that does not add up pauses it, over a restart, and the next message is the answer"""
    server.configure("UPDATE agent_configs SET params_json = '{\"confirm_figures\":true}' WHERE name = 'portfolio_reader'")
    image = cut_png((ROOT / "Tests/Fixtures/screenshots/alipay_1_light_2x.png").read_bytes(), CUT_ROWS)
    body, headers = multipart([("text", None, "帮我看看".encode()), ("image", "a.png", image)])
    frames = list(Frames(post(server, "asks", body, headers)))
    last = frames[-1][1]
    assert last["type"] == "run" and last["metadata"]["status"] == "paused" and last["metadata"]["display"], last
    assert last["content"]["node"] == "convert_portfolio" and "截图" in last["content"]["asks"], last
    assert [f["metadata"]["node_name"] for _, f in frames if f["type"] == "tool_message"] == ["convert_portfolio"], (
        "what is asked about is shown")
    listed = next(s for s in server.json("/sessions")["sessions"] if s["session"] == "asks")
    assert listed["in_progress"] is False, "a paused run is not in progress"
    told = server.get("/metrics")[2].decode()
    assert "\nplayhead_runs_paused 1\n" in told and "\nplayhead_runs_in_progress 0\n" in told
    head = server.json("/sessions/asks")["head"]
    server.kill()
    server.start()
    assert server.json("/sessions/asks")["head"] == head, "a restart leaves it paused"
    body, headers = question("对", None)
    answer = list(Frames(post(server, "asks", body, headers)))
    assert answer[0][1]["type"] == "user_message" and answer[1][1]["metadata"]["status"] == "resumed", answer[:2]
    assert texts(answer)[1], "the run goes on to its answer"
    assert "\nplayhead_runs_resumed_total 0\n" in server.get("/metrics")[2].decode(), "a reply is no restart"
    events = server.events("asks")
    assert events[-1]["kind"] == "run.completed" and sum(e["kind"] == "run.started" for e in events) == 1
    assert [i for i, _ in frames + answer] == [i for i, _ in Frames(server_stream(server, "asks"))]
    server.configure("UPDATE agent_configs SET params_json = '{}' WHERE name = 'portfolio_reader'")


# The fixture is cut below its second holding, so the total that it states does not agree.
CUT_ROWS = 760


def cut_png(png, rows):
    """The first rows of an image: scan lines depend only on those above, so the rest can be left out."""
    header, data, place = None, b"", 8
    while place < len(png):
        length, kind = int.from_bytes(png[place:place + 4]), png[place + 4:place + 8]
        if kind == b"IHDR":
            header = png[place + 8:place + 8 + length]
        elif kind == b"IDAT":
            data += png[place + 8:place + 8 + length]
        place += 12 + length
    width, height = int.from_bytes(header[:4]), int.from_bytes(header[4:8])
    assert header[12] == 0 and rows < height, (header, height)
    lines = zlib.decompress(data)
    chunk = lambda kind, body: len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)  # noqa: E731
    return (png[:8] + chunk(b"IHDR", header[:4] + rows.to_bytes(4) + header[8:])
            + chunk(b"IDAT", zlib.compress(lines[:len(lines) // height * rows])) + chunk(b"IEND", b""))


SLOW = "UPDATE llm_model_configs SET params_json = '{\"tokens_per_second\":20}' WHERE model_name = 'composer'"


def limits(server, options):
    """Guarantee 9: runs beyond the limit wait in a line whose length is told, beyond it 503; a run has a longest time"""
    with other_server(options, "--max-runs", "1", "--max-waiting", "1", "--max-run-seconds", "2", "--max-sessions",
                      "3") as small:
        small.configure(SLOW)
        asked = {"Prefer": "respond-async"}

        def ask(session, query=""):
            body, headers = question("我的基金风险大吗？")
            path = f"/chatbots/xiaomei/chat/{session}{query}"
            status, headers, body = small.request("POST", path, body, headers | asked)
            return status, headers, json.loads(body).get("error", {}).get("code")

        assert ask("first")[0] == 202 and ask("second")[0] == 202
        assert small.json("/health/ready")["runs"] == {"active": 1, "waiting": 1}
        assert b"\nplayhead_sessions_waiting 1\n" in small.get("/metrics")[2], "the line's length is in the metrics"
        assert [e["kind"] for e in small.events("second")] == ["session.opened", "message.received"]
        status, headers, code = ask("third")
        assert (status, code) == (503, "too_many_runs") and int(headers["retry-after"]) > 0, (status, code)
        assert small.get("/sessions/third")[0] == 404, "nothing is half recorded"
        recorded = len(small.events("second"))
        for _ in range(17):
            status, headers, code = ask("second", "?when_busy=enqueue")
            if status != 202:
                break
        assert (status, code) == (429, "queue_full") and int(headers["retry-after"]) > 0, (status, code)
        assert len(small.events("second")) == recorded + 16 and small.request("POST", "/sessions/second/cancel")[0] == 200
        assert ask("second")[0] == 202
        events = wait_for_end(small, "first")
        assert events[-1]["kind"] == "run.failed" and events[-1]["body"]["reason"]["code"] == "run_timeout", events[-1]
        assert any(e["kind"] == "message.interrupted" for e in events)
        assert wait_for_end(small, "second")[-1]["kind"] == "run.failed"
        assert ask("third")[0] == 202
        small.request("POST", "/sessions/third/cancel")
        status, headers, code = ask("fourth")
        assert (status, code) == (503, "too_many_sessions") and int(headers["retry-after"]) > 0, (status, code)
        body = json.dumps({"kind": "custom", "body": {}})
        outside = small.request("POST", "/sessions/fourth/events", body, {"Content-Type": "application/json"})
        assert outside[0] == 503 and small.get("/sessions/fourth")[0] == 404, outside


def stop_twice(server, options):
    """on SIGTERM new chats get 503 with Retry-After while running ones have their grace; a second SIGTERM exits at once"""
    with other_server(options, "--grace", "30") as stopping:
        stopping.configure(SLOW)
        body, headers = question("我的基金风险大吗？")
        async_headers = headers | {"Prefer": "respond-async"}
        assert stopping.request("POST", "/chatbots/xiaomei/chat/running", body, async_headers)[0] == 202
        stopping.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 10
        while True:
            status, answered, reply = stopping.request("POST", "/chatbots/xiaomei/chat/running2", body, async_headers)
            if status == 503:
                break
            assert time.monotonic() < deadline, "new chats are refused while the server drains"
            time.sleep(0.02)
        assert json.loads(reply)["error"]["code"] == "draining" and int(answered["retry-after"]) > 0, (answered, reply)
        assert stopping.get("/health/ready")[0] == 503, "nobody is to be sent here"
        assert stopping.process.poll() is None, "the running one has its grace"
        begun = time.monotonic()
        stopping.process.send_signal(signal.SIGTERM)
        stopping.process.wait(timeout=10)
        assert time.monotonic() - begun < 1, "the second signal exits at once"
        stopping.configure(SLOW.replace("20", "0"))
        stopping.start()
        assert wait_for_end(stopping, "running")[-1]["kind"] == "run.completed"


@contextlib.contextmanager
def other_server(options, *arguments):
    """A server of its own, with other limits."""
    with tempfile.TemporaryDirectory(prefix="playhead-check-") as folder:
        server = Server(
            pathlib.Path(options.binaries).resolve(), f"{folder}/data", f"{folder}/server.log", arguments=arguments)
        try:
            yield server
        finally:
            server.stop()


def open_files(_, options):
    """the server raises its limit of open files: every reader and every answer of a model holds one"""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 65536 if hard == resource.RLIM_INFINITY else min(65536, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, most), hard))
    try:
        with other_server(options) as server:
            assert resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE) == (most, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def wait_for_end(server, session):
    """The events of a session once its run has ended."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        events = server.events(session)
        if events[-1]["kind"] in ("run.completed", "run.failed", "run.cancelled"):
            return events
        time.sleep(0.05)
    raise AssertionError(f"{session} did not end: {events[-1]}")


def audit(server, _):
    """what was recorded verifies after kill -9, by both verifiers and from an old checkpoint; a change and an erasure show"""
    def playhead(*arguments):
        done = subprocess.run([server.binary, *arguments, "--data", server.data], capture_output=True, timeout=120)
        return done.returncode, done.stdout.decode() + done.stderr.decode()

    def second(*arguments):
        done = subprocess.run([sys.executable, ROOT / "Tests/Audit/verify.py", *arguments], capture_output=True, timeout=120)
        return done.returncode, done.stdout.decode() + done.stderr.decode()

    chat(server, "audited")
    assert server.json("/sessions/audited/verify")["status"] == "verified"
    with tempfile.TemporaryDirectory() as folder:
        note, export = pathlib.Path(folder) / "old.note", pathlib.Path(folder) / "audited.playhead"
        note.write_bytes(server.get("/audit/checkpoint")[2])
        key = server.get("/audit/key")[2].decode().strip()
        export.write_bytes(server.get("/sessions/audited/export?who=check")[2])
        body, headers = question("我的基金风险大吗？")
        response = post(server, "killed-audit", body, headers)
        response.read(2000)
        server.kill()
        assert playhead("verify", "--all", "--checkpoint", note)[0] == 0, playhead("verify", "--all", "--checkpoint", note)
        server.start()
        chat(server, "audited2")
        assert playhead("verify", "--all", "--checkpoint", note)[0] == 0, playhead("verify", "--all", "--checkpoint", note)
        assert second("log", server.data, "--checkpoint", note, "--key", key)[0] == 0
        assert second("export", export, "--key", key)[0] == 0
        assert playhead("verify", "--export", export, "--key", key)[0] == 0
        export.write_text(export.read_text(encoding="utf-8").replace("小美", "小丽", 1), encoding="utf-8")
        assert second("export", export, "--key", key)[0] == 1
        assert playhead("verify", "--export", export, "--key", key)[0] == 1
        assert server.request("DELETE", "/sessions/audited2?who=check&why=asked")[0] == 200
        assert server.get("/sessions/audited2")[0] == 410
        assert server.request("POST", "/chatbots/xiaomei/chat/audited2", *question("?"))[0] == 410
        assert playhead("verify", "--all", "--checkpoint", note)[0] == 0
        assert "erased" in playhead("verify", "audited2")[1]


def operators(_, options):
    """check, hot backup, prune, compact: sound before and after, by both verifiers, and nothing old is left in any file"""
    secret = "密语-operators-check"
    with other_server(options, "--checkpoint-command", "true") as server, tempfile.TemporaryDirectory() as folder:
        def playhead(*arguments, data=server.data, code=0):
            done = subprocess.run([server.binary, *arguments, "--data", data], capture_output=True, timeout=300)
            assert done.returncode == code, (arguments, done.returncode, done.stdout.decode(), done.stderr.decode())
            return done.stdout.decode() + done.stderr.decode()

        def second(data):
            done = subprocess.run([sys.executable, ROOT / "Tests/Audit/verify.py", "log", data], capture_output=True)
            assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()

        folder = pathlib.Path(folder)
        # The text in the message itself, and in an attachment.
        secret_file = folder / "secret.csv"
        secret_file.write_bytes((ROOT / "Tests/Fixtures/holdings.csv").read_bytes() + f"# {secret}\n".encode())
        post(server, "old", *question(secret, secret_file)).read()
        chat(server, "kept")
        assert server.json("/sessions/old")["messages"], "a stored projection"
        assert "sound" in playhead("check")
        for command in (["compact"], ["prune", "--older-than", "90d"]):
            assert "writes the log" in playhead(*command, code=69)

        # The server keeps a checkpoint each second, and the backup takes it along.
        deadline = time.monotonic() + 10
        while not (server.data / "checkpoint").exists():
            assert time.monotonic() < deadline, "no checkpoint is kept"
            time.sleep(0.05)

        # A backup while answers are written, started as a server of its own.
        response = post(server, "live", *question("我的基金风险大吗？"))
        copy = folder / "copy"
        assert "verified" in playhead("backup", copy)
        response.read()
        assert "not empty" in playhead("backup", copy, code=74)
        assert not (copy / "log.mark").exists() and not (copy / "keys").exists()
        note = folder / "note"
        note.write_bytes(server.get("/audit/checkpoint")[2])
        key = server.get("/audit/key")[2].decode().strip()
        assert "leads on" in playhead("verify", "--all", "--checkpoint", copy / "origin/checkpoint", "--key", key, data=copy)
        restored = Server(server.binary.parent, copy, folder / "copy.log")
        try:
            mine, theirs = (s.get("/sessions/kept/events", Accept="application/json") for s in (server, restored))
            assert mine[2] == theirs[2], "the events of the copy"
            assert mine[1]["playhead-log"] != theirs[1]["playhead-log"], "a restored log says so"
            assert restored.json("/sessions/kept/verify")["status"] == "verified"
        finally:
            restored.stop()

        assert server.terminate() == 0
        assert "would be deleted" in playhead("prune", "--older-than", "0s", "--dry-run")
        assert playhead("prune", "--older-than", "1d").startswith("0 sessions")
        assert secret.encode() in b"".join(p.read_bytes() for p in server.data.rglob("*") if p.is_file())
        # Everything but what is younger than a second is old now.
        time.sleep(1.1)
        server.start()
        chat(server, "young")
        assert server.terminate() == 0
        newest = sqlite3.connect(server.data / "log.db").execute(
            "SELECT max(at) FROM settled_events e JOIN sessions s ON s.id = e.session WHERE s.name = 'kept'").fetchone()[0]
        age = int(time.time() - newest / 1e6) + 1
        before = sum(p.stat().st_size for p in server.data.glob("log.db*"))
        time.sleep(max(0, newest / 1e6 + age + 0.1 - time.time()))
        playhead("prune", "--older-than", f"{age}s", "--who", "check", "--why", "retention")
        for path in server.data.rglob("*"):
            assert not path.is_file() or secret.encode() not in path.read_bytes(), path
        assert "sound" in playhead("check")
        assert "pruned" in playhead("verify", "--all", "--checkpoint", note, "--key", key)
        second(server.data)
        playhead("compact")
        assert sum(p.stat().st_size for p in server.data.glob("log.db*")) < before
        assert "sound" in playhead("check")
        server.start()
        assert server.get("/sessions/old")[0] == 410
        assert server.get("/sessions/young")[0] == 200
        assert any('"pruned":true' in json.dumps(e, separators=(",", ":")) for e in server.events("playhead.audit"))
        server.terminate()
        with sqlite3.connect(server.data / "projections.db") as database:
            database.execute("UPDATE states SET state = replace(state, 'xiaomei', 'xiaomai')")
        assert "DAMAGED" in playhead("check", code=1)
        (server.data / "projections.db").unlink()
        assert "sound" in playhead("check")
        # A changed letter breaks no rule of the tables: the seals tell.
        with sqlite3.connect(server.data / "log.db") as database:
            database.execute("DROP TRIGGER settled_events_are_immutable")
            changed = database.execute(
                "UPDATE settled_events SET body = replace(body, 'xiaomei', 'xiaomai') WHERE body LIKE '%xiaomei%'").rowcount
            assert changed > 0
        assert "DAMAGED" in playhead("check", code=1)


def blocked_erasure(_, options):
    """while another program reads the log all the time, an erasure cannot end: the server starts, works, and ends it later"""
    secret = "密语-blocked-erasure"
    with other_server(options) as server:
        chat(server, "person", secret)
        reader = sqlite3.connect(f"file:{server.data / 'log.db'}?mode=ro", uri=True, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM settled_events").fetchone()
        status, _, body = server.request("DELETE", "/sessions/person?who=check")
        assert status >= 500 and b"another program reads" in body, (status, body)
        assert server.get("/sessions/person")[0] == 410
        server.kill()
        server.start()
        chat(server, "other")
        assert server.get("/sessions/person")[0] == 410
        assert "an erasure is not finished" in open(server.log.name).read()
        reader.execute("COMMIT")
        reader.close()
        deadline = time.monotonic() + 60
        while any(secret.encode() in path.read_bytes() for path in server.data.rglob("*") if path.is_file()):
            assert time.monotonic() < deadline, "the text is still in the files"
            time.sleep(0.2)
        assert server.json("/sessions/person/verify")["status"] == "verified"


def replay_key(_, options):
    """the space bar pauses a replay in a terminal and lets it go on, and the terminal is as it was"""
    with other_server(options) as server:
        server.configure("UPDATE llm_model_configs SET params_json = '{\"tokens_per_second\":60}'"
                         " WHERE provider = 'local' AND model_name = 'composer'")
        chat(server, "played")
        server.terminate()
        control, terminal = pty.openpty()
        before = termios.tcgetattr(terminal)
        process = subprocess.Popen(
            [server.binary, "replay", "played", "--data", server.data, "--max-pause", "0.1"],
            stdin=terminal, stdout=terminal, stderr=terminal)

        def output(seconds):
            """What comes until nothing has come for so long."""
            data = b""
            while select.select([control], [], [], seconds)[0]:
                data += os.read(control, 65536)
                if len(data) > 400:
                    break
            return data

        assert len(output(20)) > 400, "it plays"
        os.write(control, b" ")
        # What was on its way still comes.
        while len(output(0.5)) > 400:
            pass
        assert output(1) == b"", "it is paused"
        assert process.poll() is None
        os.write(control, b" ")
        assert output(20) != b"", "it goes on"
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            output(0.1)
        assert process.returncode == 0
        assert termios.tcgetattr(terminal) == before
        os.close(control)
        os.close(terminal)


CHECKS = [main_job, in_turn, resume_everywhere, raw_events, tail_raw, configuration, languages, bad_input, append_from_outside,
          second_writer, used_port, mistyped, open_files, metrics, stream_check, fork, confirmation, cancel, audit, operators, offline, blocked_erasure,
          replay_key, drain, limits,
          stop_twice, rebuild, *commands.CHECKS, show_erased, *top.CHECKS, *outputs.CHECKS]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries", default=".build/debug")
    parser.add_argument("--only")
    parser.add_argument("--promtool", default="promtool")
    options = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="playhead-check-") as folder:
        server = Server(pathlib.Path(options.binaries).resolve(), f"{folder}/data", f"{folder}/server.log")
        for check in CHECKS:
            if options.only and check.__name__ not in ("main_job", options.only):
                continue
            begun = time.monotonic()
            try:
                check(server, options)
                print(f"ok    {check.__doc__} ({time.monotonic() - begun:.1f} s)", flush=True)
            except Exception:
                failed += 1
                print(f"FAIL  {check.__doc__}\n{traceback.format_exc()}", flush=True)
                print(open(server.log.name).read()[-3000:])
                if server.process.poll() is not None:
                    server.start()
        server.stop()
    print(f"{len(CHECKS) - failed} passed, {failed} failed" if not options.only else f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
