"""A real playhead server for checks: its own process, its own data directory, a free port."""
import http.client
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """Starts, kills and restarts the server on one data directory and one port."""

    def __init__(self, binaries, data, log, tokens_per_second=0, environment=None, arguments=()):
        self.binary = pathlib.Path(binaries) / "playhead"
        self.tail = pathlib.Path(binaries) / "tail-session"
        self.data = pathlib.Path(data)
        self.log = open(log, "ab")
        self.port = free_port()
        self.process = None
        self.environment = environment
        self.arguments = arguments
        self.start()
        if tokens_per_second:
            self.configure(f"UPDATE llm_model_configs SET params_json = '{{\"tokens_per_second\":{tokens_per_second}}}'"
                           " WHERE provider = 'local' AND model_name = 'composer'")

    def start(self):
        self.process = subprocess.Popen(
            [self.binary, "serve", "--data", self.data, "--port", str(self.port), "--grace", "1", *self.arguments],
            stdout=self.log, stderr=self.log, cwd=ROOT, env=self.environment)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}: see {self.log.name}")
            try:
                if self.get("/health/ready")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise AssertionError("the server did not become ready within 30 s")

    def kill(self):
        """kill -9: nothing is flushed, nobody is told."""
        self.process.kill()
        self.process.wait()

    def terminate(self):
        """SIGTERM; gives the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.kill()
        self.log.close()

    def connection(self, timeout=60):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None):
        """One request; gives status, headers and body."""
        connection = self.connection()
        try:
            connection.request(method, urllib.parse.quote(path, safe="/?&=%:"), body=body, headers=headers or {})
            response = connection.getresponse()
            return response.status, dict((k.lower(), v) for k, v in response.getheaders()), response.read()
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def json(self, path):
        status, _, body = self.get(path, Accept="application/json")
        assert status == 200, (path, status, body[:300])
        return json.loads(body)

    def events(self, session):
        """Every raw event of a session."""
        events, after = [], 0
        while True:
            page = self.json(f"/sessions/{session}/events?after={after}")
            events += page["events"]
            if not page["events"]:
                return events
            after = page["next"]

    def configure(self, sql):
        """Runs SQL on config.db as an operator would, while the server runs."""
        with sqlite3.connect(self.data / "config.db", timeout=10) as database:
            database.executescript(sql)

    def run_tail(self, *arguments, check=True):
        result = subprocess.run([self.tail, *arguments], capture_output=True, timeout=60)
        assert not check or result.returncode == 0, (arguments, result.returncode, result.stderr.decode())
        return result


def multipart(fields):
    """A multipart/form-data body of (name, filename or None, bytes)."""
    boundary = "playhead-check-" + os.urandom(8).hex()
    body = b""
    for name, filename, content in fields:
        body += f"--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"".encode()
        if filename:
            body += f"; filename=\"{filename}\"\r\nContent-Type: application/octet-stream".encode()
        body += b"\r\n\r\n" + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def question(text, file=ROOT / "Tests/Fixtures/holdings.csv"):
    """The posted form of a question, with the holdings where a file is given."""
    files = [("file", file.name, file.read_bytes())] if file else []
    return multipart([("text", None, text.encode()), *files])


class Frames:
    """Reads server-sent events from a response: (id, frame) for each, and how the stream ended."""

    def __init__(self, response):
        self.response = response
        self.last_id = None

    def __iter__(self):
        block = []
        while True:
            try:
                line = self.response.readline()
            except (http.client.IncompleteRead, ConnectionError, TimeoutError):
                return
            if not line:
                return
            line = line.rstrip(b"\n")
            if line:
                block.append(line)
                continue
            fields = dict(part.split(b": ", 1) for part in block if b": " in part and not part.startswith(b":"))
            block = []
            if b"data" in fields:
                self.last_id = fields[b"id"].decode()
                yield self.last_id, json.loads(fields[b"data"])


def texts(frames):
    """The streamed text of each message and the final text, from frames: ({message: text}, {message: final})."""
    streamed, final = {}, {}
    for _, frame in frames:
        if frame["type"] != "ai_message":
            continue
        message = frame["metadata"].get("message")
        if frame["metadata"]["streaming"]:
            streamed[message] = streamed.get(message, "") + frame["content"]
        elif frame["metadata"]["final_response"]:
            final[message] = frame["content"]
    return streamed, final
