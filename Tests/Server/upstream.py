"""A model's server on a real port: streams a given text token by token as chat completions, and counts its calls."""
import http.server
import json
import threading
import time


class Upstream:
    """`recorded`, where given, counts the tokens in the server's log: one is sent when the one before is recorded.

    `before_piece` is told the number of each piece before it is sent; the end of the answer is one more.
    """

    def __init__(self, text="", tokens=40, pause=0, recorded=None):
        self.text = text
        self.tokens = tokens
        self.pause = pause
        self.recorded = recorded
        self.before_piece = lambda number: None
        self.calls = 0
        self.lock = threading.Lock()
        upstream = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                with upstream.lock:
                    upstream.calls += 1
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                self.close_connection = True
                try:
                    before = upstream.recorded() if upstream.recorded else 0
                    for number, piece in enumerate(upstream.pieces(), 1):
                        upstream.before_piece(number)
                        self.send({"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
                        upstream.rest(before + number)
                    upstream.before_piece(number + 1)
                    self.send({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
                    self.wfile.write(b"data: [DONE]\n\n")
                except OSError:
                    pass  # the server was killed

            def send(self, chunk):
                self.wfile.write(b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n")
                self.wfile.flush()

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def rest(self, count):
        """Until so many tokens are recorded, or the server is gone."""
        deadline = time.monotonic() + 5
        while self.recorded and self.recorded() < count and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(self.pause)

    def pieces(self):
        """The text in about so many pieces."""
        size = -(-len(self.text) // self.tokens)
        return [self.text[i:i + size] for i in range(0, len(self.text), size)]

    def take_calls(self):
        """How many calls came since the last look."""
        with self.lock:
            calls, self.calls = self.calls, 0
            return calls

    @property
    def sql(self):
        """Has the advisor speak through this upstream."""
        return ("UPDATE llm_model_configs SET provider = 'openai_compatible', model_name = 'counted', retries = 0, "
                f"base_url = 'http://127.0.0.1:{self.http.server_address[1]}/v1' WHERE name = 'local-composer'")
