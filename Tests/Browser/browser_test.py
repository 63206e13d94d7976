#!/usr/bin/env python3
"""Drives the page in a real browser against the real server, and keeps a screenshot of everything it saw.

    python3 Tests/Browser/browser_test.py --server-binary .build/debug/playhead --artefacts /tmp/artefacts

Needs Debian's `chromium`, and from PyPI `playwright`; with `axe-playwright-python` it checks accessibility too. The
process ends with 1 and the name of the scenario where the page does not do what it should.
"""

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import time
import traceback

from playwright.sync_api import expect, sync_playwright

import client
import reading
import scenarios
import sending
import tabs
from processes import Relay, Server, WebRoot

try:
    from axe_playwright_python.sync_playwright import Axe
except ImportError:
    Axe = None


class Bench:
    """What a scenario works with: the server, the wire, browser windows."""

    def __init__(self, options, browser, server, relay):
        self.options, self.browser, self.server, self.relay = options, browser, server, relay
        self.problems = []
        self.may_lose_connection = False
        self.axe = Axe() if Axe else None
        self.fixtures = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Fixtures")

    @contextlib.contextmanager
    def window(self, address="", locale="en-US", width=1280, height=900, dark=False):
        """A page of a browser of its own; every error it reports is a failure."""
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, locale=locale, color_scheme="dark" if dark else "light",
            permissions=["clipboard-read", "clipboard-write"], has_touch=width < 500)
        context.set_default_timeout(self.options.timeout * 1000)
        try:
            yield self.page(context, address)
        except Exception:
            for number, page in enumerate(context.pages):
                self.keep(page, f"failed-{self.scenario}-{number}")
            raise
        finally:
            context.close()

    def page(self, context, address=""):
        page = context.new_page()
        page.on("console", lambda message: self._hear(message))
        page.on("pageerror", lambda error: self.problems.append(f"uncaught: {error}"))
        page.goto(f"http://127.0.0.1:{self.relay.port}/{address}")
        return page

    def _hear(self, message):
        if message.type != "error":
            return
        is_loss = "Failed to load resource: net::ERR_" in message.text
        # A server without audit says so with a 404, which a browser reports by itself; it looks for an icon by itself
        # where a module's text is shown in place of the page.
        is_question = any(part in message.location.get("url", "") for part in ("/audit/checkpoint", "/favicon.ico"))
        if not (is_loss and self.may_lose_connection) and not is_question:
            self.problems.append(f"console: {message.text} {message.location.get('url', '')}")

    def keep(self, page, name):
        page.screenshot(path=os.path.join(self.options.artefacts, f"{name}.png"), animations="disabled")

    def keep_whole(self, page, name):
        """A screenshot of the whole conversation, as tall as it is."""
        size = page.viewport_size
        tall = page.evaluate("document.querySelector('.conversation').scrollHeight") + 260
        page.set_viewport_size({"width": size["width"], "height": max(size["height"], tall)})
        self.keep(page, name)
        page.set_viewport_size(size)

    def check_accessibility(self, page, name):
        if not self.axe:
            return
        page.evaluate("document.querySelector('.notice')?.setAttribute('hidden', '')")
        violations = self.axe.run(page).response["violations"]
        found = [f"{one['id']}: {one['help']} ({one['nodes'][0]['html'][:160]})" for one in violations]
        assert not found, f"accessibility of {name}: " + "; ".join(found)

    def fixture(self, name):
        return os.path.join(self.fixtures, name)


def parse():
    parser = argparse.ArgumentParser(description="Drives the page in a real browser.")
    parser.add_argument("--server-binary", required=True, help="the playhead program")
    parser.add_argument("--artefacts", required=True, help="folder for the screenshots and the server's output")
    parser.add_argument("--web-root", help="serve the page from this folder instead of the binary")
    parser.add_argument("--browser", default="/usr/bin/chromium")
    parser.add_argument("--timeout", type=float, default=30, help="seconds that one step may take")
    parser.add_argument("--only", help="run the scenarios whose names contain this")
    return parser.parse_args()


def run(options):
    os.makedirs(options.artefacts, exist_ok=True)
    expect.set_options(timeout=options.timeout * 1000)
    data = tempfile.mkdtemp(prefix="playhead-browser-")
    server = Server(options.server_binary, data, os.path.join(options.artefacts, "server.log"))
    failures = 0
    try:
        server.start()
        relay = Relay(WebRoot(options.web_root, server.port).port if options.web_root else server.port)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=options.browser, args=["--no-sandbox"])
            bench = Bench(options, browser, server, relay)
            for name, scenario in [*scenarios.ALL, *tabs.ALL, *sending.ALL, *reading.ALL, *client.ALL]:
                if options.only and options.only not in name:
                    continue
                failures += not perform(bench, name, scenario)
            browser.close()
    finally:
        server.stop()
        shutil.rmtree(data, ignore_errors=True)
    return failures


def perform(bench, name, scenario):
    bench.problems.clear()
    bench.scenario = scenario.__name__
    bench.may_lose_connection = False
    started = time.monotonic()
    try:
        scenario(bench)
        assert not bench.problems, "; ".join(bench.problems)
    except Exception as error:
        print(f"error: {name}: {error}".rstrip(), file=sys.stderr)
        traceback.print_exc(limit=-2)
        for problem in bench.problems:
            print(f"  {problem}", file=sys.stderr)
        bench.relay.mend()
        if bench.server.process.poll() is not None:
            bench.server.start()
        return False
    print(f"ok    {name} ({time.monotonic() - started:.1f} s)", flush=True)
    return True


if __name__ == "__main__":
    arguments = parse()
    begun = time.monotonic()
    failed = run(arguments)
    print(f"{failed} scenarios failed, {time.monotonic() - begun:.0f} s; screenshots in {arguments.artefacts}")
    if not Axe:
        print("accessibility was not checked: axe-playwright-python is not installed")
    sys.exit(1 if failed else 0)
