"""Checks the command line on data directories that no server uses, and beside one that runs."""
import json
import os
import pathlib
import subprocess
import tempfile

from directory import Directory, until
from server import ROOT, Server, multipart, question


def ask(server, session, fields, query="?stream=false"):
    body, headers = fields
    status, _, answer = server.request("POST", f"/chatbots/xiaomei/chat/{session}{query}", body, headers)
    assert status == 200, (status, answer[:300])


def offline(_, options):
    """the command line without a server: checkpoints, attachments, exports, imports and erasures; reading needs no writing"""
    with tempfile.TemporaryDirectory(prefix="playhead-check-") as folder:
        folder = pathlib.Path(folder)
        folder.chmod(0o755)
        notes = folder / "checkpoints.txt"
        server = Server(pathlib.Path(options.binaries).resolve(), folder / "data", folder / "server.log",
                        arguments=("--checkpoint-command", f"cat >> {notes}"))
        try:
            ask(server, "demo", question("我的基金风险大吗？"))
            until(lambda: notes.exists(), "a checkpoint is handed on")
            # Large, so that an export of it does not fit where the log does.
            padded = (ROOT / "Tests/Fixtures/holdings.csv").read_bytes() + b"\n" * 2_000_000
            ask(server, "large", multipart([("text", None, "看看".encode()), ("file", "large.csv", padded)]))
            until(lambda: notes.read_text().count("\n\n") >= 2, "another checkpoint is handed on")
            refused_accesses(server)
            directory = Directory(server.binary, server.data)
            unprivileged(directory, folder, "beside a server")
            export = folder / "demo.playhead"
            export.write_bytes(server.get("/sessions/demo/export")[2])
            changed_attachment_over_http(server)
            assert server.terminate() == 0
            unprivileged(directory, folder, "after its end")
            for name in directory.data.glob("*-shm"):
                name.unlink()
            unprivileged(directory, folder, "without an index of the WAL")
            checkpoints(directory, notes)
            attachments(directory)
            exports(directory, folder)
            imports(directory, export, folder)
            server.start()
            unfinished(server, directory)
        finally:
            server.stop()


def refused_accesses(server):
    """A refused replay or erasure leaves no record."""
    ask(server, "gone", question("再见", None))
    assert server.request("DELETE", "/sessions/gone?who=check")[0] == 200
    before = len(server.events("playhead.audit"))
    assert server.get("/sessions/gone/events?replay=1&speed=max")[0] == 410
    assert server.get("/sessions/demo/events?replay=1&after=99999")[0] == 409
    assert server.get("/sessions/none/events?replay=1")[0] == 404
    assert server.request("DELETE", "/sessions/gone/events/1?who=check")[0] == 410
    assert server.get("/sessions/gone/export")[0] == 410
    assert len(server.events("playhead.audit")) == before
    assert server.get("/sessions/demo/events?replay=1&speed=max")[0] == 200
    assert len(server.events("playhead.audit")) == before + 1


def changed_attachment_over_http(server):
    """A session with a changed attachment is neither verified nor exported."""
    digest = next(p["sha256"] for p in server.events("demo")[1]["body"]["contents"] if "sha256" in p)
    path = server.data / "attachments" / digest
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"1", b"2", 1))
    before = len(server.events("playhead.audit"))
    verdict = server.json("/sessions/demo/verify")
    assert verdict["status"] == "changed" and verdict["first_bad_offset"] == 2, verdict
    status, _, body = server.get("/sessions/demo/export")
    assert status == 500 and json.loads(body)["error"]["code"] == "attachment_damaged", (status, body[:300])
    assert len(server.events("playhead.audit")) == before
    path.write_bytes(whole)
    assert server.json("/sessions/demo/verify")["status"] == "verified"


def unprivileged(directory, folder, when):
    """Who may only read can check, verify and back up."""
    for path in directory.data.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    (directory.data / "keys").chmod(0o700)
    directory.data.chmod(0o555)
    place = folder / f"copies {when}"
    place.mkdir(mode=0o777)
    place.chmod(0o777)
    key = (directory.data / "keys/log.pub").read_text().strip()
    try:
        assert "sound" in directory.run("check", nobody=True)[0], when
        assert "verified" in directory.run("verify", "demo", nobody=True)[0], when
        out, err = directory.run("verify", "--all", nobody=True)
        if os.geteuid() == 0:
            assert "leads on" not in out and "--key" in err, (when, out, err)
            directory.run("verify", "--all", "--checkpoint", directory.data / "checkpoint", nobody=True, code=65)
            directory.run("backup", "--with-key", place / "keyed", nobody=True, code=74)
        assert "leads on" in directory.run("verify", "--all", "--key", key, nobody=True)[0], when
        assert "verified" in directory.run("backup", place / "copy", nobody=True)[0], when
        directory.run("backup", directory.data / "attachments" / "copy", code=74)
        directory.run("verify", "--all", data=place / "copy")
    finally:
        directory.data.chmod(0o755)


def checkpoints(directory, notes):
    """Each checkpoint of a file counts, whichever of them does not fit."""
    count = notes.read_text().count("\n\n")
    assert f"leads on from {count} checkpoints" in directory.run("verify", "--all", "--checkpoint", notes)[0]
    directory.second("--checkpoint", notes)
    other = directory.copy("other-log")
    for name in ("log.db", "log.db-wal", "log.db-shm", "log.mark", "checkpoint"):
        (other.data / name).unlink(missing_ok=True)
    foreign = directory.copy("older")
    # A tree of other seals under the same key: what whoever owns the machine could make.
    foreign.run("replay", "demo", "--speed", "max", "--who", "somebody else")
    foreign.run("erase", "large", "--who", "somebody else")
    longer = (foreign.data / "checkpoint").read_text()
    for text in (notes.read_text() + longer, longer + notes.read_text()):
        mixed = notes.with_name("mixed.txt")
        mixed.write_text(text)
        out = directory.run("verify", "--all", "--checkpoint", mixed, code=1)[0]
        assert "CHANGED" in out and "checkpoint" in out, out
        directory.second("--checkpoint", mixed, code=1)
    # The checkpoint beside the log counts too, for both.
    kept = (directory.data / "checkpoint").read_text()
    (directory.data / "checkpoint").write_text(longer)
    directory.run("verify", "--all", code=1)
    directory.second(code=1)
    (directory.data / "checkpoint").write_text(kept)
    directory.second()
    piped = f"cat {notes} | {directory.binary} verify --all --checkpoint /dev/stdin --data {directory.data}"
    assert b"leads on" in subprocess.run(["sh", "-c", piped], capture_output=True, timeout=120, check=True).stdout
    cut = notes.with_name("cut.txt")
    cut.write_text(notes.read_text()[:-40])
    directory.run("verify", "--all", "--checkpoint", cut, code=65)
    cut.write_text("\n")
    directory.run("verify", "--all", "--checkpoint", cut, code=65)
    directory.run("verify", "--export", cut, "--key", "k", "--checkpoint", notes, code=64)


def attachments(directory):
    """A missing or changed attachment is a finding, one that nobody names a note."""
    digest = directory.rows("SELECT json_extract(body, '$.contents[1].sha256') FROM events "
                            "WHERE session = 'demo' AND kind = 'message.received'")[0][0]
    stray = directory.data / "attachments" / ("0" * 64)
    stray.write_bytes(b"left behind")
    out = directory.run("check")[0]
    assert "note: " in out and "0" * 64 in out and "sound" in out, out
    stray.unlink()
    assert "note: " not in directory.run("check")[0]
    path = directory.data / "attachments" / digest
    whole = path.read_bytes()
    before = directory.accesses()
    for damage in (lambda: path.write_bytes(whole + b"x"), path.unlink):
        damage()
        for command in (["verify", "demo"], ["verify", "--all"]):
            out = directory.run(*command, code=1)[0]
            assert "demo, offset 2" in out and digest in out, out
        assert digest in directory.second(code=1)
        assert digest in directory.run("export", "demo", "-o", "/dev/null", code=65)[1]
        directory.run("check", code=1)
    path.write_bytes(whole)
    assert directory.accesses() == before
    directory.run("verify", "--all")
    # A crash came between the file and its first table.
    empty = directory.copy("no-projections")
    (empty.data / "projections.db").write_bytes(b"")
    assert " 0 stored projections" in empty.run("check")[0]


def exports(directory, folder):
    """A file is replaced by a whole export or not at all."""
    place = folder / "exports"
    place.mkdir()
    target = place / "large.playhead"
    target.write_text("what was there before")
    target.chmod(0o640)
    directory.run("export", "large", "-o", target, file_bytes=1_500_000, code=74)
    assert target.read_text() == "what was there before" and os.listdir(place) == [target.name], os.listdir(place)
    interrupted(directory, target)
    directory.run("export", "large", "-o", target)
    assert target.stat().st_size > 2_000_000 and target.stat().st_mode & 0o777 == 0o640
    new = place / "new.playhead"
    directory.run("export", "demo", "-o", new)
    assert new.stat().st_mode & 0o777 == 0o600
    key = (directory.data / "keys/log.pub").read_text().strip()
    directory.run("verify", "--export", new, "--key", key)
    directory.run("export", "demo", "-o", "here", cwd=place)
    directory.run("verify", "--export", place / "here", "--key", key)
    printed = directory.run("export", "demo", "-o", "-")[0]
    assert printed.startswith('{"export"') and '{"end"' in printed.splitlines()[-1], printed[:200]
    before = directory.accesses()
    directory.run("export", "demo", "-o", folder / "missing" / "file", code=74)
    directory.run("export", "demo", "-o", place, code=74)
    directory.run("export", "none", "-o", new, code=66)
    directory.run("replay", "demo", "--from", "99999", code=65)
    directory.run("replay", "demo", "--from", "9", "--until", "8", code=64)
    assert new.stat().st_size > 1000 and directory.accesses() == before
    directory.run("export", "demo", "-o", new, data=folder / "mistyped", code=74)
    assert not (folder / "mistyped").exists()


def interrupted(directory, target):
    """An export that is killed leaves what was there; a machine may be too quick or too slow to be caught in one."""
    before = target.read_text()
    for _ in range(20):
        process = subprocess.Popen([directory.binary, "export", "large", "-o", target, "--data", directory.data])
        while len(os.listdir(target.parent)) == 1 and process.poll() is None:
            pass
        process.kill()
        process.wait()
        left = [name for name in os.listdir(target.parent) if name != target.name]
        for name in left:
            (target.parent / name).unlink()
        if left:
            assert target.read_text() == before
            return
        # It came to its end.
        assert target.stat().st_size > 2_000_000
        target.write_text(before)
    raise AssertionError("no export was caught")


def imports(directory, export, folder):
    """A session that is there, erased, or gone is not imported again, and nothing of it is stored."""
    other = Directory(directory.binary, folder / "imported")
    assert "imported demo" in other.run("import", export)[0]
    stored = sorted(os.listdir(other.data / "attachments"))
    assert stored
    for prepare in ([], ["erase", "demo"]):
        if prepare:
            other.run(*prepare)
            stored = []
        _, error = other.run("import", export, code=65)
        assert "demo" in error and sorted(os.listdir(other.data / "attachments")) == stored, error
    assert other.accesses().count("session.imported") == 1
    other.run("replay", "demo", "--speed", "max", code=66)
    assert "session.replayed" not in other.accesses()
    pruned = Directory(directory.binary, folder / "pruned")
    pruned.run("import", export)
    pruned.run("prune", "--older-than", "0s")
    pruned.run("import", export, code=65)
    assert os.listdir(pruned.data / "attachments") == []
    before = pruned.accesses()
    pruned.run("erase", "demo", code=66)
    pruned.run("erase", "demo", "--offset", "1", code=66)
    assert pruned.accesses() == before
    cut = export.with_name("cut.playhead")
    text = export.read_text(encoding="utf-8")
    for broken in (text[:len(text) // 2], text.replace("小美", "小丽", 1), "", text.replace('"data":"', '"data":"AA', 1),
                   text.replace('{"end":', '{"attachment":{"data":"","sha256":"x"}}\n{"end":', 1)):
        cut.write_text(broken, encoding="utf-8")
        directory.run("import", cut, data=folder / "broken", code=65)
    assert not (folder / "broken").exists()
    directory.run("import", folder / "none", code=74)


def unfinished(server, directory):
    """An unfinished run is cancelled by an erasure of its session, and kept from an erasure of what it needs."""
    server.configure("UPDATE llm_model_configs SET params_json = '{\"tokens_per_second\":1}' WHERE provider = 'local'")
    body, headers = question("说来话长")
    headers["Prefer"] = "respond-async"
    assert server.request("POST", "/chatbots/xiaomei/chat/half", body, headers)[0] == 202
    until(lambda: any(event["kind"] == "token" for event in server.events("half")), "a token comes")
    status, _, answer = server.request("DELETE", "/sessions/half/events/2?who=check")
    assert status == 409 and json.loads(answer)["error"]["code"] == "session_busy", answer
    server.kill()
    before = directory.accesses()
    for offset in ("2", "3", "9"):
        directory.run("erase", "half", "--offset", offset, code=65)
    assert directory.accesses() == before
    directory.run("erase", "half", "--offset", "1")
    directory.run("erase", "half")
    kinds = [kind for kind, in directory.rows("SELECT kind FROM events WHERE session = 'half' ORDER BY \"offset\"")]
    assert kinds[-2:] == ["run.cancelled", "session.closed"] and "message.interrupted" in kinds, kinds[-6:]
    directory.run("erase", "none", code=66)
    assert "sound" in directory.run("check")[0]
    directory.run("verify", "--all")
    directory.second()
