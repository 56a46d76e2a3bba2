"""A running site for real browsers: pages behind an address, the worker beside them, visitors in Chromium."""

from __future__ import annotations

import email
import email.policy
import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page
from website import PASSWORD, Site
from werkzeug.serving import make_server

from directory import worker

WAIT_MS = 15_000
"""How long a page may take on a machine that is busy with other tests."""


class LiveSite:
    """A site that is served at `address`, and the browsers that look at it."""

    def __init__(self, site: Site, address: str, chromium: Browser) -> None:
        self.site = site
        self.address = address
        self._chromium = chromium
        self._signed_in: dict[str, dict] = {}

    @contextmanager
    def visitor(
        self,
        account: str | None = None,
        *,
        script: bool = True,
        language: str = "en",
        width: int = 1280,
        dark: bool = False,
        code: bool = True,
    ) -> Iterator[Page]:
        """An empty page in a browser of its own, signed in as the account of an address when one is given.

        Without `code` an administrator stops before the second factor.
        """
        context = self._chromium.new_context(
            base_url=self.address,
            java_script_enabled=script,
            locale=language,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            storage_state=self._cookies(account, code) if account else None,
        )
        if account:  # its language would come before the browser's; a choice on the page comes before both
            context.add_cookies([{"name": "language", "value": language, "url": self.address}])
        context.set_default_timeout(WAIT_MS)
        try:
            yield context.new_page()
        finally:
            context.close()

    def _cookies(self, account: str, code: bool) -> dict:
        """Of a sign-in that all browsers of an account share: a code of the second factor works once."""
        if account not in self._signed_in:
            context = self._chromium.new_context(base_url=self.address, locale="en")
            self._signed_in[account] = self._sign_in(context, account, code)
            context.close()
        return self._signed_in[account]

    def _sign_in(self, context: BrowserContext, account: str, code: bool) -> dict:
        page = context.new_page()
        sign_in(page, account)
        if code and urlsplit(page.url).path == "/account/second-factor":
            page.fill("#code", self.site.code())
            page.click("main button[type=submit]")
        assert urlsplit(page.url).path == "/account" or not code, page.url
        return context.storage_state()

    def mailed_link(self, recipient: str) -> str:
        """The path of the link in the newest mail to an address; it waits for the worker to send one."""
        folder = self.site.services.settings.data_dir / "outbox"
        until = time.monotonic() + WAIT_MS / 1000
        while time.monotonic() < until:
            for path in sorted(folder.glob("*.eml"), reverse=True):
                mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                link = re.search(r"https?://\S+", mail.get_content())
                if mail["To"] == recipient and link:
                    return urlsplit(link.group()).path
            time.sleep(0.05)
        raise AssertionError(f"no mail to {recipient} was sent")


def sign_in(page: Page, account: str) -> None:
    """Sign in by the form."""
    page.goto("/sign-in")
    page.fill("#email", account)
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")


@contextmanager
def live(site: Site, chromium: Browser, *, with_worker: bool = False) -> Iterator[LiveSite]:
    """The site, served on a free port of this machine, if wanted with the worker as the demo runs it."""
    with ExitStack() as stack:
        server = make_server("127.0.0.1", 0, site.app, threaded=True)
        stack.callback(server.server_close)
        stack.enter_context(_running(server.serve_forever, server.shutdown))
        if with_worker:
            steps, stop = site.app.extensions["worker_steps"], threading.Event()

            def end() -> None:
                stop.set()
                site.services.wake.set()

            stack.enter_context(_running(lambda: worker.run(steps, stop=stop, wake=site.services.wake), end))
        yield LiveSite(site, f"http://127.0.0.1:{server.port}", chromium)


@contextmanager
def _running(task, stop) -> Iterator[None]:
    thread = threading.Thread(target=task)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join()
