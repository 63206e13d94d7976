"""Writing a message: what happens to it and its files when something goes wrong on the way."""

from playwright.sync_api import expect

from scenarios import TEXT, answer_text, ask, finished


def questions(bench, session):
    return [message["text"] for message in bench.server.get(f"/sessions/{session}")["messages"]
            if message["role"] == "user"]


def typing_on(bench):
    """What is written while a message is on its way stays in the box."""
    bench.server.set_speed(0)
    with bench.window("#typing") as page:
        held = []
        page.route("**/chat/typing?*", lambda route: held.append(route))
        with page.expect_request("**/chat/typing?*"):
            ask(page, "First question")
        page.locator("#message").press_sequentially(" and the next one")
        held[0].continue_()
        finished(page)
        expect(page.locator("#message")).to_have_value("and the next one")
        assert questions(bench, "typing") == ["First question"]


def added_meanwhile(bench):
    """A file that is added while a message is on its way waits for the next one."""
    bench.server.set_speed(0)
    tray = ".tray .attachment"
    with bench.window("#meanwhile") as page:
        held = []
        page.route("**/chat/meanwhile?*", lambda route: held.append(route), times=1)
        expect(page.locator("#message")).to_be_visible()
        drop(page, TABLE % "first")
        expect(page.locator(tray)).to_have_count(1)
        with page.expect_request("**/chat/meanwhile?*"):
            ask(page, "First question")
        drop(page, TABLE % "second")
        expect(page.locator(tray)).to_have_count(2)
        held[0].continue_()
        finished(page)
        expect(page.locator(tray)).to_have_count(1)
        expect(page.locator(tray)).to_contain_text("second.csv")
        expect(page.locator(".question .attachment")).to_have_count(1)


def edited_meanwhile(bench):
    """A message that was changed while nobody knew what became of it waits for its writer, and the page says nothing
    else."""
    bench.may_lose_connection = True
    bench.server.set_speed(0)
    with bench.window("#edited") as page:
        page.route("**/chat/edited?*", lambda route: route.abort("connectionreset"), times=1)
        ask(page, "Once")
        expect(page.locator(".problem")).to_contain_text("Not sent yet")
        page.locator("#message").press_sequentially(" more")
        expect(page.locator(".problem")).to_be_hidden()
        held = []
        page.route("**/chat/edited?*", lambda route: held.append(route), times=1)
        with page.expect_request("**/chat/edited?*"):
            page.locator("#message").press("Enter")
        page.locator("#message").press_sequentially(" and more")
        held[0].abort("connectionreset")
        expect(page.locator(".problem")).to_have_text("The server cannot be reached.")
        expect(page.locator("#message")).to_have_value("Once more and more")


def only_read(bench):
    """A session that is only read, beside another one, sends nothing that was left to be sent."""
    bench.may_lose_connection = True
    bench.server.set_speed(0)
    for session in ("read-1", "read-2"):
        bench.server.ask(session, TEXT)
    with bench.window("#read-1") as page:
        expect(page.locator(answer_text)).to_have_count(1)
        sent = []
        page.route("**/chat/read-1?*", lambda route: (sent.append(route), route.fulfill(
            status=503, json={"error": {"code": "too_many_runs"}}, headers={"Retry-After": "60"})))
        ask(page, "Left over")
        expect(page.locator(".problem")).to_contain_text("Not sent yet")
        page.evaluate("location.hash = 'read-1/read-2'")
        expect(page.locator(".comparison-head .verdict")).to_contain_text("same")
        expect(page.locator(answer_text)).to_have_count(2)
        page.evaluate("fetch('/health/live')")
        assert len(sent) == 1, "the comparison sent the message"
        page.unroute("**/chat/read-1?*")
        page.get_by_role("button", name="End the comparison").click()
        finished(page, 2)
        assert questions(bench, "read-1") == [TEXT["content"], "Left over"]
        forget(bench, "503")


def server_down(bench):
    """A message that is written while the server is down is sent once it is back, after a reload too, and once."""
    bench.may_lose_connection = True
    bench.server.set_speed(0)
    with bench.window("#down") as page:
        ask(page, "One")
        finished(page)
        bench.server.kill()
        ask(page, "Two")
        expect(page.locator(".problem")).to_contain_text("Not sent yet")
        expect(page.locator("#message")).to_have_value("Two")
        bench.server.start()
        finished(page, 2)
        expect(page.locator("#message")).to_have_value("")
        # Recorded, its answer lost, and the page loaded anew before it could try again.
        page.route("**/chat/down?*", lambda route: (route.fetch(), route.abort("connectionreset")))
        ask(page, "Three")
        expect(page.locator(".problem")).to_contain_text("Not sent yet")
        page.unroute("**/chat/down?*")
        page.reload()
        finished(page, 3)
        expect(page.locator("#message")).to_have_value("")
        assert questions(bench, "down") == ["One", "Two", "Three"], questions(bench, "down")


def silence(bench):
    """A message to which no answer comes at all is sent again after a minute."""
    bench.may_lose_connection = True
    bench.server.set_speed(0)
    with bench.window("#silence") as page:
        expect(page.locator("#message")).to_be_visible()
        page.clock.install()
        page.reload()
        expect(page.locator("#message")).to_be_visible()
        held = []
        page.route("**/chat/silence?*", lambda route: held.append(route), times=1)
        with page.expect_request("**/chat/silence?*"):
            ask(page, "Hello?")
        page.clock.fast_forward(61_000)
        expect(page.locator(".problem")).to_contain_text("cannot be reached")
        page.clock.fast_forward(2_000)
        finished(page)
        assert questions(bench, "silence") == ["Hello?"], questions(bench, "silence")
        held[0].abort()


def refused(bench):
    """A refusal is said in the page's language and leaves the text; one that passes is waited for."""
    bench.server.set_speed(0)
    with bench.window("#refused", locale="zh-CN") as page:
        refuse = lambda status, code, **fields: lambda route: route.fulfill(
            status=status, json={"error": {"code": code, "message": "in English"}}, headers=fields)
        page.route("**/chat/refused?*", refuse(409, "session_closed"), times=1)
        ask(page, "你好")
        expect(page.locator(".problem")).to_have_text("这个会话已结束。")
        expect(page.locator("#message")).to_have_value("你好")
        page.route("**/chat/refused?*", refuse(503, "too_many_runs", **{"Retry-After": "2"}), times=1)
        page.locator("#message").press("Enter")
        expect(page.locator(".problem")).to_contain_text("服务器繁忙")
        finished(page)
        assert questions(bench, "refused") == ["你好"]
        forget(bench, "409", "503")


def forget(bench, *statuses):
    """A browser reports every refusal by itself."""
    is_known = lambda problem: any(f"a status of {status}" in problem for status in statuses)
    bench.problems[:] = [problem for problem in bench.problems if not is_known(problem)]


def drafts(bench):
    """A draft is there again after another session was looked at, and a suggestion does not take its place."""
    bench.server.set_speed(0)
    bench.server.ask("elsewhere", TEXT)
    with bench.window("#drafts") as page:
        page.locator("#message").fill("half a question")
        page.evaluate("location.hash = 'elsewhere'")
        expect(page.locator(answer_text)).to_have_count(1)
        expect(page.locator("#message")).to_have_value("")
        page.evaluate("location.hash = 'drafts'")
        expect(page.locator("#message")).to_have_value("half a question")
        page.locator(".suggestion").first.click()
        expect(page.locator("#message")).to_have_value("half a question")


def again(bench):
    """'Try again' asks the question of its own answer."""
    bench.server.set_speed(0)
    with bench.window("#again") as page:
        ask(page, "100 in gold")
        finished(page)
        ask(page, "200 in bonds")
        finished(page, 2)
        page.get_by_role("button", name="Try again").first.click()
        finished(page, 3)
        assert questions(bench, "again") == ["100 in gold", "200 in bonds", "100 in gold"]


def drop(page, script, where="body"):
    """Drops what the script puts into `data`; says whether the page kept the browser from opening it."""
    return page.evaluate("""([script, where]) => {
        const data = new DataTransfer();
        new Function("data", script)(data);
        const event = new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
        document.querySelector(where).dispatchEvent(event);
        return event.defaultPrevented;
    }""", [script, where])


CSV = "data.items.add(new File(['a,b'], '%s.csv', { lastModified: 1 }));"
TABLE = "data.items.add(new File(['name,amount\\nGold,100\\n'], '%s.csv'));"


def drops(bench):
    """A drop never leads away from the page; each file that is not taken is named; nothing is taken twice."""
    bench.server.set_speed(0)
    bench.server.ask("dropped", TEXT)
    tray, problem = ".tray .attachment", ".problem"
    with bench.window("#dropped@10") as page:
        expect(page.locator(".past")).to_be_visible()
        assert drop(page, CSV % "past"), "a file that is dropped on the past leads away from the page"
        page.get_by_role("button", name="Back to now").click()
        expect(page.locator("#message")).to_be_visible()
        assert drop(page, CSV % "one" + CSV % "two", ".sessions")
        expect(page.locator(tray)).to_have_count(2)
        drop(page, CSV % "one")
        expect(page.locator(problem)).to_contain_text("one.csv is here already")
        drop(page, "data.items.add(new File([], 'none.csv')); data.items.add(new File(['x'], 'song.mp3'));")
        expect(page.locator(problem)).to_contain_text("none.csv is empty")
        expect(page.locator(problem)).to_contain_text("song.mp3")
        page.evaluate("DataTransferItem.prototype.webkitGetAsEntry = () => ({ isDirectory: true, name: 'funds.csv' })")
        drop(page, CSV % "funds")
        expect(page.locator(problem)).to_contain_text("funds.csv is a folder")
        expect(page.locator(tray)).to_have_count(2)
        for name in ("other-1", "other-2"):
            page.evaluate(f"location.hash = '{name}'")
            expect(page.locator(".session-title")).to_have_text(name)
        expect(page.locator(".drop-veil")).to_have_count(1)


PASTE = """(script) => {
    const data = new DataTransfer();
    data.items.add(new File(["x"], "image.png", { type: "image/png" }));
    new Function("data", script)(data);
    document.querySelector("#message").dispatchEvent(
        new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def paste(bench):
    """A screenshot is pasted with a name of its own; a table that is copied is pasted as text."""
    with bench.window("#pasted") as page:
        expect(page.locator("#message")).to_be_visible()
        page.evaluate(PASTE, "data.setData('text/plain', 'Fund 100')")
        expect(page.locator(".tray .attachment")).to_have_count(0)
        page.evaluate(PASTE, "")
        expect(page.locator(".tray .attachment")).to_contain_text("Screenshot")
        page.evaluate("document.activeElement.blur()")


def chatbots(bench):
    """Whoever answers is chosen for each session; a list that did not come is asked for again."""
    bench.may_lose_connection = True
    bench.server.set_speed(0)
    bench.server.post("/chatbots/echo/chat/echoes?stream=false", {"contents": [{**TEXT, "content": "gold?"}]})
    with bench.window("#echoes") as page:
        expect(page.locator(".step")).to_have_count(4)
        expect(page.get_by_label("Chatbot")).to_have_value("echo")
        page.route("**/chatbots", lambda route: route.abort("connectionrefused"))
        page.evaluate("location.hash = 'chosen'")
        page.reload()
        expect(page.locator("#message")).to_be_visible()
        ask(page, TEXT["content"])
        expect(page.locator(".problem")).to_contain_text("cannot be reached")
        page.unroute("**/chatbots")
        finished(page)
        assert bench.server.get("/sessions/chosen")["chatbot"] == "xiaomei"
        page.evaluate("location.hash = 'chosen-2'")
        expect(page.locator(".welcome")).to_be_visible()
        page.get_by_label("Chatbot").select_option("echo")
        expect(page.locator(".welcome")).to_be_hidden()
        page.reload()
        expect(page.get_by_label("Chatbot")).to_have_value("echo")
        ask(page, "What did I say?")
        finished(page)
        assert bench.server.get("/sessions/chosen-2")["chatbot"] == "echo"
        page.evaluate("location.hash = 'chosen'")
        expect(page.get_by_label("Chatbot")).to_have_value("xiaomei")
        bench.check_accessibility(page, "the choice of chatbots")


ALL = [
    ("what is written meanwhile stays", typing_on),
    ("a file that is added meanwhile stays", added_meanwhile),
    ("a message that is edited meanwhile waits", edited_meanwhile),
    ("a session that is only read sends nothing", only_read),
    ("a message is sent once the server is back", server_down),
    ("a message without an answer is sent again", silence),
    ("a refused message stays in the box", refused),
    ("a draft is kept", drafts),
    ("an answer's own question is asked again", again),
    ("a drop stays on the page", drops),
    ("a screenshot and a table are pasted", paste),
    ("chatbots are chosen", chatbots),
]
