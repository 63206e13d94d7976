#!/usr/bin/env python3
"""Compares Playhead with what one would take instead, on this machine, in one run, with one load generator.

Each server streams sessions at 30 tokens a second over SSE; a token's text is the time when it was due. The number of
sessions grows until the 99th percentile from then to the client passes 100 ms. Then each is killed with kill -9 in
the middle of its answers and started again: what is left of the tokens that its clients had seen?

    Tools/peers/compare.py --benchmark .build/release/benchmark

Playhead is `benchmark serve-target`: the parts of `playhead serve` (runs, the sealed log with synchronous=FULL, HTTP) and
an agent in the process that says the time. The others make their tokens in their own processes too.

Needs redis-server (Debian) and, from PyPI, `langgraph-cli[inmem]`, redis, hiredis, aiohttp and uvloop in the running
Python. A server that says of an error of its own ends the comparison: its figures would mean nothing.
"""
import argparse
import contextlib
import http.client
import json
import os
import pathlib
import re
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
        log = pathlib.Path(self.directory, "log.txt").read_text(errors="replace")
        shutil.rmtree(self.directory)
        if "Traceback" in log:
            raise SystemExit(f"{self.name} failed:\n{log[log.index('Traceback'):][:4000]}")

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
        """What joining the thread's runs from their beginning gives, within three seconds each."""
        thread, found = self.threads[session - 1], []
        for run in call(self.port, "GET", f"/threads/{thread}/runs"):
            with socket.create_connection(("127.0.0.1", self.port)) as client:
                client.settimeout(1)
                client.sendall((f"GET /threads/{thread}/runs/{run['run_id']}/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                "Accept: text/event-stream\r\nLast-Event-ID: -1\r\n\r\n").encode())
                found += stamps(client, time.monotonic() + 3)
        return found

    goes_on = Playhead.goes_on


def stamps(client, deadline=None):
    """The tokens that a stream brings until it ends, is silent for long, or the deadline comes."""
    found, text = [], ""
    while deadline is None or time.monotonic() < deadline:
        try:
            received = client.recv(1 << 16)
        except OSError:
            break
        if not received:
            break
        lines = (text + received.decode(errors="replace")).split("\n")
        text = lines.pop()
        for line in lines:
            start = line.find('"content":"')
            stamp = line[start + 11:start + 23]
            if line.startswith("data: ") and start >= 0 and re.fullmatch("[0-9a-f]{12}", stamp):
                found.append(stamp)
    return found


def load(options, server, requests):
    """What the load generator measured, and what the server used while its clients were connected."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(requests, file)
        file.flush()
        cpu, memory = server.cpu(), server.memory()
        process = subprocess.Popen(
            [options.benchmark, "load", "--port", str(server.port), "--requests", file.name, "--seconds",
             str(options.seconds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = process.stdout.readline()
        if line:
            figures = json.loads(line)
            figures["cpu_us"] = (server.cpu() - cpu) / max(1, figures["all_frames"]) * 1e6
            figures["kib"] = (server.memory() - memory) / len(requests) / 1024
        process.communicate("\n")
        return figures if line else None


def measure(kind, options):
    for count in options.sessions:
        server = kind(options)
        try:
            figures = load(options, server, server.requests(count))
            if figures is None:
                break
        finally:
            server.close()
        whole = figures["tokens"] >= 0.98 * 30 * count * options.seconds and figures["ended"] == 0
        holds = whole and figures["p99_ms"] <= 100
        print(f"{kind.name}: {count} sessions: {figures['tokens'] / options.seconds:.0f} tokens/s, p50 "
              f"{figures['p50_ms']:.1f} ms, p99 {figures['p99_ms']:.1f} ms, {figures['cpu_us']:.0f} µs of CPU a token, "
              f"{figures['kib']:.0f} KiB a session{'' if holds else ' (does not hold)'}", flush=True)
        if not holds:
            break


def survive(kind, options, count=5):
    """Kills a server in the middle of its answers; what the clients had seen, what is left of it, and what goes on."""
    server = kind(options)
    try:
        seen = [[] for _ in range(count)]

        def read(number, request):
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                client.sendall(request.encode())
                seen[number] = stamps(client)

        readers = [threading.Thread(target=read, args=pair, daemon=True)
                   for pair in enumerate(server.requests(count))]
        for reader in readers:
            reader.start()
        time.sleep(5)
        # A server of which nothing could be had even now could not lose anything.
        if not all(server.left(n) for n in range(1, count + 1)):
            print(f"{kind.name}: kill -9: not measured, since what is recorded cannot be read", flush=True)
            return
        server.kill()
        for reader in readers:
            reader.join(10)
        server.start()
        left = [set(server.left(n)) for n in range(1, count + 1)]
        lost = sum(1 for tokens, kept in zip(seen, left) for token in tokens if token not in kept)
        goes_on = sum(server.goes_on(n) for n in range(1, count + 1))
        print(f"{kind.name}: kill -9: clients had seen {sum(map(len, seen))} tokens, {lost} of them are lost; "
              f"{goes_on} of {count} answers go on or begin anew after the restart", flush=True)
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
