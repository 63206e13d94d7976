#!/usr/bin/env python3
"""Compares Playhead with what one would take instead, on this machine, in one run, with one load generator.

Each server streams sessions at 30 tokens a second over SSE; a token's text is the time of its making. The number of
sessions grows until the 99th percentile from the making to the client passes 100 ms. Then each is killed with kill -9 in
the middle of its answers and started again: what is left of the tokens that its clients had seen?

    Tools/peers/compare.py --benchmark .build/release/benchmark --playhead .build/release/playhead

Needs redis-server (Debian) and, from PyPI, `langgraph-cli[inmem]`, redis, aiohttp and uvloop in the running Python.
"""
import argparse
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
CHAT = json.dumps({"contents": [{"content_type": "text", "content": "?"}]})


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise SystemExit(f"nothing listens on port {port}")


def call(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json", "Accept": "application/json"})
    answer = connection.getresponse().read()
    return json.loads(answer) if answer else None


def post(path, body):
    return (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body.encode())}\r\n\r\n{body}")


class Server:
    """A server of some processes over a directory; `requests` makes what starts a stream in each of some sessions."""

    def __init__(self, options):
        self.options = options
        self.directory = tempfile.mkdtemp(prefix="peers-")
        self.processes = []
        self.start()

    def run(self, *command, **environment):
        log = open(f"{self.directory}/log.txt", "ab")
        self.processes.append(subprocess.Popen(
            command, cwd=self.directory, stdin=subprocess.PIPE, stdout=log, stderr=log,
            env=os.environ | environment, start_new_session=True))

    def kill(self):
        for process in self.processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes = []

    def close(self):
        self.kill()
        shutil.rmtree(self.directory)

    def descendants(self):
        """The processes of its process groups."""
        groups = {process.pid for process in self.processes}
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                    if int(fields[2]) in groups:
                        yield entry, fields

    def cpu(self):
        return sum(int(f[11]) + int(f[12]) for _, f in self.descendants()) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        pages = 0
        for entry, _ in self.descendants():
            with contextlib.suppress(OSError):
                pages += int((entry / "statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE")


class Playhead(Server):
    name = "Playhead"

    def start(self):
        self.port = free_port()
        self.run(self.options.benchmark, "serve-target", "--directory", f"{self.directory}/data", "--port", str(self.port))
        wait_for(self.port)

    def requests(self, count):
        return [post(f"/chatbots/clock/chat/s{n}?pace=off", CHAT) for n in range(1, count + 1)]

    def left(self, session):
        events = call(self.port, "GET", f"/sessions/s{session}/events?kind=token&limit=5000")["events"]
        return [event["body"]["text"] for event in events]

    def goes_on(self, session):
        before = len(self.left(session))
        time.sleep(2)
        return len(self.left(session)) > before


class Redis(Server):
    name = "Redis Streams behind a relay"

    def start(self):
        self.store, self.port = free_port(), free_port()
        self.run("redis-server", "--port", str(self.store), "--dir", self.directory, "--appendonly", "yes",
                 "--appendfsync", "always", "--save", "")
        wait_for(self.store)
        self.run(sys.executable, str(HERE / "redis_relay.py"), str(self.store), str(self.port))
        wait_for(self.port)

    def requests(self, count):
        return [post(f"/chat/s{n}", CHAT) for n in range(1, count + 1)]

    def left(self, session):
        import redis
        entries = redis.Redis(port=self.store).xrange(f"s{session}")
        return [fields[b"t"].decode() for _, fields in entries]

    goes_on = Playhead.goes_on


class LangGraph(Server):
    name = "LangGraph development server"

    def start(self):
        self.port = free_port()
        for file in ("langgraph_app.py", "langgraph.json"):
            shutil.copy(HERE / file, self.directory)
        self.run(str(pathlib.Path(sys.executable).parent / "langgraph"), "dev", "--no-browser", "--no-reload", "--port",
                 str(self.port), "--n-jobs-per-worker", "1000", LANGSMITH_TRACING="false")
        wait_for(self.port)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(Exception):
                if call(self.port, "GET", "/ok"):
                    return
            time.sleep(0.2)

    def requests(self, count):
        self.threads = [call(self.port, "POST", "/threads", {})["thread_id"] for _ in range(count)]
        body = json.dumps({"assistant_id": "clock", "input": {"messages": [{"role": "user", "content": "?"}]},
                           "stream_mode": ["messages-tuple"], "stream_resumable": True})
        return [post(f"/threads/{thread}/runs/stream", body) for thread in self.threads]

    def left(self, session):
        """The text of the thread's messages, and what joining its runs gives."""
        thread = self.threads[session - 1]
        found = []
        with contextlib.suppress(Exception):
            messages = call(self.port, "GET", f"/threads/{thread}/state")["values"].get("messages", [])
            text = "".join(m["content"] for m in messages if m["type"] == "ai")
            found = [text[i:i + 12] for i in range(0, len(text), 12)]
        return found

    goes_on = Playhead.goes_on


def load(options, port, requests, seconds):
    """What the load generator measured."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(requests, file)
        file.flush()
        result = subprocess.run(
            [options.benchmark, "load", "--port", str(port), "--requests", file.name, "--seconds", str(seconds)],
            capture_output=True, text=True)
    if result.returncode:
        print(result.stderr.strip(), flush=True)
        return None
    return json.loads(result.stdout)


def measure(kind, options):
    largest = None
    for count in options.sessions:
        server = kind(options)
        try:
            requests = server.requests(count)
            before, idle = server.cpu(), server.memory()
            figures = load(options, server.port, requests, options.seconds)
            if figures is None:
                break
            figures["cpu_us"] = (server.cpu() - before) / max(1, figures["all_frames"]) * 1e6
            figures["kib"] = (server.memory() - idle) / count / 1024
            figures["sessions"] = count
        finally:
            server.close()
        holds = figures["p99_ms"] <= 100 and figures["frames"] >= 0.95 * 30 * count * options.seconds
        print(f"{kind.name}: {count} sessions: {figures['frames'] / options.seconds:.0f} tokens/s, p50 "
              f"{figures['p50_ms']:.1f} ms, p99 {figures['p99_ms']:.1f} ms, {figures['cpu_us']:.0f} µs of CPU a token, "
              f"{figures['kib']:.0f} KiB a session{'' if holds else ' (does not hold)'}", flush=True)
        if not holds:
            break
        largest = figures
    return largest


def survive(kind, options, count=5):
    """Kills a server in the middle of its answers; what the clients had seen, what is left of it, and what goes on."""
    server = kind(options)
    try:
        seen = [[] for _ in range(count)]

        def read(number, request):
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                client.sendall(request.encode())
                with contextlib.suppress(OSError):
                    for line in client.makefile("r", encoding="utf-8", newline="\n"):
                        start = line.find('"content":"')
                        if line.startswith("data: ") and start >= 0:
                            stamp = line[start + 11:start + 23]
                            if all(c in "0123456789abcdef" for c in stamp) and len(stamp) == 12:
                                seen[number].append(stamp)

        readers = [threading.Thread(target=read, args=pair, daemon=True)
                   for pair in enumerate(server.requests(count))]
        for reader in readers:
            reader.start()
        time.sleep(5)
        server.kill()
        for reader in readers:
            reader.join(10)
        server.start()
        left = [set(server.left(n)) for n in range(1, count + 1)]
        lost = sum(1 for tokens, kept in zip(seen, left) for token in tokens if token not in kept)
        goes_on = sum(server.goes_on(n) for n in range(1, count + 1))
        print(f"{kind.name}: kill -9: clients had seen {sum(map(len, seen))} tokens, {lost} of them are lost; "
              f"{goes_on} of {count} answers go on after the restart", flush=True)
    finally:
        server.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--benchmark", required=True, type=os.path.abspath)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 10, 50, 100, 250, 500, 1000, 1500, 2000, 3000])
    parser.add_argument("--only", nargs="+", default=["playhead", "redis", "langgraph"])
    options = parser.parse_args()
    kinds = {"playhead": Playhead, "redis": Redis, "langgraph": LangGraph}
    for name in options.only:
        measure(kinds[name], options)
    for name in options.only:
        survive(kinds[name], options)


main()
