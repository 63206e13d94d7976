"""`playhead.js` as others use it: what it does with answers that no page of ours would get."""

RUN = """async () => {
    const { PlayheadClient } = await import("/playhead.js");
    const client = new PlayheadClient();
    const real = window.fetch;
    const stream = (text, fields = {}) => () => new Response(text, { headers: { "content-type": "text/event-stream",
        ...fields } });
    const status = (status, headers = {}) => () => new Response("{}", { status, headers });
    const cut = (text, fields) => () => new Response(new ReadableStream({
        start: (to) => to.enqueue(new TextEncoder().encode(text)),
        pull: (to) => void setTimeout(() => to.error(new TypeError("cut")), 100),
    }), { headers: { "content-type": "text/event-stream", ...fields } });
    const one = 'id: 1\\ndata: {"type":"custom"}\\n\\n';
    const run = async (answers, start = (options) => client.stream("x", options), options = {}) => {
        const [ending, ids, times] = [new AbortController(), [], []];
        window.fetch = async (address, ...rest) => {
            if (!String(address).includes("/sessions/x")) return real(address, ...rest);
            times.push(performance.now());
            if (times.length > 6) ending.abort();
            return answers[Math.min(times.length, answers.length) - 1]();
        };
        const timer = setTimeout(() => ending.abort(), 25000);
        const found = { ids };
        try {
            for await (const { id } of start({ signal: ending.signal, ...options })) ids.push(id);
            found.end = ending.signal.aborted ? "aborted" : "clean";
        } catch ({ name, code }) {
            found.end = `${name} ${code}`;
        }
        clearTimeout(timer);
        window.fetch = real;
        return { ...found, requests: times.length, gap: times[1] - times[0] || 0 };
    };
    const follow = (options) => client.follow("x", options);
    const json = (body) => {
        window.fetch = async () => new Response(body);
        return client.state("x").catch(({ name, code }) => `${name} ${code}`).finally(() => (window.fetch = real));
    };
    return {
        html: await run([() => new Response("<p>", { headers: { "content-type": "text/html" } })]),
        notJSON: await run([stream(one + "id: 2\\ndata: {oops\\n\\n")]),
        none: await run([status(404)]),
        gone: await run([status(410)]),
        nothing: await run([() => new Response(null, { status: 204 })]),
        later: await run([status(503, { "retry-after": "2" }), stream(one)]),
        otherLog: await run([cut(one, { "playhead-log": "a" }), stream(one, { "playhead-log": "b" })]),
        sameLog: await run([cut(one, { "playhead-log": "a" }), stream("", { "playhead-log": "a" })]),
        knownLog: await run([stream(one, { "playhead-log": "b" })], undefined, { log: "a" }),
        lateLog: await run([stream(one, { "playhead-log": "a" }), stream(one, { "playhead-log": "b" })], follow),
        before: await run([stream(one)], follow, { signal: AbortSignal.abort() }),
        whole: await json("<p>"),
    };
}"""


def answers(bench):
    """Each answer has an end that its caller can tell from the others; no frame is lost in silence."""
    with bench.window() as page:
        found = page.evaluate(RUN)
    ends = {name: one["end"] for name, one in found.items() if name != "whole"}
    assert ends == {
        "html": "PlayheadError not_an_event_stream", "notJSON": "PlayheadError not_json",
        "none": "PlayheadError unknown", "gone": "PlayheadError unknown", "nothing": "clean", "later": "clean",
        "otherLog": "PlayheadError log_changed", "sameLog": "clean", "knownLog": "PlayheadError log_changed",
        "lateLog": "PlayheadError log_changed", "before": "clean"}, ends
    assert found["notJSON"]["ids"] == ["1"] and found["sameLog"]["ids"] == ["1"], found
    assert found["before"]["requests"] == 0, "a stream that was aborted before it began asks nothing"
    assert found["later"]["gap"] >= 1900, f"Retry-After is two seconds, and it came after {found['later']['gap']} ms"
    assert found["whole"] == "PlayheadError not_json", found["whole"]


def unshared(bench):
    """What does not follow the session ends by itself beside a tab that does."""
    bench.server.set_speed(0)
    bench.server.ask("shared", {"content_type": "text", "content": "100 in gold"})
    with bench.window("#shared") as page:
        page.wait_for_selector(".answer")
        frames = page.evaluate("""async () => {
            const { PlayheadClient } = await import("/playhead.js");
            const [signal, ids] = [AbortSignal.timeout(25000), []];
            for await (const { id } of new PlayheadClient().follow("shared", { follow: "none", signal })) ids.push(id);
            return signal.aborted ? 0 : ids.length;
        }""")
        assert frames > 0, "it waited for the tab that follows the session"


ALL = [
    ("client: each answer has an end of its own", answers),
    ("client: only a followed session is shared", unshared),
]
