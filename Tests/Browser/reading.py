"""Reading while something is written, and sessions that cannot be read, or no longer."""

import urllib.request

from playwright.sync_api import expect

from scenarios import TEXT, VERY_SLOW, answer_text, ask, finished, play_to_end, start_slowly
from sending import forget

top = "document.querySelector('.scroll').scrollTop"
length = "document.querySelector('.answer:not([hidden]) .text').textContent.length"


def in_peace(bench):
    """Whoever has chosen text, or reads a little further up, is not pulled away, and learns that there is more."""
    with bench.window("#peace", height=420) as page:
        # The answer must not be over before its end.
        start_slowly(bench, page, VERY_SLOW)
        more = lambda count: page.wait_for_function(f"() => {length} > {page.evaluate(length)} + {count}")
        page.locator(".answer .text").last.click(click_count=3)
        assert page.evaluate("getSelection().toString().length"), "nothing was chosen"
        place = page.evaluate(top)
        more(150)
        assert page.evaluate(top) == place, "the text that was chosen was moved"
        expect(page.get_by_role("button", name="New below")).to_be_visible()
        page.get_by_role("button", name="New below").click()
        expect(page.get_by_role("button", name="New below")).to_be_hidden()
        assert page.evaluate(top) > place
        box = page.locator(".scroll").bounding_box()
        page.mouse.move(box["x"] + 100, box["y"] + 50)
        page.mouse.wheel(0, -30)
        page.wait_for_function(f"() => {top} + document.querySelector('.scroll').clientHeight + 10 < "
                               "document.querySelector('.scroll').scrollHeight")
        place = page.evaluate(top)
        more(100)
        assert page.evaluate(top) == place, "the reader was pulled to the end"
        expect(page.get_by_role("button", name="New below")).to_be_visible()
        bench.keep(page, "20-new-below")
        bench.check_accessibility(page, "reading in peace")
        # Nobody is told each token's offset.
        expect(page.locator(".place")).to_have_attribute("aria-live", "off")
        page.get_by_role("button", name="Stop").click()
        bench.server.set_speed(0)


def unreachable(bench):
    """A session that is opened while the server cannot be reached comes once it can, with the playhead in its place."""
    bench.may_lose_connection = True
    bench.server.set_speed(0)
    bench.server.ask("far", TEXT)
    head = bench.server.get("/sessions/far")["head"]
    with bench.window("#near") as page:
        expect(page.locator("#message")).to_be_visible()
        bench.relay.cut()
        page.evaluate("location.hash = 'far@20'")
        expect(page.locator(".notice")).to_contain_text("Reconnecting")
        bench.relay.mend()
        expect(page.locator(".place")).to_have_text(f"20 / {head}")
        assert page.url.endswith("#far@20"), page.url


def no_longer_waiting(bench):
    """Nobody is told of reconnecting once there is an answer, whatever it says."""
    bench.may_lose_connection = True
    bench.server.set_speed(0)
    bench.server.ask("cut-off", TEXT)
    waiting = ".notice.is-waiting:visible"
    with bench.window("#here") as page:
        expect(page.locator("#message")).to_be_visible()
        # A session that was erased before it came.
        bench.relay.cut()
        page.evaluate("location.hash = 'cut-off'")
        expect(page.locator(waiting)).to_have_count(1)
        request = urllib.request.Request(
            f"http://127.0.0.1:{bench.server.port}/sessions/cut-off?who=me&why=test", method="DELETE")
        urllib.request.urlopen(request).close()
        bench.relay.mend()
        expect(page.locator(".past")).to_contain_text("was erased")
        expect(page.locator(waiting)).to_have_count(0)
        # A session that ends while it is waited for.
        bench.server.ask("ended", TEXT)
        page.evaluate("location.hash = 'ended'")
        expect(page.locator(answer_text)).to_have_count(1)
        bench.relay.cut()
        expect(page.locator(waiting)).to_have_count(1)
        bench.server.post("/sessions/ended/close", {})
        bench.relay.mend()
        expect(page.locator(".past")).to_contain_text("is closed")
        expect(page.locator(waiting)).to_have_count(0)
        forget(bench, "410")


def played_at_once(bench):
    """Play begins at the beginning, though nothing of the session was read before."""
    bench.server.set_speed(200)
    bench.server.ask("played", TEXT)
    head = bench.server.get("/sessions/played")["head"]
    with bench.window("#played") as page:
        expect(page.locator(".place")).to_have_text(f"{head} / {head}")
        play_to_end(page, head, 3)


def erased_session(bench):
    """A session that is erased while it is looked at is shown no longer, and a reload says the same."""
    bench.server.set_speed(0)
    with bench.window("#gone") as page:
        ask(page, TEXT["content"])
        finished(page)
        page.get_by_role("slider").focus()
        page.keyboard.press("ArrowLeft")
        request = urllib.request.Request(
            f"http://127.0.0.1:{bench.server.port}/sessions/gone?who=me&why=test", method="DELETE")
        urllib.request.urlopen(request).close()
        for _ in range(2):
            expect(page.locator(".past")).to_contain_text("was erased")
            expect(page.locator(".answer, .question, .welcome")).to_have_count(0)
            expect(page.locator("#message")).to_be_hidden()
            page.reload()
        forget(bench, "410")


def one_reading(bench):
    """However fast the playhead is dragged, the events are read once."""
    bench.server.set_speed(0)
    bench.server.ask("dragged", TEXT)
    with bench.window("#dragged") as page:
        expect(page.locator(answer_text)).to_have_count(1)
        readings = []
        page.on("request", lambda one: readings.append(one.url) if "limit=5000" in one.url else None)
        page.evaluate("""() => {
            const range = document.querySelector(".scrubber input");
            for (let at = 5; at < 25; at++) {
                range.value = at;
                range.dispatchEvent(new Event("input"));
            }
        }""")
        expect(page.locator(".place")).to_contain_text("24 /")
        page.wait_for_function(
            "() => document.querySelector('.scrubber input').getAttribute('aria-valuetext').match(/, .+$/)")
        assert len(readings) == 1, f"{len(readings)} readings"


def long_session(bench):
    """A token of a long session costs as little as one of a short one: what is drawn already stays."""
    with bench.window() as page:
        found = page.evaluate("""async () => {
            const { Conversation, EventFolder } = await import("/conversation.js");
            const { Scrubber } = await import("/scrubber.js");
            const [messages, runs] = [[], []];
            for (let start = 1; start < 60000; start += 200) {
                messages.push({ offset: start, role: "user", status: "completed" },
                    { offset: start + 20, role: "assistant", run: start + 1, status: "completed" });
                runs.push({ offset: start + 1, message: start, status: "completed", nodes: [{ offset: start + 2 }] });
            }
            const conversation = new Conversation({ head: 60000, messages, runs });
            const scrubber = new Scrubber({ folder: new EventFolder(), onSeek() {}, onInspect() {} });
            scrubber.show(conversation);
            const [before, count] = [scrubber.tape.children[500], scrubber.tape.childElementCount];
            conversation.head = 60100;
            scrubber.show(conversation);
            const last = [...scrubber.tape.querySelectorAll(".span")].at(-1);
            const stays = before === scrubber.tape.children[500];
            messages.at(-1).status = "interrupted";
            scrubber.show(conversation);
            return { count, stays, end: Number(last.getAttribute("x")) + Number(last.getAttribute("width")),
                errors: scrubber.tape.querySelectorAll(".mark-error").length };
        }""")
    assert found == {"count": 1801, "stays": True, "end": 60100, "errors": 1}, found


def narrow(bench):
    """Long names fit on the narrowest phone, in either language."""
    bench.server.set_speed(0)
    session = "a" * 60 + ".long-name"
    bench.server.ask(session, TEXT)
    for locale in ("en-US", "zh-CN"):
        with bench.window(f"#{session}", locale=locale, width=320, height=640, dark=True) as page:
            expect(page.locator(answer_text)).to_have_count(1)
            wide = page.evaluate("Math.max(...[...document.querySelectorAll('.topbar *, .foot *')].filter((one) =>"
                                 " one.checkVisibility() && !one.closest('.unseen, .session-title')).map((one) =>"
                                 " one.getBoundingClientRect().right))")
            bench.keep(page, f"21-narrow-{locale}")
            assert wide <= 321, f"something reaches to {wide}"
            assert page.evaluate("document.querySelector('.session-title').clientWidth") > 30, "no room for the name"
            bench.check_accessibility(page, "the narrowest phone")


ALL = [
    ("whoever reads is left in peace", in_peace),
    ("a session comes once the server is back", unreachable),
    ("nobody waits for an answer that came", no_longer_waiting),
    ("a session is played before it was read", played_at_once),
    ("an erased session is shown no longer", erased_session),
    ("the events are read once", one_reading),
    ("a long session stays quick", long_session),
    ("the narrowest phone", narrow),
]
