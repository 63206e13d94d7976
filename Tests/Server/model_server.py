"""A model's server for checks: OpenAI's chat completions and responses, streamed, on a port of this machine.

It generates at its own rate, whether anybody reads or not. An answer that was asked for under a name of its own
(`X-Conversation-Id`, or a background response) goes on when its reader is gone, and can be had again from any byte or
sequence number; any other ends with its connection.
"""
import http.server
import json
import select
import socket
import threading
import time


class Generation:
    """One answer: its events become available with time."""

    def __init__(self, events, rate, stop_after=None):
        self.events, self.rate, self.stop_after = events, rate, stop_after
        self.begun = time.monotonic()
        self.is_stopped = False

    def available(self):
        count = int((time.monotonic() - self.begun) * self.rate) + 1 if self.rate else len(self.events)
        return min(count, len(self.events) if self.stop_after is None else self.stop_after)

    @property
    def is_whole(self):
        return self.available() == len(self.events)


class Upstream:
    """What it says is `answer(request)`, a list of deltas; a test changes that and the rate between questions."""

    def __init__(self):
        self.answer = lambda request: ["你", "好"]
        self.fault = lambda number: None  # a status to refuse the request with
        self.stop_after = lambda number: None  # events after which it falls silent
        self.rate = 0
        self.questions, self.headers, self.resumed, self.stopped = [], [], [], []
        self.closes = []  # when the readers of unfinished answers went away
        self.kept = {}
        self.lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"upstream": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def chat_events(pieces):
    chunks = [{"role": "assistant", "content": None}] + [{"content": piece} for piece in pieces] + [{}]
    events = []
    for index, delta in enumerate(chunks):
        choice = {"index": 0, "delta": delta, "finish_reason": "stop" if index == len(chunks) - 1 else None}
        body = {"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}
        events.append(b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\n\n")
    usage = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": len(pieces)}}
    return events + [b"data: " + json.dumps(usage).encode() + b"\n\n", b"data: [DONE]\n\n"]


def response_events(pieces, name):
    bodies = [{"type": "response.created", "response": {"id": name}}]
    bodies += [{"type": "response.output_text.delta", "delta": piece} for piece in pieces]
    bodies += [{"type": "response.completed", "response": {"id": name, "status": "completed"}}]
    events = []
    for number, body in enumerate(bodies):
        text = json.dumps(body | {"sequence_number": number}, ensure_ascii=False)
        events.append(f"event: {body['type']}\ndata: {text}\n\n".encode())
    return events


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream = None

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        upstream = self.upstream
        if self.path.endswith("/cancel"):
            return self.stop(self.path.split("/")[-2])
        request = json.loads(body)
        with upstream.lock:
            upstream.questions.append(request)
            upstream.headers.append(dict(self.headers))
            number = len(upstream.questions)
        status = upstream.fault(number)
        if status:
            return self.reply(status, {"error": {"message": "told to fail"}})
        pieces = upstream.answer(request)
        if not request.get("stream"):
            message = {"role": "assistant", "content": "".join(pieces)}
            return self.reply(200, {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
        if self.path.endswith("/responses"):
            name = f"resp_{number}"
            events = response_events(pieces, name)
        else:
            name = self.headers.get("X-Conversation-Id")
            events = chat_events(pieces)
        generation = Generation(events, upstream.rate, upstream.stop_after(number))
        if name and (request.get("background") or "/chat/" in self.path):
            with upstream.lock:
                earlier = upstream.kept.get(name)
                if earlier:
                    earlier.is_stopped = True
                upstream.kept[name] = generation
        self.stream(generation, 0, 0)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        values = dict(part.split("=", 1) for part in query.split("&") if "=" in part)
        if path == "/v1/stream":
            name, place = values["conv_id"].replace("%2F", "/"), int(values["from"])
        elif path.startswith("/v1/responses/"):
            name, place = path.split("/")[-1], int(values.get("starting_after", -1)) + 1
        else:
            return self.reply(404, {"error": {"message": "no such path"}})
        generation = self.upstream.kept.get(name)
        with self.upstream.lock:
            self.upstream.resumed.append((name, place))
        if generation is None or generation.is_stopped:
            return self.reply(404, {"error": {"message": "no such answer"}})
        if path == "/v1/stream":
            return self.stream(generation, 0, place)
        self.stream(generation, place, 0)

    def do_DELETE(self):
        self.stop(self.path.partition("conv_id=")[2].replace("%2F", "/"))

    def stop(self, name):
        with self.upstream.lock:
            self.upstream.stopped.append((time.monotonic(), name))
            if name in self.upstream.kept:
                self.upstream.kept[name].is_stopped = True
        self.reply(200, {})

    def reply(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, generation, given, skipped):
        """Sends what is there and what comes, but for the first bytes, until the end or until the reader is gone."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while given < len(generation.events):
                count = generation.available()
                piece = b"".join(generation.events[given:count])
                given = max(given, count)
                sent, skipped = piece[skipped:], max(0, skipped - len(piece))
                if sent:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(sent), sent))
                if given == len(generation.events):
                    break
                # The next token, or the reader's end, whichever comes first.
                if select.select([self.connection], [], [], 0.002)[0] and not self.connection.recv(1, socket.MSG_PEEK):
                    raise ConnectionError
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            with self.upstream.lock:
                self.upstream.closes.append(time.monotonic())
            self.close_connection = True
