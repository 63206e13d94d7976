"""Kills a real server with SIGKILL in the middle of the main job, restarts it, and checks the story that remains.

    python3 Tests/Server/check_crashes.py --binaries .build/debug [--commits 7 | --every] [--random 5] [--seed 1]

`--every` kills at every commit of the main job in turn: right after it is durable and before anybody is told
(kill_at_commit.c). Up to the first token the commits are counted from the post; then the upstream, which speaks in step
with the log, says which token's commit is the last. Events of one commit are never apart in any crash; RecoveryTests cuts
between them too. `--random` kills from outside at random instants, with several sessions in progress.
"""
import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from check_server import check_story, chat, read_stream  # noqa: E402
from server import Server, question, texts  # noqa: E402
from upstream import Upstream  # noqa: E402

NEVER = 1_000_000


class Victim:
    """A server that can be killed at its Nth commit from now, and an upstream that says what passes the advisor's checks."""

    def __init__(self, binaries, folder):
        library = f"{folder}/kill_at_commit.so"
        source = pathlib.Path(__file__).with_name("kill_at_commit.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
        self.countdown = pathlib.Path(f"{folder}/countdown")
        environment = os.environ | {"LD_PRELOAD": library, "KILL_AT_COMMIT": str(self.countdown)}
        self.server = Server(binaries, f"{folder}/data", f"{folder}/server.log", environment=environment)
        # In step with the log, so that every token is a commit of its own.
        self.upstream = Upstream(recorded=self.recorded)
        # What the composer says of these holdings is what the upstream will say.
        self.upstream.text = next(iter(texts(chat(self.server, "composed"))[1].values()))
        self.server.configure(self.upstream.sql)

    def recorded(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.server.data}/log.db?mode=ro", uri=True)) as log:
            return log.execute("SELECT count(*) FROM recent_events WHERE kind = 16").fetchone()[0]

    def arm(self, commits):
        self.countdown.write_text(str(commits))

    def left(self):
        return int(self.countdown.read_text())

    def disarm(self):
        self.countdown.unlink(missing_ok=True)

    def post(self, session):
        """Posts until it is acknowledged; a repeated post joins the first."""
        body, headers = question("我的基金风险大吗？")
        headers |= {"Prefer": "respond-async", "Idempotency-Key": "the job"}
        try:
            return self.server.request("POST", f"/chatbots/xiaomei/chat/{session}", body, headers)[0] == 202
        except (OSError, ConnectionError):
            return False

    def follow(self, session):
        seen, done = [], threading.Event()
        reader = threading.Thread(target=read_stream, args=(self.server, session, seen, done), daemon=True)
        reader.start()
        return reader, seen, done

    def finish(self, session, reader, seen, done):
        reader.join(timeout=60)
        done.set()
        assert not reader.is_alive(), f"{session}: the client that stayed never saw the end"
        check_story(self.server, session, seen)
        return self.server.events(session)

    def places(self):
        """Every place of the main job where it can be killed: ("commit", n), ("token", n), ("end", n)."""
        self.arm(NEVER)
        counted = []
        self.upstream.before_piece = lambda number: number == 1 and counted.append(NEVER - self.left())
        chat(self.server, "counted")
        assert self.upstream.take_calls() == 1
        self.disarm()
        tokens = range(1, len(self.upstream.pieces()) + 1)
        # The message, its node and its run end in up to three commits.
        return ([("commit", n) for n in range(1, counted[0] + 1)] + [("token", n) for n in tokens]
                + [("end", n) for n in (1, 2, 3)])

    def kill_at(self, place):
        """The main job in a new session, killed at that place; gives the head then, or None where it ended before."""
        kind, number = place
        session = f"{kind}-{number}"
        tokens = len(self.upstream.pieces())
        at = {"commit": 0, "token": number, "end": tokens + 1}[kind]
        # Armed once: the second attempt of the answer is not to be killed.
        self.upstream.before_piece = lambda piece: piece == at and self.arm(number if kind == "end" else 1)
        if kind == "commit":
            self.arm(number)
        acknowledged = self.post(session)
        reader, seen, done = self.follow(session)
        deadline = time.monotonic() + 30
        while self.server.process.poll() is None and time.monotonic() < deadline:
            if [e["kind"] for e in self.quietly(session)[-1:]] == ["run.completed"]:
                break
            time.sleep(0.02)
        killed = self.server.process.poll() is not None
        self.upstream.before_piece = lambda piece: None
        self.disarm()
        if killed:
            self.server.start()
            if not acknowledged:
                assert self.post(session), "a repeated post joins the run that the first one started"
        events = self.finish(session, reader, seen, done)
        self.check_calls(session, events, self.upstream.take_calls())
        if not killed:
            return None
        resumed = [e for e in events if e["kind"] == "run.resumed"]
        head = repaired_from(events, resumed[0]) if resumed else len(events)
        recorded = sum(e["kind"] == "token" for e in events[:head])
        expected = {"commit": 0, "token": number, "end": tokens}[kind]
        # Up to the first token the commits of nodes that run at the same time may be one or two.
        assert recorded == expected or kind == "commit", f"{session}: killed after {recorded} tokens, not {expected}"
        return head

    def kill_a_fork(self):
        """A fork that is killed at its commit is whole, and a repeated request gives it."""
        origin = self.server.events("composed")
        path, key = f"/sessions/composed/fork?at={len(origin) - 3}", {"Idempotency-Key": "once"}
        self.arm(1)
        try:
            raise AssertionError(f"the fork was answered: {self.server.request('POST', path, headers=key)}")
        except OSError:
            pass
        self.server.process.wait(timeout=10)
        self.disarm()
        self.server.start()
        status, _, body = self.server.request("POST", path, headers=key)
        made = json.loads(body)
        assert status == 200 and made["offset"] == len(origin) - 3, (status, made)
        events = self.server.events(made["session"])
        same = ("offset", "kind", "cause", "body")
        assert [[e.get(k) for k in same] for e in events[:made["offset"]]] == [
            [e.get(k) for k in same] for e in origin[:made["offset"]]]
        assert [e["kind"] for e in events[made["offset"]:]] == [
            "session.forked", "message.interrupted", "node.failed", "run.cancelled"]
        assert chat(self.server, made["session"])[-1][1]["metadata"]["status"] == "completed"
        self.upstream.take_calls()

    def quietly(self, session):
        try:
            return self.server.events(session)
        except (OSError, AssertionError, ValueError):
            return []

    def check_calls(self, session, events, calls):
        """The upstream was called once for each message that began, but for one that was killed before its request."""
        begun = sum(e["kind"] == "message.started" for e in events)
        cut = sum(e["kind"] == "message.interrupted" for e in events)
        assert begun == cut + 1, f"{session}: {begun} messages began and {cut} were cut"
        assert begun - cut <= calls <= begun, f"{session}: {calls} calls for {begun} messages"
        assert sum(e["kind"] == "message.received" for e in events) == 1, "the post was recorded once"


def repaired_from(events, resumed):
    """The head that the crash left: before the repairs that were recorded with run.resumed."""
    offset = resumed["offset"] - 1
    kinds = {e["offset"]: e for e in events}
    while offset in kinds and kinds[offset]["at"] == resumed["at"]:
        offset -= 1
    return offset


def at_commits(binaries, chosen, folder):
    """Kills at the chosen places in turn; gives the head that each kill left, None where the job had ended."""
    victim = Victim(binaries, folder)
    try:
        victim.kill_a_fork()
        return {place: victim.kill_at(place) for place in chosen(victim.places())}
    finally:
        victim.server.stop()


def at_random(binaries, kills, seed, folder, together=3):
    """Kills from outside at random instants, with some sessions in progress at once."""
    victim = Victim(binaries, folder)
    chance = random.Random(seed)
    victim.upstream.recorded, victim.upstream.pause = None, 0.01
    done = 0
    try:
        while done < kills:
            names = [f"random-{done}-{i}" for i in range(together)]
            for name in names:
                assert victim.post(name)
            readers = [(name, *victim.follow(name)) for name in names]
            for _ in range(min(chance.choice([1, 1, 2]), kills - done)):
                time.sleep(chance.random() * 0.6)
                victim.server.kill()
                victim.server.start()
                done += 1
            for name, *reader in readers:
                victim.finish(name, *reader)
        return done
    finally:
        victim.server.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries", default=".build/debug")
    parser.add_argument("--commits", type=int, default=7, help="how many commits of the main job to kill at")
    parser.add_argument("--every", action="store_true", help="kill at each of them")
    parser.add_argument("--random", type=int, default=5, help="kills at random instants")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    binaries = pathlib.Path(options.binaries).resolve()
    chance = random.Random(options.seed)

    def chosen(places):
        if options.every:
            return places
        # The first and the end always; the seed chooses between them.
        between = chance.sample(places[1:-3], max(0, min(options.commits, len(places)) - 2))
        return [places[0], *sorted(between, key=places.index), places[-3]]

    with tempfile.TemporaryDirectory(prefix="playhead-crash-") as folder, concurrent.futures.ThreadPoolExecutor() as pool:
        for name in ["commits", "random"]:
            os.makedirs(f"{folder}/{name}")
        begun = time.monotonic()
        commits = pool.submit(at_commits, binaries, chosen, f"{folder}/commits")
        instants = pool.submit(at_random, binaries, options.random, options.seed, f"{folder}/random")
        left = commits.result()
        missed = [place for place, head in left.items() if head is None]
        print(f"ok    killed at {len(left) - len(missed)} commits of the main job, with the head at "
              f"{sorted(head for head in left.values() if head)}", flush=True)
        print(f"ok    killed at {instants.result()} random instants ({time.monotonic() - begun:.1f} s)", flush=True)
        assert all(kind == "end" and number > 1 for kind, number in missed), f"not killed: {missed}"


if __name__ == "__main__":
    main()
