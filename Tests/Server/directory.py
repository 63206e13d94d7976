"""A data directory for checks, and the programs that work on it without a server."""
import json
import os
import pathlib
import resource
import shutil
import sqlite3
import subprocess
import sys
import time

from server import ROOT

NOBODY = 65534


class Directory:
    """A data directory and the programs that work on it."""

    def __init__(self, binary, data):
        self.binary, self.data = binary, pathlib.Path(data)

    def run(self, *arguments, code=0, nobody=False, file_bytes=0, data=None, cwd="/"):
        """Runs playhead; gives its standard output and its standard error."""
        as_user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if nobody and os.geteuid() == 0 else {}
        limit = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))) if file_bytes else None
        done = subprocess.run(
            [self.binary, *arguments, "--data", data or self.data], capture_output=True, timeout=120,
            preexec_fn=limit, restore_signals=False, cwd=cwd, **as_user)
        out, err = done.stdout.decode(errors="replace"), done.stderr.decode()
        assert done.returncode == code, (arguments, done.returncode, out[-2000:], err)
        if code not in (0, 1):
            lines = err.splitlines()
            assert any(line.lower().startswith("error: ") for line in lines), err
            # The parser of the arguments has its own form.
            assert code == 64 or any(line.startswith("hint: ") for line in lines), err
        return out, err

    def second(self, *arguments, code=0):
        """Runs the second verifier on the log."""
        done = subprocess.run([sys.executable, ROOT / "Tests/Audit/verify.py", "log", self.data, *arguments],
                              capture_output=True, timeout=120)
        assert done.returncode == code, (done.stdout.decode(), done.stderr.decode())
        return done.stdout.decode()

    def rows(self, sql):
        with sqlite3.connect(f"file:{self.data / 'log.db'}?mode=ro", uri=True) as database:
            return database.execute(sql).fetchall()

    def accesses(self):
        """What playhead.audit records, by the name of the act."""
        found = self.rows("SELECT kind, body FROM events WHERE session = 'playhead.audit' ORDER BY \"offset\"")
        return [json.loads(body)["name"] if kind == "custom" else kind for kind, body in found]

    def copy(self, name):
        target = self.data.parent / name
        shutil.copytree(self.data, target)
        return Directory(self.binary, target)


def until(condition, what):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
