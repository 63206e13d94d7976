"""What the page is made to do, one function a scenario. Each can fail by itself and leaves screenshots behind."""

import hashlib
import json
import re
import tempfile

from playwright.sync_api import expect

import modules

TABLES = ["holdings.csv", "nav.csv", "benchmark.csv", "flows.csv"]
TEXT = {
    "content_type": "text", "content": "I hold 50,000 in an S&P 500 fund and 30,000 in a bond fund. How risky is that?",
}
# Tokens a second: slow enough to be in the middle of an answer, fast enough not to wait long for its end.
SLOW = 25
# For an answer that is not to end by itself.
VERY_SLOW = 6

answer_text = ".answer:not([hidden]) .text"


def ask(page, text):
    page.locator("#message").fill(text)
    page.locator("#message").press("Enter")


def finished(page, count=1):
    """Waits for the end of the last answer."""
    expect(page.locator(".answer:not([hidden]):not(.is-streaming) .answer-tools:visible")).to_have_count(count)
    expect(page.locator(".round-button.send")).to_be_visible()


def shown(page):
    return page.locator(answer_text).last.inner_text()


def until_text(page, characters):
    page.wait_for_function(
        "([selector, count]) => ([...document.querySelectorAll(selector)].at(-1)?.textContent.length ?? 0) >= count",
        arg=[answer_text, characters])


def notice(page, pattern):
    expect(page.locator(".notice")).to_have_text(re.compile(pattern))


def watch(page):
    """Records every text that the answer ever had, to be compared with the final one."""
    page.wait_for_selector(".conversation", state="attached")
    page.evaluate("""selector => {
        window.seen = [];
        new MutationObserver(() => {
            const text = [...document.querySelectorAll(selector)].at(-1)?.textContent;
            if (text !== undefined && text !== window.seen.at(-1)) window.seen.push(text);
        }).observe(document.querySelector(".conversation"), { subtree: true, childList: true, characterData: true });
    }""", answer_text)


def only_ever_grew(page, final, pieces=6):
    seen = page.evaluate("window.seen")
    wrong = [text for text in seen if not final.startswith(text)]
    assert not wrong, f"a text was shown that is no beginning of the answer: {wrong[0]!r}"
    assert len(seen) >= pieces, f"the answer came in {len(seen)} pieces"


def start_slowly(bench, page, speed=SLOW):
    bench.server.set_speed(speed)
    watch(page)
    ask(page, TEXT["content"])
    until_text(page, 20)


def whole_chat(bench):
    bench.server.set_speed(0)
    with bench.window(locale="zh-CN") as page:
        page.get_by_role("button", name="新会话").click()
        bench.keep(page, "01-welcome-zh")
        page.locator("input[type=file]").set_input_files([bench.fixture(name) for name in TABLES])
        expect(page.locator(".tray .attachment")).to_have_count(4)
        ask(page, "帮我看看我的持仓，风险大吗？")
        finished(page)
        session = page.url.split("#")[1]
        assert shown(page) == bench.server.answers(session)[0], "the answer shown is not the answer recorded"
        expect(page.locator(".step-completed")).to_have_count(5)
        expect(page.locator(".donut .arc")).to_have_count(4)
        expect(page.locator(".card-performance .bars li")).to_have_count(6)
        expect(page.locator(".card-history .line")).to_have_count(3)
        expect(page.locator(".card-history")).to_contain_text("逐日")
        expect(page.locator(".missing").first).to_contain_text("需要你的风险等级")
        sort_table(page)
        page.locator(".answer-tools button").first.click()
        expect(page.get_by_label("已复制")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == shown(page), "the answer was not copied"
        expect(page.locator("#announcer")).to_have_text(shown(page))
        bench.check_accessibility(page, "a whole chat")
        bench.keep_whole(page, "02-chat-zh")


def sort_table(page):
    head = page.locator("thead button", has_text="金额")
    cells = page.locator("tbody tr td:nth-child(3)")
    amounts = lambda: [float(re.sub(r"[^\d.-]", "", text)) for text in cells.all_inner_texts()]
    head.click()
    assert amounts() == sorted(amounts(), reverse=True), "the column is not sorted"
    head.click()
    assert amounts() == sorted(amounts()), "the column is not sorted the other way"


def english(bench):
    bench.server.set_speed(0)
    with bench.window("#english") as page:
        ask(page, TEXT["content"])
        finished(page)
        assert page.evaluate("document.documentElement.lang") == "en"
        expect(page.locator(".card-portfolio h2")).to_have_text("Holdings")
        expect(page.locator(".missing").first).to_contain_text("needs a price history")
        chrome = " ".join(page.locator("button, h2, h3, dt, .step-name").all_inner_texts())
        assert not re.search(r"[\u4e00-\u9fff]", chrome.replace("小美", "")), "Chinese in the English interface"
        bench.keep_whole(page, "03-chat-en")


def upload(bench):
    with bench.window("#upload") as page:
        picker = page.locator("input[type=file]")
        with tempfile.NamedTemporaryFile(prefix="big", suffix=".csv") as big:
            big.truncate(17 << 20)
            picker.set_input_files(big.name)
        expect(page.locator(".problem")).to_contain_text("at most")
        picker.set_input_files({"name": "song.mp3", "mimeType": "audio/mpeg", "buffer": b"x"})
        expect(page.locator(".problem")).to_contain_text("song.mp3")
        picker.set_input_files(bench.fixture("screenshots/alipay_1_light_2x.png"))
        expect(page.locator(".tray img")).to_be_visible()
        expect(page.locator(".problem")).to_be_hidden()
        bench.keep(page, "04-upload-tray")
        page.get_by_label("Remove alipay_1_light_2x.png").click()
        expect(page.locator(".tray")).to_be_hidden()
        drop(page, "holdings.csv", open(bench.fixture("holdings.csv"), encoding="utf-8").read())
        expect(page.locator(".tray .attachment")).to_have_count(1)
        ask(page, "What do you think?")
        expect(page.locator(".question .attachment")).to_contain_text("holdings.csv")
        finished(page)
        picker.set_input_files(bench.fixture("screenshots/alipay_1_light_2x.png"))
        ask(page, "And these?")
        finished(page, 2)
        expect(page.locator(".question .attachment.is-picture img")).to_be_visible()
        truth = json.load(open(bench.fixture("screenshots/ground_truth.json"), encoding="utf-8"))[0]
        rows = page.locator(".run").last.locator("tbody tr")
        expect(rows).to_have_count(len(truth["holdings"]))
        for holding in truth["holdings"]:
            expect(rows.filter(has_text=holding["name"])).to_contain_text(f"{holding['amount']:,.0f}")
        bench.keep(page, "17-screenshot")


def drop(page, name, text):
    page.evaluate("""([name, text]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([text], name, { type: "text/csv" }));
        for (const type of ["dragover", "drop"]) {
            document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
        }
    }""", [name, text])


def cut_connection(bench):
    bench.may_lose_connection = True
    with bench.window("#cut") as page:
        start_slowly(bench, page)
        bench.relay.cut()
        notice(page, "Reconnecting")
        bench.keep(page, "05-cut")
        bench.relay.mend()
        notice(page, r"^Resumed at \d+(\.\d+)?$")
        bench.keep(page, "06-resumed")
        finished(page)
        final = bench.server.answers("cut")[0]
        assert shown(page) == final, "characters were lost or doubled"
        only_ever_grew(page, final)


def kill_and_restart(bench):
    bench.may_lose_connection = True
    with bench.window("#killed") as page:
        start_slowly(bench, page)
        bench.server.kill()
        notice(page, "Reconnecting")
        bench.server.start()
        notice(page, r"^Resumed at")
        finished(page)
        expect(page.locator(answer_text + ":visible")).to_have_count(1)
        assert shown(page) == bench.server.answers("killed")[0], "the answer shown is not the answer recorded"
        expect(page.locator(".run-notes")).to_contain_text("restarted")
        bench.keep(page, "07-killed-and-restarted")


def reload_and_tabs(bench):
    with bench.window("#reload") as page:
        start_slowly(bench, page)
        with page.expect_request(lambda one: "follow=session" in one.url):
            page.reload()
            notice(page, r"^Resumed at \d+")
        watch(page)
        streams = []
        page.context.on("request", lambda one: streams.append(one.url) if "follow=session" in one.url else None)
        second = bench.page(page.context, "#reload")
        expect(second.locator(answer_text)).to_have_count(1)
        bench.keep(page, "08-reloaded")
        finished(page)
        finished(second)
        final = bench.server.answers("reload")[0]
        assert shown(page) == final and shown(second) == final, "two tabs do not show the same"
        only_ever_grew(page, final, pieces=1)
        assert not streams, f"the second tab opened a stream of its own: {streams}"
        # The first tab goes, the second takes over the connection.
        page.close()
        bench.server.set_speed(0)
        ask(second, "And what should I change?")
        finished(second, 2)
        assert shown(second) == bench.server.answers("reload")[1]


def paced(bench):
    bench.server.set_speed(0)
    with bench.window("#paced") as page:
        # A page follows a session from its first question on: nothing of the next answer is past when it comes.
        ask(page, TEXT["content"])
        finished(page)
        bench.server.set_speed(0, delivery=None)
        ask(page, "And what should I change?")
        expect(page.locator(answer_text)).to_have_count(2)
        watch(page)
        until_text(page, 1)
        final = bench.server.answers("paced")[1]
        until_text(page, 40)
        assert len(shown(page)) < len(final), "the answer was written faster than anybody writes"
        only_ever_grew(page, final, pieces=20)
        with bench.window("#paced") as other:
            # What is past when a page opens is there at once.
            expect(other.locator(answer_text).last).to_have_text(final, timeout=5_000)
        finished(page, 2)
        assert shown(page) == final
        bench.server.set_speed(0)


def stop(bench):
    with bench.window("#stopped") as page:
        start_slowly(bench, page, VERY_SLOW)
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".answer-note")).to_contain_text("Stopped here")
        expect(page.locator(".round-button.send")).to_be_visible()
        kept = bench.server.answers("stopped")[0]
        expect(page.locator(answer_text)).to_have_text(kept)
        bench.keep(page, "09-stopped")
        bench.server.set_speed(0)
        page.get_by_role("button", name="Try again").click()
        expect(page.locator(".question")).to_have_count(2)
        finished(page, 2)


def scrub(bench):
    # Played at half the speed it takes seconds, in which a busy machine paints too.
    bench.server.set_speed(200)
    bench.server.ask("scrub", TEXT)
    head = bench.server.get("/sessions/scrub")["head"]
    middle = head - 40
    with bench.window(f"#scrub@{middle}", dark=True) as page:
        place = lambda offset: expect(page.locator(".place")).to_have_text(f"{offset} / {head}")
        text_at = lambda offset: bench.server.get(f"/sessions/scrub/state?at={offset}")["messages"][-1]["text"]
        place(middle)
        expect(page.locator(answer_text)).to_have_text(text_at(middle))
        page.locator(".session-title").click()
        page.keyboard.press("ArrowLeft")
        place(middle - 1)
        expect(page.locator(answer_text)).to_have_text(text_at(middle - 1))
        page.get_by_role("button", name="The event under the playhead").click()
        expect(page.locator(".inspector")).to_contain_text("token")
        expect(page.locator(".chain button")).to_have_count(5)
        bench.check_accessibility(page, "the playhead")
        bench.keep(page, "10-playhead-dark")
        track = page.locator(".track-frame").bounding_box()
        page.mouse.click(track["x"] + 1, track["y"] + track["height"] / 2)
        expect(page.locator(".answer")).to_have_count(0)
        page.get_by_role("slider").focus()
        page.keyboard.press("End")
        place(head)
        play_to_end(page, head, 3)
        expect(page.get_by_role("button", name="Play from here")).to_be_visible()
        expect(page.locator(answer_text)).to_have_text(text_at(head))
        page.get_by_role("button", name="Back to now").click()
        expect(page.locator("#message")).to_be_visible()
        assert page.url.endswith("#scrub"), page.url


def proof(bench):
    bench.server.set_speed(0)
    bench.server.ask("proved", TEXT)
    head = bench.server.get("/sessions/proved")["head"]
    with bench.window(f"#proved@{head - 10}") as page:
        page.get_by_role("button", name="The event under the playhead").click()
        expect(page.locator(".inspector")).to_contain_text("not verified yet")
        page.get_by_role("button", name="Verify").click()
        expect(page.locator(".proof .verdict")).to_contain_text(f"{head} events, as they were recorded")
        expect(page.locator(".inspector")).to_contain_text("as it was recorded")
        with page.expect_download() as download:
            page.get_by_role("link", name="Export").click()
        assert download.value.suggested_filename == "proved.playhead"
        with open(download.value.path(), encoding="utf-8") as lines:
            offsets = [record["offset"] for record in map(json.loads, lines) if "kind" in record]
        assert offsets == list(range(1, head + 1)), offsets
        bench.check_accessibility(page, "a proof")
        bench.keep(page, "18-proof")


def erased(bench):
    """Events without bodies: the playhead goes past them, and shows what the server's state shows."""
    bench.server.set_speed(200)
    bench.server.ask("erased", TEXT)
    events = bench.server.get("/sessions/erased/events?limit=5000")["events"]
    head, first = len(events), {event["kind"]: event["offset"] for event in reversed(events)}
    for offset in (first["message.received"], first["token"], first["node.updated"]):
        bench.server.erase("erased", offset)
    with bench.window(f"#erased@{first['message.received']}") as page:
        place = lambda offset: expect(page.locator(".place")).to_have_text(f"{offset} / {head}")
        place(first["message.received"])
        expect(page.locator(".question")).to_have_count(0)
        page.get_by_role("button", name="The event under the playhead").click()
        expect(page.locator(".inspector .body")).to_have_text("Erased")
        page.get_by_role("slider").focus()
        page.keyboard.press("End")
        place(head)
        final = bench.server.answers("erased")[0]
        expect(page.locator(answer_text)).to_have_text(final)
        bench.keep(page, "19-erased")
        play_to_end(page, head, 1)
        expect(page.locator(answer_text)).to_have_text(final)


def lost_answer(bench):
    """A message whose answer was lost is sent again and recorded once; the next one is a message of its own."""
    bench.may_lose_connection = True
    bench.server.set_speed(0)
    questions = lambda: [message["text"] for message in bench.server.get("/sessions/lost")["messages"]
                         if message["role"] == "user"]
    with bench.window("#lost") as page:
        ask(page, "One")
        finished(page)
        page.route("**/chat/lost?*", lambda route: (route.fetch(), route.abort("connectionreset")), times=1)
        ask(page, "Two")
        finished(page, 2)
        # Nobody presses anything: it is sent again with its key, and found to be recorded.
        expect(page.locator("#message")).to_have_value("")
        expect(page.locator(".problem")).to_be_hidden()
        assert questions() == ["One", "Two"], questions()
        ask(page, "Two")
        finished(page, 3)
        # Another text is another message, whatever became of the one before.
        page.route("**/chat/lost?*", lambda route: route.abort("connectionreset"))
        ask(page, "Three")
        expect(page.locator(".problem")).to_be_visible()
        page.locator("#message").fill("Four")
        page.unroute("**/chat/lost?*")
        page.locator("#message").press("Enter")
        finished(page, 4)
        assert questions() == ["One", "Two", "Two", "Four"], questions()


def watch_place(page):
    """Records the places that the playhead passes."""
    page.evaluate("""() => {
        window.places = [];
        const place = document.querySelector(".place");
        new MutationObserver(() => window.places.push(place.textContent)).observe(place, { childList: true });
    }""")


def play_to_end(page, head, places):
    """Plays at half the speed to the end, and sees the playhead at more than some places on the way."""
    page.get_by_role("button", name="0.5×").click()
    watch_place(page)
    page.get_by_role("button", name="Play from here").click()
    page.wait_for_function(
        "([place, count]) => document.querySelector('.place').textContent === place && window.places.length > count",
        arg=[f"{head} / {head}", places])


def phone(bench):
    bench.server.set_speed(0)
    with bench.window("#phone", locale="zh-CN", width=390, height=844, dark=True) as page:
        page.locator("input[type=file]").set_input_files([bench.fixture(name) for name in TABLES])
        ask(page, "风险大吗？")
        finished(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, f"the page is {wide} wide on a phone"
        bench.keep(page, "11-phone-dark")
        bench.check_accessibility(page, "the phone")
        bench.keep_whole(page, "12-phone-dark-whole")
        page.get_by_role("button", name="显示会话列表").click()
        expect(page.get_by_role("searchbox")).to_be_focused()
        bench.keep(page, "13-phone-sessions")
        page.keyboard.press("Escape")
        expect(page.get_by_role("searchbox")).to_be_hidden()


def keyboard(bench):
    bench.server.set_speed(0)
    with bench.window("#keyboard") as page:
        page.evaluate("document.activeElement?.blur()")
        tab_to(page, "#message")
        page.keyboard.type(TEXT["content"])
        page.keyboard.press("Enter")
        finished(page)
        head = bench.server.get("/sessions/keyboard")["head"]
        tab_to(page, "input[type=range]")
        bench.keep(page, "14-keyboard-focus")
        page.keyboard.press("ArrowLeft")
        expect(page.locator(".place")).to_have_text(f"{head - 1} / {head}")
        tab_to(page, ".live-button")
        page.keyboard.press("Enter")
        expect(page.locator("#message")).to_be_visible()
        tab_to(page, "input[type=search]")
        page.keyboard.type("keyb")
        expect(page.locator(".session-list a")).to_have_count(1)
        tab_to(page, ".session-list a")


def tab_to(page, selector):
    for _ in range(60):
        if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached with the Tab key")


MALICE = [
    "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>",
    " [click](javascript:window.hacked=1) javascript:window.hacked=1 ",
    "safe \u202e\u2066txt.exe\u2069 end \u0000\u0007 ",
    "Z" + "\u0335\u0489\u033f\u0360" * 2500 + " end of the marks\n" + "wide" * 400,
]


def malicious_text(bench):
    bench.server.set_speed(0)
    bench.server.ask("malice", {"content_type": "text", "content": "<b onclick=alert(1)>hello</b>"})
    digest = hashlib.sha256("".join(MALICE).encode()).hexdigest()
    end = {"finish_reason": "stop", "characters": len("".join(MALICE)), "sha256": digest}
    texts = [{"kind": "token", "cause": {"index": 0}, "body": {"text": text}} for text in MALICE]
    bench.server.post("/sessions/malice/events", {"events": [
        {"kind": "message.started", "body": {"role": "assistant", "streaming": True, "agent": "<i>mallory</i>"}}, *texts,
        {"kind": "message.completed", "cause": {"index": 0}, "body": end}]})
    with bench.window("#malice") as page:
        expect(page.locator(".answer")).to_have_count(2)
        text = page.locator(answer_text).last
        expect(text).to_contain_text("<script>window.hacked = 1</script>")
        assert page.evaluate("window.hacked") is None, "text from the log was run"
        assert page.locator(".conversation script, .answer img, .conversation a, .conversation b[onclick]").count() == 0
        marks = page.locator(".control-character").all_inner_texts()
        assert {"U+202E", "U+2066", "U+2069"} <= set(marks), f"control characters are not shown: {marks}"
        page.locator(".scroll").evaluate("one => { one.scrollTop = one.scrollHeight }")
        width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0, "the text makes the page wider"
        assert "paint" in text.evaluate("one => getComputedStyle(one).contain"), "marks are drawn outside the answer"
        bench.keep(page, "15-malicious")


def compare(bench):
    bench.server.set_speed(0)
    bench.server.ask("first", TEXT)
    bench.server.ask("second", {**TEXT, "content": "40,000 in gold and 20,000 in a money fund. How am I doing?"})
    with bench.window("#first") as page:
        page.get_by_label("Compare with").select_option("second")
        expect(page.locator(".verdict")).to_contain_text("part at 2")
        expect(page.locator(answer_text)).to_have_count(2)
        # Nothing is written there, and no two elements of a page have one id.
        expect(page.locator("#message")).to_have_count(0)
        bench.keep(page, "16-compare")
        page.get_by_role("button", name="End the comparison").click()
        expect(page.locator("#message")).to_be_visible()


ALL = [
    ("a whole chat with files, in Chinese", whole_chat),
    ("a chat in English", english),
    ("files are picked, dropped and checked", upload),
    ("a cut connection is resumed exactly", cut_connection),
    ("kill -9 and a restart lose nothing", kill_and_restart),
    ("a reload and a second tab show the same", reload_and_tabs),
    ("text appears at a natural pace", paced),
    ("stop keeps the partial answer", stop),
    ("the playhead goes anywhere, in the dark", scrub),
    ("the playhead goes past what was erased", erased),
    ("a message whose answer was lost is sent once", lost_answer),
    ("a session is verified and exported", proof),
    ("a phone in the dark", phone),
    ("by keyboard alone", keyboard),
    ("malicious text is harmless", malicious_text),
    ("two sessions side by side", compare),
    *modules.ALL,
]
