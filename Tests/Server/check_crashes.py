"""Kills a real server with SIGKILL in the middle of the main job, restarts it, and checks the story that remains.

    python3 Tests/Server/check_crashes.py --binaries .build/debug [--commits 8 | --every] [--random 6] [--seed 1]

`--every` kills at every commit of the main job in turn: right after the Nth commit is durable and before anybody is told
(kill_at_commit.c). Events of one commit are never apart in any crash; RecoveryTests cuts between them too. `--random` kills
from outside at random instants, with several sessions in progress. The advisor speaks through an upstream that counts
its calls.
"""
import argparse
import concurrent.futures
import os
import pathlib
import random
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
        self.upstream = Upstream()
        # What the composer says of these holdings is what the upstream will say.
        self.upstream.text = next(iter(texts(chat(self.server, "composed"))[1].values()))
        self.server.configure(self.upstream.sql)

    def arm(self, commits):
        self.countdown.write_text(str(commits))

    def disarm(self):
        left = int(self.countdown.read_text())
        self.countdown.unlink()
        return left

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

    def commits_of_the_job(self):
        self.arm(NEVER)
        chat(self.server, "counted")
        assert self.upstream.take_calls() == 1
        return NEVER - self.disarm()

    def kill_at(self, commit):
        """The main job in a new session, killed at that commit; gives the head then, or None where it ended before."""
        session = f"commit-{commit}"
        self.arm(commit)
        acknowledged = self.post(session)
        reader, seen, done = self.follow(session)
        deadline = time.monotonic() + 30
        while self.server.process.poll() is None:
            state = [e["kind"] for e in self.quietly(session)[-1:]]
            if state == ["run.completed"] or time.monotonic() > deadline:
                break
            time.sleep(0.02)
        killed = self.server.process.poll() is not None
        self.disarm()
        if killed:
            self.server.start()
            if not acknowledged:
                assert self.post(session), "a repeated post joins the run that the first one started"
        events = self.finish(session, reader, seen, done)
        self.check_calls(session, events, self.upstream.take_calls())
        resumed = [e for e in events if e["kind"] == "run.resumed"]
        return repaired_from(events, resumed[0]) if resumed else None

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
    """Kills at the chosen commits in turn (a function of how many there are); gives the heads found."""
    victim = Victim(binaries, folder)
    try:
        total = victim.commits_of_the_job()
        heads = [(commit, victim.kill_at(commit)) for commit in chosen(total)]
        return total, heads
    finally:
        victim.server.stop()


def at_random(binaries, kills, seed, folder, together=3):
    """Kills from outside at random instants, with some sessions in progress at once."""
    victim = Victim(binaries, folder)
    chance = random.Random(seed)
    victim.upstream.pause = 0.01
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
    parser.add_argument("--commits", type=int, default=8, help="how many commits of the main job to kill at")
    parser.add_argument("--every", action="store_true", help="kill at each of them")
    parser.add_argument("--random", type=int, default=6, help="kills at random instants")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    binaries = pathlib.Path(options.binaries).resolve()
    chance = random.Random(options.seed)

    def chosen(total):
        if options.every:
            return range(1, total + 1)
        # The first and the last always; the seed chooses between them.
        between = chance.sample(range(2, total), max(0, min(options.commits, total) - 2))
        return sorted({1, total, *between})

    with tempfile.TemporaryDirectory(prefix="playhead-crash-") as folder, concurrent.futures.ThreadPoolExecutor() as pool:
        for name in ["commits", "random"]:
            os.makedirs(f"{folder}/{name}")
        begun = time.monotonic()
        commits = pool.submit(at_commits, binaries, chosen, f"{folder}/commits")
        instants = pool.submit(at_random, binaries, options.random, options.seed, f"{folder}/random")
        total, heads = commits.result()
        killed = [commit for commit, head in heads if head is not None]
        print(f"ok    killed at {len(killed)} of the {total} commits of the main job; heads found: "
              f"{sorted({head for _, head in heads if head is not None})}", flush=True)
        print(f"ok    killed at {instants.result()} random instants ({time.monotonic() - begun:.1f} s)", flush=True)
        assert len(killed) >= len(heads) - 2, f"of {len(heads)} only {len(killed)} were killed before the job ended"


if __name__ == "__main__":
    main()
