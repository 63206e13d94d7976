#!/usr/bin/env python3
"""A second verifier of Playhead's evidence, from the specification alone: Python's standard library and nothing else.

    python3 Tests/Audit/verify.py log playhead-data [--checkpoint notes --key VKEY]
    python3 Tests/Audit/verify.py export session.playhead --key VKEY

A file of checkpoints may hold many, one after the other. The checkpoint beside a log is compared too, where keys/log.pub
or --key is there, and so are the attachments that messages name.

Prints what does not fit, a line each; exits 1 where there is something. The bytes are specified at the beginning of
Sources/Evidence/EventLeaf.swift, SessionSalts.swift, Seal.swift, SignedNote.swift and Checkpoint.swift, and of
Sources/Audit/ExportRecord.swift.
"""
import argparse
import base64
import datetime
import hashlib
import json
import pathlib
import sqlite3
import sys

KINDS = ["", "session.opened", "session.closed", "message.received", "run.started", "run.resumed", "run.paused",
         "run.completed", "run.failed", "run.cancelled", "node.started", "node.updated", "node.completed", "node.failed",
         "node.skipped", "message.started", "token", "message.completed", "message.interrupted", "answer.rejected",
         "session.forked", "event.erased", "session.erased", "custom", "message.resumable"]


def sha256(data):
    return hashlib.sha256(data).digest()


# Events, salts, chain, seals

def salt(stretches, offset):
    found = [s for s in stretches if s[0] <= offset]
    if not found:
        return None
    first, derived, secret = max(found)
    if derived:
        block = sha256(secret + ((offset - 1) // 2).to_bytes(8, "big"))
        return block[:16] if offset % 2 else block[16:]
    value = secret[(offset - first) * 16:(offset - first) * 16 + 16]
    return value if len(value) == 16 and any(value) else None


def leaf(salted, offset, at, kind, v, cause, body):
    return sha256(salted + offset.to_bytes(8, "big") + at.to_bytes(8, "big", signed=True) + kind.to_bytes(4, "big")
                  + v.to_bytes(4, "big") + (cause or 0).to_bytes(8, "big") + (b"\0" if body is None else b"\1" + body))


def seal_leaf(session, offset, chain):
    return sha256(b"\0" + f"playhead seal v1\n{session}\n{offset}\n{chain.hex()}\n".encode())


def check_session(session, events, seals, stretches, erased):
    """The first thing that does not fit: (offset, what); None where everything does."""
    chain = sha256(f"playhead session\n{session}".encode())
    stretch, seals, offset = [], list(seals), 0
    for row in events:
        offset += 1
        if row[0] != offset:
            return offset, f"the next event is at offset {row[0]}"
        if not seals:
            break
        try:
            if offset in erased:
                if row[5] is not None:
                    return offset, "an erased event has a body"
                stretch.append(erased[offset])
            else:
                stretch.append(leaf(salt(stretches, offset), *row))
        except (TypeError, OverflowError):
            return offset, "it can have no leaf"
        fingerprints = seals[0][2]
        index = 2 * (len(stretch) - 1)
        if stretch[-1][:2] != fingerprints[index:index + 2]:
            return offset, "it is not what was recorded"
        if offset == seals[0][0]:
            chain = sha256(chain + b"".join(stretch))
            if chain != seals[0][1]:
                return offset - len(stretch) + 1, f"an event from here to {offset} is not what was sealed"
            stretch = []
            seals.pop(0)
    return (offset + 1, f"events up to {seals[-1][0]} are sealed") if seals else None


# The tree (RFC 6962, section 2.1) and its proofs (RFC 9162, section 2.1.3.2)

def root(leaves):
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\1" + root(leaves[:half]) + root(leaves[half:]))


def included(hash_, index, size, proof, expected):
    if not 0 <= index < size:
        return False
    node, last = index, size - 1
    for sibling in proof:
        if last == 0:
            return False
        if node % 2 or node == last:
            hash_ = sha256(b"\1" + sibling + hash_)
            while node and node % 2 == 0:
                node, last = node >> 1, last >> 1
        else:
            hash_ = sha256(b"\1" + hash_ + sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and hash_ == expected


# Ed25519 (RFC 8032, section 5.1), to verify only

P = 2 ** 255 - 19
L = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
I = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * I % P
    if (x * x - square) % P or (x == 0 and sign):
        raise ValueError("no point")
    return P - x if x % 2 != sign else x


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    x = recover_x(y, sign)
    return x, y, 1, x * y % P


def add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, d - c, d + c, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar, a):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, a)
        a, scalar = add(a, a), scalar >> 1
    return result


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (recover_x(BASE_Y, 0), BASE_Y, 1, recover_x(BASE_Y, 0) * BASE_Y % P)


def verify_signature(key, message, signature):
    s = int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    a, b = multiply(s, BASE), add(point(signature[:32]), multiply(h, point(key)))
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


# Notes and checkpoints

def decode(text):
    """Base64 has more than one text for the same bytes; a note has one."""
    value = base64.b64decode(text, validate=True)
    assert base64.b64encode(value).decode() == text, "the base64 is not canonical"
    return value


def checkpoint(note, vkey):
    """Origin, size and root of a signed checkpoint."""
    name, key_hash, data = vkey.strip().split("+", 2)
    key = base64.b64decode(data)
    assert key[0] == 1 and sha256(name.encode() + b"\n" + key)[:4].hex() == key_hash, "the key does not fit its hash"
    text, signatures = note.rsplit("\n\n", 1)
    text += "\n"
    for line in signatures.splitlines():
        _, signer, value = line.split(" ")
        value = decode(value)
        if signer == name and value[:4].hex() == key_hash:
            assert verify_signature(key[1:], text.encode(), value[4:]), "the signature does not fit"
            origin, size, tree_root = text.splitlines()[:3]
            assert origin == name, "the checkpoint is of another log"
            return origin, int(size), decode(tree_root)
    raise AssertionError(f"the note is not signed by {name}")


def notes_in(text):
    """The notes of a text: each is some lines, an empty line, and the lines of its signatures."""
    notes, lines, signed = [], [], False
    for line in text.split("\n"):
        if signed and not line.startswith("— "):
            notes.append("\n".join(lines) + "\n")
            lines, signed = [], False
        if line or lines:
            signed = signed or (bool(lines) and not lines[-1] and line.startswith("— "))
            lines.append(line)
    return notes + (["\n".join(lines) + "\n"] if lines else [])


def notes_of_log(directory, path, key):
    """Each checkpoint to compare a log with, and its key: those in a file, and the one beside the log."""
    kept, own = pathlib.Path(directory) / "checkpoint", None
    try:
        own = (pathlib.Path(directory) / "keys" / "log.pub").read_text(encoding="utf-8").strip()
    except OSError:
        pass
    notes = []
    if path:
        assert key or own, "there is no key to check the checkpoint with: name it with --key"
        found = notes_in(pathlib.Path(path).read_text(encoding="utf-8"))
        assert found, "the file holds no checkpoint"
        notes = [(note, key or own) for note in found]
    kept_key = (own or key) if path else (key or own)
    if kept_key and kept.exists():
        notes += [(note, kept_key) for note in notes_in(kept.read_text(encoding="utf-8"))]
    return notes


# Attachments

def named_attachments(body):
    """The digests that the body of a message.received names."""
    try:
        contents = json.loads(body).get("contents")
        return [part["sha256"] for part in contents or [] if part.get("sha256")]
    except (ValueError, TypeError, AttributeError):
        return []


def check_attachment(directory, digest):
    """What is wrong with an attachment; None where nothing is."""
    path = pathlib.Path(directory) / "attachments" / digest
    if not path.exists():
        return "is missing"
    return None if hashlib.sha256(path.read_bytes()).hexdigest() == digest else "has other bytes"


# The two forms in which evidence comes

def check_log(directory, notes):
    log = sqlite3.connect(f"file:{pathlib.Path(directory) / 'log.db'}?mode=ro", uri=True)
    log.text_factory = bytes
    names = {number: name.decode() for number, name in log.execute("SELECT id, name FROM sessions")}
    leaves = []
    for number, session, offset, chain in log.execute("SELECT number, session, \"offset\", chain FROM seals ORDER BY number"):
        if number != len(leaves) or session not in names:
            yield f"log: seal {len(leaves)} or its session is gone"
            return
        leaves.append(seal_leaf(names[session], offset, chain))
    version = log.execute("PRAGMA user_version").fetchone()[0]
    pruned = dict(log.execute("SELECT session, head FROM pruned_sessions")) if version >= 4 else {}
    recorded = set()
    for (body,) in log.execute("SELECT body FROM settled_events WHERE kind = ?1 AND session = (SELECT id FROM sessions "
                               "WHERE name = 'playhead.audit') UNION ALL SELECT body FROM recent_events WHERE kind = ?1 AND "
                               "session = (SELECT id FROM sessions WHERE name = 'playhead.audit')",
                               (KINDS.index("session.erased"),)):
        record = json.loads(body)
        if record.get("pruned"):
            recorded.add(record["session"])
    for number, session in sorted(names.items()):
        events = log.execute('SELECT "offset", at, kind, v, cause, body FROM settled_events WHERE session = ? '
                             'ORDER BY "offset"', (number,)).fetchall()
        settled = events[-1][0] if events else 0
        events += log.execute('SELECT "offset", at, kind, v, cause, body FROM recent_events WHERE session = ? '
                              'AND "offset" > ? ORDER BY "offset"', (number, settled)).fetchall()
        seals = log.execute('SELECT "offset", chain, fingerprints FROM seals WHERE session = ? ORDER BY "offset"',
                            (number,)).fetchall()
        stretches = log.execute("SELECT first_offset, derived, secret FROM session_salts WHERE session = ?",
                                (number,)).fetchall()
        erased = dict(log.execute('SELECT "offset", leaf FROM erased_leaves WHERE session = ?', (number,)))
        if number in pruned:
            # Deleted after their time: nothing is left of the events, and the record says who did it.
            if session not in recorded:
                yield f"{session}: its events are gone, and no record says who deleted them"
            elif events or (seals and seals[-1][0] > pruned[number]):
                yield f"{session}: its events are said to be deleted, and are not those"
            continue
        if found := check_session(session, events, seals, stretches, erased):
            yield f"{session}, offset {found[0]}: {found[1]}"
        for event in events:
            for digest in named_attachments(event[5]) if event[2] == KINDS.index("message.received") else []:
                if wrong := check_attachment(directory, digest):
                    yield f"{session}, offset {event[0]}: its attachment {digest} {wrong}"
    roots = {}
    for note, key in notes:
        _, size, tree_root = checkpoint(note, key)
        if size <= len(leaves) and size not in roots:
            roots[size] = root(leaves[:size])
        if size > len(leaves) or roots[size] != tree_root:
            yield f"log: it does not lead on from the checkpoint of {size} seals"


def microseconds(text):
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ") - datetime.datetime(1970, 1, 1)
    return moment // datetime.timedelta(microseconds=1)


def event_row(line, erased):
    event = json.loads(line)
    body = None
    # A null where nothing was erased is the text `null`.
    if event["body"] is not None or event["kind"] != "token" and event["offset"] not in erased:
        # JSON bodies are hashed as they are written; `body` is the last member.
        raw = line[line.index(',"body":') + 8:-1]
        body = (event["body"]["text"] if event["kind"] == "token" else raw).encode()
    kind = KINDS.index(event["kind"]) if event["kind"] in KINDS else int(event["kind"].removeprefix("kind."))
    return event["offset"], microseconds(event["at"]), kind, event["v"], event.get("cause"), body


def check_export(path, key):
    records, events = [], []
    lines = pathlib.Path(path).read_text(encoding="utf-8").split("\n")
    assert lines.pop() == "", "the file does not end with a line feed"
    for line in lines:
        if line.startswith('{"session":'):
            events.append(line)
        else:
            records.append(json.loads(line))
    head = records[0]["export"]
    session = head["session"]
    assert head["version"] == 1, "an export of another version"
    if records[-1].get("end", {}).get("lines") != len(lines) - 1:
        yield f"{session}: the end of the file is missing"
        return
    seals = [(r["seal"]["offset"], bytes.fromhex(r["seal"]["chain"]), bytes.fromhex(r["seal"]["fingerprints"]))
             for r in records if "seal" in r]
    stretches = [(r["salts"]["first"], int(r["salts"]["derived"]), bytes.fromhex(r["salts"]["secret"]))
                 for r in records if "salts" in r]
    erased = {r["erased"]["offset"]: bytes.fromhex(r["erased"]["leaf"]) for r in records if "erased" in r}
    events = [event_row(line, erased) for line in events]
    if found := check_session(session, events, seals, stretches, erased):
        yield f"{session}, offset {found[0]}: {found[1]}"
        return
    if not seals or seals[-1][0] != len(events) or head["head"] != len(events):
        yield f"{session}: the last seal, the events and the head do not agree"
        return
    proof = next(r["proof"] for r in records if "proof" in r)
    _, size, tree_root = checkpoint(next(r["checkpoint"] for r in records if "checkpoint" in r), key)
    hashes = [bytes.fromhex(h) for h in proof["hashes"]]
    if size != proof["size"] or not included(seal_leaf(session, *seals[-1][:2]), proof["number"], size, hashes, tree_root):
        yield f"{session}: the last seal is not in the tree of the checkpoint"
    named = {digest for event in events if event[2] == KINDS.index("message.received")
             for digest in named_attachments(event[5])}
    held = {record["attachment"]["sha256"] for record in records if "attachment" in record}
    for digest in sorted(named ^ held):
        yield f"{session}: the attachment {digest} is {'not in the file' if digest in named else 'named by no message'}"
    for record in records:
        if "attachment" in record:
            data = base64.b64decode(record["attachment"]["data"])
            if hashlib.sha256(data).hexdigest() != record["attachment"]["sha256"]:
                yield f"{session}: the attachment {record['attachment']['sha256']} has other bytes"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["log", "export"])
    parser.add_argument("path")
    parser.add_argument("--key")
    parser.add_argument("--checkpoint")
    options = parser.parse_args()
    try:
        if options.what == "log":
            found = list(check_log(options.path, notes_of_log(options.path, options.checkpoint, options.key)))
        else:
            found = list(check_export(options.path, options.key))
    except (OSError, AssertionError, ValueError, KeyError, StopIteration) as error:
        found = [f"unreadable: {error or type(error).__name__}"]
    for line in found:
        print(line)
    print("CHANGED" if found else "verified")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
