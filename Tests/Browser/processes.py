"""The server that the browser test drives, and the wire between the two, which the test can cut."""

import contextlib
import http.client
import http.server
import json
import os
import select
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.request

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
# The policy of the page, so that a run with --web-root is as strict as the binary.
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The real server as a process of its own, that can be killed and started again on the same data."""

    def __init__(self, binary, data, log):
        self.binary, self.data, self.port = binary, data, free_port()
        self.log = open(log, "ab")
        self.process = None

    def start(self):
        command = [self.binary, "serve", "--data", self.data, "--port", str(self.port)]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 60
        while True:
            try:
                return self.get("/health/ready")
            except OSError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(
                        f"error: the server did not start: {error}\nhint: its output is in {self.log.name}")
                time.sleep(0.05)

    def kill(self):
        """As a crash: no chance to say anything."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        self.log.close()

    def set_speed(self, tokens_per_second, delivery=5000):
        """How fast the local model writes from the next run on, 0 as fast as it can, and how many characters a second
        are delivered; None for the natural pace."""
        database = sqlite3.connect(os.path.join(self.data, "config.db"), timeout=10)
        with contextlib.closing(database), database:
            database.execute(
                "UPDATE llm_model_configs SET params_json = ?, stream_chars_per_second = ?"
                " WHERE provider = 'local' AND model_name = 'composer'",
                (json.dumps({"tokens_per_second": tokens_per_second}), delivery))

    def get(self, path):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers={"Accept": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def post(self, path, body):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def erase(self, session, offset):
        """Erases one event, as an auditor does."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/sessions/{session}/events/{offset}?who=test", method="DELETE")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def ask(self, session, *contents):
        """A whole chat without the browser."""
        return self.post(f"/chatbots/xiaomei/chat/{session}?stream=false", {"contents": list(contents)})

    def answers(self, session):
        """The texts that stand at the end, as the projection has them."""
        return [message["text"] for message in self.get(f"/sessions/{session}")["messages"]
                if message["role"] == "assistant" and not message["is_superseded"]]


class Relay:
    """Passes bytes between the browser and the server until it is cut."""

    def __init__(self, upstream):
        self.upstream, self.is_open, self.pairs = upstream, True, set()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """Resets every connection, and refuses new ones until `mend`."""
        self.is_open = False
        for pair in list(self.pairs):
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def mend(self):
        self.is_open = True

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            if self.is_open:
                threading.Thread(target=self._pass, args=(client,), daemon=True).start()
            else:
                client.close()

    def _pass(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.upstream))
        except OSError:
            return client.close()
        pair = (client, server)
        self.pairs.add(pair)
        try:
            while self.is_open:
                for source in select.select(pair, [], [], 1)[0]:
                    data = source.recv(1 << 16)
                    if not data:
                        return None
                    (server if source is client else client).sendall(data)
        except OSError:
            pass  # One end has gone; so does the other.
        finally:
            self.pairs.discard(pair)
            client.close()
            server.close()


class WebRoot:
    """Serves the page from a folder and passes everything else to the server, while the page is being written."""

    def __init__(self, folder, upstream):
        handler = type("Handler", (_WebRootHandler,), {"folder": folder, "upstream": upstream})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class _WebRootHandler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def handle_one_request(self):
        with contextlib.suppress(OSError):
            super().handle_one_request()

    def do_GET(self):
        name = self.path.split("?")[0].lstrip("/") or "index.html"
        path = os.path.join(self.folder, name)
        kind = MEDIA_TYPES.get(os.path.splitext(name)[1])
        if "/" in name or kind is None or not os.path.exists(path):
            return self.relay()
        with open(path, "rb") as file:
            body = file.read()
        self.send_response(200)
        fields = {"Content-Type": kind, "Content-Security-Policy": POLICY, "Content-Length": str(len(body))}
        for field, value in fields.items():
            self.send_header(field, value)
        self.end_headers()
        self.wfile.write(body)

    def relay(self):
        size = int(self.headers.get("Content-Length") or 0)
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream)
        fields = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        fields["Connection"] = "close"
        connection.request(self.command, self.path, self.rfile.read(size) if size else None, fields)
        answer = connection.getresponse()
        # The bytes of the body go on as they come, chunk sizes included, so that a cut stays a cut.
        self.wfile.write(f"HTTP/1.1 {answer.status} {answer.reason}\r\n".encode())
        for name, value in answer.getheaders():
            if name.lower() != "connection":
                self.wfile.write(f"{name}: {value}\r\n".encode("latin-1"))
        self.wfile.write(b"Connection: close\r\n\r\n")
        while data := answer.fp.read1(1 << 16) if answer.fp else b"":
            self.wfile.write(data)
            self.wfile.flush()

    do_POST = do_HEAD = relay
