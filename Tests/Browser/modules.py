"""What single modules of the page are made to do, inside the page, where a whole scenario would not reach."""

# For each kind of event: the first one of a session of its own is erased.
KINDS = [
    "session.opened", "message.received", "run.started", "node.started", "node.updated", "node.completed",
    "message.started", "token", "message.completed", "run.completed",
]
SHARED = {
    "messages": ["offset", "role", "node", "run", "status", "text"],
    "runs": ["offset", "message", "status", "resumes", "duration_ms", "nodes"],
    "nodes": ["offset", "node", "attempt", "status", "duration_ms", "updated_at", "update"],
}


def fold(bench):
    """The page folds a session with an erased event as the server does."""
    bench.server.set_speed(0)
    wrong = []
    with bench.window() as page:
        for kind in KINDS:
            session = "fold-" + kind
            bench.server.ask(session, {"content_type": "text", "content": "50,000 in an S&P 500 fund. How risky?"})
            events = bench.server.get(f"/sessions/{session}/events?limit=5000")["events"]
            offset = next(event["offset"] for event in events if event["kind"] == kind)
            bench.server.erase(session, offset)
            events = bench.server.get(f"/sessions/{session}/events?limit=5000")["events"]
            assert events[offset - 1]["body"] is None, events[offset - 1]
            try:
                folded = page.evaluate(FOLD, events)
            except Exception as error:
                wrong.append(f"{kind}: {str(error).splitlines()[0]}")
                continue
            state = bench.server.get(f"/sessions/{session}/state?at={len(events)}")
            for member in ["head", "chatbot", "messages", "runs"]:
                ours, theirs = shared(member, folded.get(member)), shared(member, state.get(member))
                if ours != theirs:
                    wrong.append(f"{kind}: {member}: {ours} is not {theirs}")
    assert not wrong, "\n".join(wrong)


FOLD = """async (events) => {
    const { EventFolder } = await import("/conversation.js");
    const folder = new EventFolder();
    folder.add(events);
    for (const { offset } of events) folder.seek(offset);
    const { head, chatbot, messages, runs } = folder.seek(events.length);
    return JSON.parse(JSON.stringify({ head, chatbot, messages, runs }));
}"""


def shared(member, value):
    """What both the page and the server say of a session."""
    if member not in SHARED:
        return value
    return [{key: shared(key, one.get(key)) for key in SHARED[member]} for one in value or []]


def parser(bench):
    """However a stream is cut into pieces, the same messages come out of it."""
    with bench.window() as page:
        wrong = page.evaluate("""async () => {
            const { EventStreamParser } = await import("/playhead.js");
            const parts = ["retry: 9", "", "id: 1", "data: a", "data:b", ": nothing", "", "id: 2", "data", "",
                "data: c", "", "\\ufeffdata: d", "data: e", ""];
            const expected = JSON.stringify([{ id: "", data: "", retry: 9 }, { id: "1", data: "a\\nb" },
                { id: "2", data: "" }, { id: "2", data: "c" }, { id: "2", data: "e" }]);
            const wrong = [];
            for (const ends of [["\\n"], ["\\r"], ["\\r\\n"], ["\\r\\n", "\\n", "\\r"], ["\\n", "\\r\\n"]]) {
                // A carriage return at the very end might be half of an end, so something follows.
                const text = parts.map((line, index) => line + ends[index % ends.length]).join("") + ":";
                for (let first = 0; first <= text.length; first++) {
                    for (let second = first; second <= text.length; second++) {
                        const parser = new EventStreamParser();
                        const pieces = [text.slice(0, first), text.slice(first, second), text.slice(second)];
                        const found = JSON.stringify(pieces.flatMap((piece) => parser.feed(piece)));
                        if (found !== expected) wrong.push(`${JSON.stringify(pieces)}: ${found}`);
                    }
                }
            }
            return wrong.slice(0, 3);
        }""")
        assert not wrong, "\n".join(wrong)


def long_line(bench):
    """A long line costs as much as its length."""
    with bench.window() as page:
        milliseconds = page.evaluate("""async () => {
            const { EventStreamParser } = await import("/playhead.js");
            const [parser, piece, begun] = [new EventStreamParser(), "x".repeat(8192), performance.now()];
            parser.feed("data:");
            for (let count = 0; count < 3000; count++) parser.feed(piece);
            const [message] = parser.feed("\\n\\n");
            if (message.data.length !== 3000 * 8192) throw new Error(`${message.data.length} characters`);
            return performance.now() - begun;
        }""")
        assert milliseconds < 10_000, f"a line of 24 MB took {milliseconds:.0f} ms"


def endless_line(bench):
    """A line that is too long ends the stream, and the caller hears of it."""
    with bench.window() as page:
        found = page.evaluate("""async () => {
            const { PlayheadClient } = await import("/playhead.js");
            const [real, ending, piece] = [window.fetch, new AbortController(), "x".repeat(1 << 20)];
            let requests = 0;
            window.fetch = async (address, ...rest) => {
                if (!address.startsWith("/sessions/endless/")) return real(address, ...rest);
                if (++requests > 2) ending.abort();
                let left = 34;
                const body = new ReadableStream({
                    pull: (to) => (left-- > 0 ? to.enqueue(new TextEncoder().encode(piece)) : to.close()),
                });
                return new Response(body, { headers: { "content-type": "text/event-stream" } });
            };
            try {
                for await (const _ of new PlayheadClient().stream("endless", { signal: ending.signal }));
                return { requests };
            } catch ({ name, code }) {
                return { name, code, requests };
            } finally {
                window.fetch = real;
            }
        }""")
        assert found == {"name": "PlayheadError", "code": "line_too_long", "requests": 1}, found


def listeners(bench):
    """Waiting for a server that is down leaves nothing behind."""
    with bench.window("playhead.js") as page:
        left = page.evaluate("""async () => {
            const { PlayheadClient } = await import("/playhead.js");
            const [real, ending, left] = [window.fetch, new AbortController(), { online: 0, abort: 0 }];
            for (const target of [window, ending.signal]) {
                const [add, remove] = [target.addEventListener, target.removeEventListener];
                const count = (name, change) => name in left && (left[name] += change);
                target.addEventListener = (name, ...rest) => (count(name, 1), add.call(target, name, ...rest));
                target.removeEventListener = (name, ...rest) => (count(name, -1), remove.call(target, name, ...rest));
            }
            let attempts = 0;
            window.fetch = (address, ...rest) => {
                if (!address.startsWith("/sessions/down/")) return real(address, ...rest);
                if (++attempts > 3) ending.abort();
                // As if the network were back: no pause lasts.
                else setTimeout(() => window.dispatchEvent(new Event("online")), 20);
                return Promise.reject(new TypeError("the server is down"));
            };
            try {
                for await (const _ of new PlayheadClient().stream("down", { signal: ending.signal }));
            } finally {
                window.fetch = real;
                delete window.addEventListener;
                delete window.removeEventListener;
            }
            return left;
        }""")
        assert left == {"online": 0, "abort": 0}, f"listeners are left: {left}"


ALL = [
    ("module: an erased event is folded as on the server", fold),
    ("module: a stream may be cut anywhere", parser),
    ("module: a long line of a stream", long_line),
    ("module: a line without an end", endless_line),
    ("module: no listener stays behind", listeners),
]
