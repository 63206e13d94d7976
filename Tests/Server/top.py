"""playhead top, at a terminal and elsewhere."""
import contextlib
import fcntl
import http.server
import os
import pty
import re
import select
import signal
import struct
import subprocess
import tempfile
import termios
import threading
import time

from server import Frames, Server, free_port, question


class Terminal:
    """A program at a terminal of its own, and what it has written."""

    def __init__(self, command, rows=24, columns=100):
        self.control, self.terminal = pty.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(self.terminal)
        self.text = ""
        self.process = subprocess.Popen(
            command, stdin=self.terminal, stdout=self.terminal, stderr=self.terminal, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), env={**os.environ, "TERM": "xterm"})

    def resize(self, rows, columns):
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds=0.1):
        while select.select([self.control], [], [], seconds)[0]:
            self.text += os.read(self.control, 65536).decode(errors="replace")
            seconds = 0

    def until(self, pattern, seconds=20):
        """Reads until the pattern stands in what is new, and forgets what was before its end."""
        deadline = time.monotonic() + seconds
        while not (found := re.search(pattern, self.text, re.S)):
            assert time.monotonic() < deadline and self.process.poll() is None, (pattern, self.text[-2000:])
            self.read()
        self.text = self.text[found.end():]
        return found

    def ended(self, seconds=10):
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "it goes on"
            self.read()
        self.read()
        return self.process.returncode

    def is_restored(self):
        return (termios.tcgetattr(self.terminal) == self.before
                and self.text.rstrip().endswith("\x1b[?25h\x1b[?1049l"))

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.control)
        os.close(self.terminal)


@contextlib.contextmanager
def terminal(*command, **options):
    opened = Terminal([*map(str, command)], **options)
    try:
        yield opened
    finally:
        opened.close()


def top_plain(server, _):
    """top -n prints looks with rates, also at a terminal and without taking it; elsewhere there is no control character"""
    address = f"http://127.0.0.1:{server.port}"
    with terminal(server.binary, "top", "-n", "1", "--server", address) as shown:
        assert shown.ended() == 0
        assert "\x1b" not in shown.text and termios.tcgetattr(shown.terminal) == shown.before
        assert re.search(r"tokens +[0-9.]+/s", shown.text) and re.search(r"CPU +[0-9]+ %", shown.text), shown.text
        assert shown.text.count("streams") == 1
    result = subprocess.run(
        [server.binary, "top", "-n", "3", "--interval", "0.2", "--server", address], capture_output=True, text=True, check=True)
    assert result.stdout.count("streams  ") == 3 and "\x1b" not in result.stdout and not result.stderr
    # Without -n as well, until it is ended.
    process = subprocess.Popen(
        [server.binary, "top", "--interval", "0.2", "--server", address], stdout=subprocess.PIPE, text=True)
    lines = []
    while sum(line.startswith("streams") for line in lines) < 3:
        lines.append(process.stdout.readline())
        assert lines[-1], "it ended"
    process.terminate()
    process.communicate()
    assert "\x1b" not in "".join(lines)
    result = subprocess.run([server.binary, "top", "--server", f"http://127.0.0.1:{free_port()}"], capture_output=True, text=True)
    assert result.returncode == 69 and result.stderr.startswith("error: the server cannot be reached"), result


def top_live(main, _):
    """top at a terminal waits for a server that restarts or hangs, follows the terminal's size, and leaves it as it was"""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(main.binary.parent, f"{folder}/data", f"{folder}/log")
        command = [server.binary, "top", "--interval", "0.3", "--server", f"http://127.0.0.1:{server.port}"]
        try:
            with terminal(*command) as shown:
                shown.until(r"\x1b\[\?1049h.*streams +0 open")
                shown.until(r"tokens +[0-9.]+/s")
                server.kill()
                shown.until(r"NO ANSWER for \d+ s, trying again: [^\n]*Connection refused")
                server.start()
                body, headers = question("你好", file=None)
                connection = server.connection()
                connection.request("POST", "/chatbots/xiaomei/chat/topmost?pace=off", body=body, headers=headers)
                assert list(Frames(connection.getresponse()))
                # The session comes into the screen by itself, and the notice goes.
                shown.until(r"topmost")
                shown.until(r"\x1b\[H[^\n]*\n\x1b\[K")
                server.process.send_signal(signal.SIGSTOP)
                try:
                    shown.until(r"NO ANSWER for \d+ s, trying again")
                finally:
                    server.process.send_signal(signal.SIGCONT)
                shown.until(r"\x1b\[H[^\n]*\n\x1b\[K")
                # The kernel tells the foreground of a change of size.
                shown.resize(5, 40)
                screen = shown.until(r"\x1b\[H([^\x1b]*\x1b\[K\r+\n){4}([^\x1b]*)\x1b\[K\x1b\[J").group(0)
                assert all(len(line) <= 40 for line in re.sub(r"\x1b\[.", "", screen).splitlines()), screen
                shown.resize(24, 100)
                shown.until("session  .*topmost")
                os.write(shown.control, b"xq")
                assert shown.ended() == 0 and shown.is_restored(), shown.text[-300:]
            for end, code in ((b"\x03", 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
                with terminal(*command) as shown:
                    shown.until("tokens")
                    if isinstance(end, bytes):
                        os.write(shown.control, end)
                    else:
                        shown.process.send_signal(end)
                    assert shown.ended() == code and shown.is_restored(), (end, shown.process.returncode, shown.text[-300:])
        finally:
            server.stop()


class Stub(http.server.BaseHTTPRequestHandler):
    """Answers as a server with paused runs does, or as one that is no Playhead server."""
    metrics = ""

    def do_GET(self):
        body = self.metrics if self.path == "/metrics" else '{"sessions":[]}'
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


def top_paused(server, _):
    """top shows the runs that wait for an answer where the server counts them, any number, and refuses other servers"""
    stub = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    threading.Thread(target=stub.serve_forever, daemon=True).start()
    try:
        command = [server.binary, "top", "-n", "1", "--interval", "0.1", "--server", f"http://127.0.0.1:{stub.server_port}"]
        look = lambda: subprocess.run(command, capture_output=True, text=True, timeout=30)
        Stub.metrics = "playhead_streams_open 1e300\nplayhead_runs_in_progress 4\nprocess_resident_memory_bytes NaN\n"
        result = look()
        assert result.returncode == 0 and "4 in progress" in result.stdout and "paused" not in result.stdout, result
        Stub.metrics += "playhead_runs_paused 3\n"
        assert "4 in progress   3 paused   " in look().stdout
        Stub.metrics = "<html>"
        result = look()
        assert result.returncode == 69 and "no Playhead server" in result.stderr and "hint: " in result.stderr, result
    finally:
        stub.shutdown()
        stub.server_close()


CHECKS = [top_plain, top_live, top_paused]
