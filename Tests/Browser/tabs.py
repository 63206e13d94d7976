"""Several tabs of one browser: who holds a connection, and who gives it up."""

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


def hidden_tab(bench):
    """A tab at which nobody looks for half a minute has no stream; looked at again, it goes on where it was."""
    bench.may_lose_connection = True
    bench.server.set_speed(0)
    bench.server.ask("hidden", TEXT)
    with bench.window("#hidden") as page:
        expect(page.locator(answer_text)).to_have_count(1)
        page.add_init_script(VISIBILITY)
        page.clock.install()
        open_streams = set()
        page.on("request", lambda one: open_streams.add(one) if "follow=session" in one.url else None)
        page.on("requestfailed", lambda one: open_streams.discard(one))
        page.on("requestfinished", lambda one: open_streams.discard(one))
        page.reload()
        expect(page.locator(answer_text)).to_have_count(1)
        wait_for(page, lambda: len(open_streams) == 1)
        page.evaluate("hide()")
        page.clock.run_for(20_000)
        assert len(open_streams) == 1, "a tab lost its stream while it was put aside for a moment"
        page.clock.run_for(11_000)
        wait_for(page, lambda: not open_streams)
        bench.server.ask("hidden", {**TEXT, "content": "100 in gold"})
        page.evaluate("look()")
        page.clock.run_for(1_000)
        expect(page.locator(answer_text)).to_have_count(2)
        wait_for(page, lambda: len(open_streams) == 1)


def wait_for(page, condition):
    for _ in range(100):
        if condition():
            return
        page.wait_for_load_state()
        page.evaluate("fetch('/health/live')")
    raise AssertionError("it did not come to that")


ALL = [
    ("seven tabs with seven sessions", seven_sessions),
    ("a hidden tab gives its connection up", hidden_tab),
]
