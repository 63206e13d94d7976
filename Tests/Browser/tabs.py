"""Several tabs of one browser: who holds a connection, and who gives it up."""

import contextlib
import time

from playwright.sync_api import expect

from scenarios import TEXT, answer_text, ask, finished, shown

# As a tab that is put aside: `hide()` and `look()` say what the browser would.
VISIBILITY = """
    let isHidden = false;
    Object.defineProperty(document, "hidden", { get: () => isHidden });
    const change = (value) => ((isHidden = value), document.dispatchEvent(new Event("visibilitychange")));
    window.hide = () => change(true);
    window.look = () => change(false);
"""


def seven_sessions(bench):
    """More tabs than a browser has connections, each with a session of its own: each of them works."""
    bench.server.set_speed(0)
    with bench.window("#seven-1") as page:
        pages = [page]
        ask(page, TEXT["content"])
        finished(page)
        for number in range(2, 8):
            pages.append(bench.page(page.context, f"#seven-{number}"))
            ask(pages[-1], TEXT["content"])
            finished(pages[-1])
        assert shown(pages[-1]) == bench.server.answers("seven-7")[0]
        # What happens elsewhere comes to all of them, to those without a connection a moment later.
        for number, one in enumerate(pages, 1):
            bench.server.ask(f"seven-{number}", {**TEXT, "content": "100 in gold"})
            expect(one.locator(answer_text)).to_have_count(2)


@contextlib.contextmanager
def tab_of(bench, session, prepare=lambda page: None):
    """A tab with an answer, whose visibility and clock are set by the scenario; `prepare` comes before it is loaded."""
    bench.may_lose_connection = True
    bench.server.set_speed(0)
    bench.server.ask(session, TEXT)
    with bench.window(f"#{session}") as page:
        expect(page.locator(answer_text)).to_have_count(1)
        page.add_init_script(VISIBILITY)
        page.clock.install()
        prepare(page)
        page.reload()
        expect(page.locator(answer_text)).to_have_count(1)
        yield page


def hidden_tab(bench):
    """A tab at which nobody looks for half a minute has no stream; looked at again, it goes on where it was."""
    open_streams = set()

    def watch(page):
        page.on("request", lambda one: open_streams.add(one) if "follow=session" in one.url else None)
        page.on("requestfailed", lambda one: open_streams.discard(one))
        page.on("requestfinished", lambda one: open_streams.discard(one))

    with tab_of(bench, "hidden", watch) as page:
        wait_for(bench, page, lambda: len(open_streams) == 1)
        page.evaluate("hide()")
        page.clock.run_for(10_000)
        assert len(open_streams) == 1, "a tab lost its stream while it was put aside for a moment"
        page.clock.run_for(25_000)
        wait_for(bench, page, lambda: not open_streams)
        bench.server.ask("hidden", {**TEXT, "content": "100 in gold"})
        page.evaluate("look()")
        page.clock.run_for(1_000)
        expect(page.locator(answer_text)).to_have_count(2)
        wait_for(bench, page, lambda: len(open_streams) == 1)


def wait_for(bench, page, condition):
    deadline = time.monotonic() + bench.options.timeout
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        page.evaluate("fetch('/health/live')")


def waiting_tab(bench):
    """A tab that was put aside while the server was away says nothing of it once the server is back."""
    with tab_of(bench, "aside") as page:
        bench.relay.cut()
        expect(page.locator(".notice")).to_contain_text("Reconnecting")
        page.evaluate("hide()")
        page.clock.fast_forward(31_000)
        bench.relay.mend()
        page.evaluate("look()")
        expect(page.locator(".notice")).to_be_hidden()
        bench.server.ask("aside", {**TEXT, "content": "100 in gold"})
        expect(page.locator(answer_text)).to_have_count(2)


def look_meanwhile(bench):
    """A tab that is looked at again while the server is away says that it waits."""
    with tab_of(bench, "looked-at") as page:
        page.evaluate("hide()")
        page.clock.fast_forward(31_000)
        bench.relay.cut()
        expect(page.locator(".notice")).to_be_hidden()
        page.evaluate("look()")
        expect(page.locator(".notice")).to_contain_text("Reconnecting")
        bench.relay.mend()
        expect(page.locator(".notice")).to_be_hidden()
        bench.server.ask("looked-at", {**TEXT, "content": "100 in gold"})
        expect(page.locator(answer_text)).to_have_count(2)


# A leader that takes its first frame from a slow stream while the one before it still tells the same frame.
LATE = """async () => {
    const { SharedStream } = await import("/shared.js");
    const [old, ending, ids] = [new BroadcastChannel("playhead  late"), new AbortController(), []];
    const frame = { type: "ai_message", content: "x", metadata: {} };
    let isLeading;
    const leads = new Promise((resolve) => (isLeading = resolve));
    const client = { base: "", async * stream(session, { after, follow }) {
        if (follow === "none") return;
        isLeading();
        await new Promise((resolve) => setTimeout(resolve, 1000));
        for (let id = Number(after) + 1; id <= 3; id++) yield { id: String(id), frame };
    } };
    const reading = (async () => {
        const stream = new SharedStream(client, "late", { signal: ending.signal });
        for await (const { id } of stream.deliveries()) ids.push(id);
    })();
    await leads;
    old.postMessage({ previous: "0", id: "1", frame });
    await reading;
    old.close();
    return ids;
}"""


def late_word(bench):
    """What the tab that had the connection before says late is not delivered twice."""
    with bench.window() as page:
        found = page.evaluate(LATE)
    assert found == ["1", "2", "3"], found


# A tab that hears of the one which leads that the server has another log.
OTHER_LOG = """async () => {
    const { SharedStream } = await import("/shared.js");
    const other = new BroadcastChannel("playhead  log");
    let [release, isBehind] = [];
    await new Promise((resolve) => navigator.locks.request("playhead  log", () => (resolve(),
        new Promise((end) => (release = end)))));
    const caughtUp = new Promise((resolve) => (isBehind = resolve));
    const client = { base: "", async * stream() { isBehind(); } };
    const signal = AbortSignal.timeout(20000);
    const reading = (async () => {
        for await (const _ of new SharedStream(client, "log", { log: "a", signal }).deliveries());
        return "clean";
    })().catch(({ code }) => code);
    await caughtUp;
    other.postMessage({ status: { state: "open", log: "b" } });
    const found = await reading;
    release();
    other.close();
    return found;
}"""


def other_log(bench):
    """A tab that another one leads notices another log too."""
    with bench.window() as page:
        assert page.evaluate(OTHER_LOG) == "log_changed"


# As a tab that has no connection for a while: one listener at a time waits, however often it asks.
PILE = """async () => {
    const { SharedStream } = await import("/shared.js");
    const held = [];
    for (let number = 1; number <= 4; number++) navigator.locks.request(`playhead connection ${number} pile`,
        () => new Promise((release) => held.push(release)));
    while (held.length < 4) await new Promise((resolve) => setTimeout(resolve));
    let [left, most, asked] = [0, 0, 0];
    const { addEventListener: add, removeEventListener: remove } = AbortSignal.prototype;
    const change = (name, by) => name === "abort" && (most = Math.max(most, left += by));
    AbortSignal.prototype.addEventListener = function (name, ...rest) {
        change(name, 1);
        add.call(this, name, ...rest);
    };
    AbortSignal.prototype.removeEventListener = function (name, ...rest) {
        change(name, -1);
        remove.call(this, name, ...rest);
    };
    const ending = new AbortController();
    const client = { base: "pile", async * stream() { if (++asked > 9) ending.abort(); } };
    const real = window.setTimeout;
    window.setTimeout = (action, wait, ...rest) => real(action, wait === 1500 ? 1 : wait, ...rest);
    for await (const _ of new SharedStream(client, "x", { signal: ending.signal }).deliveries());
    window.setTimeout = real;
    Object.assign(AbortSignal.prototype, { addEventListener: add, removeEventListener: remove });
    for (const release of held) release();
    return { asked, most };
}"""


def no_pile(bench):
    """A tab for which no connection is left asks as long as it likes, and nothing piles up."""
    # The module's text, in place of the page: a page that still begins has listeners of its own.
    with bench.window("shared.js") as page:
        found = page.evaluate(PILE)
    assert found["asked"] > 9 and found["most"] <= 5, found


ALL = [
    ("seven tabs with seven sessions", seven_sessions),
    ("a hidden tab gives its connection up", hidden_tab),
    ("a tab is looked at again after the server was away", waiting_tab),
    ("a tab is looked at while the server is away", look_meanwhile),
    ("what another tab says late", late_word),
    ("a log that another tab finds changed", other_log),
    ("a tab without a connection", no_pile),
]
