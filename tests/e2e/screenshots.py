"""`./run screenshots`: pictures of the main pages over a fresh demo, in two widths and two languages.

They go to build/screenshots, which git ignores; `--readme` renews the few that the README shows.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pyotp
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from servers import LAUNCH_ARGUMENTS, browser  # noqa: E402

PROVIDERS = 300
WIDTHS = (1280, 360)
LANGUAGES = ("en", "zh-Hans")
SEARCH = "/search?q=semiconductor+patent&office=CN"
OWNER, FIRM, ADMINISTRATOR = "owner@power.example", "firm@pudong-chip.example", "admin1@directory.example"
TEXT = "我们是上海的功率半导体公司,想在中国和欧洲申请专利,预算20万元,需要中英文沟通,对手是北星半导体"

PAGES = {
    None: {
        "start": "/",
        "search": SEARCH,
        "search-nothing": "/search?q=patent&office=VA&service=LITI&kind=administrator",
        "provider": "/providers/P1",
        "methodology": "/methodology",
        "about": "/about",
        "sign-up": "/sign-up",
        "sign-in": "/sign-in",
        "need-new": "/needs/new",
    },
    OWNER: {
        "account": "/account",
        "colleagues": "/account/colleagues",
        "needs": "/needs",
        "need": "/needs/S1",
        "need-edit": "/needs/S1/edit",
        "shortlist": "/needs/S1/shortlist",
        "not-eligible": "/needs/S1/not-eligible",
    },
    FIRM: {
        "firm": "/firm",
        "firm-profile": "/firm/P1",
        "firm-about": "/firm/P1/about",
        "firm-line": "/firm/P1/lines/0",
        "firm-credentials": "/firm/P1/credentials",
    },
    ADMINISTRATOR: {"audit": "/admin/audit"},
}
"""Name of the picture and address, by whose account."""

IN_THE_DARK = {"start", "search", "provider", "shortlist", "need-edit", "audit"}

README = {
    "search": (None, SEARCH, 900),
    "shortlist": (OWNER, "/needs/S1/shortlist", 1220),
    "provider": (None, "/providers/P1", 1020),
}
"""Name of the picture, by whose account, address, and how many pixels of its height."""
README_WIDTH = 1040


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(prog="./run screenshots", description=__doc__)
    parser.add_argument("--readme", action="store_true", help="only docs/images, which the README shows")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        demo(Path(folder)) as address,
        sync_playwright() as playwright,
    ):
        launched = playwright.chromium.launch(executable_path=browser(), args=list(LAUNCH_ARGUMENTS))
        accounts = json.loads((Path(folder) / "demo.json").read_text())["accounts"]
        studio = Studio(launched, address, accounts)
        (studio.readme if options.readme else studio.everything)()
        launched.close()


@contextmanager
def demo(folder: Path) -> Iterator[str]:
    """A running demo with its market in `folder`; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "demo", "--port", str(port)]
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    environment |= {"DEMO": "true", "DATA_DIR": str(folder)}
    with subprocess.Popen(
        [*command, "--data", folder, "--size", str(PROVIDERS)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            for line in process.stdout:
                if line.startswith("The directory is at "):
                    yield line.split()[-1]
                    break
            else:
                sys.exit("The demo did not start: try `./run demo`")
        finally:
            process.terminate()


def visit(page: Page, path: str) -> None:
    """Open a page, which has to be there."""
    answer = page.goto(path)
    if not answer.ok:
        sys.exit(f"{path} answers {answer.status}")


class Studio:
    """Browsers signed in with the demo's sample accounts, and where pictures go."""

    def __init__(self, chromium: Browser, address: str, accounts: dict[str, dict[str, str | None]]) -> None:
        self._chromium = chromium
        self._address = address
        self._states = {None: None} | {
            email: self._sign_in(email, **accounts[email]) for email in (OWNER, FIRM, ADMINISTRATOR)
        }

    def _sign_in(self, email: str, password: str, totp_secret: str | None) -> dict:
        with self._page(None) as page:
            page.goto("/sign-in")
            page.fill("#email", email)
            page.fill("#password", password)
            page.click("main button[type=submit]")
            if totp_secret:
                page.fill("#code", pyotp.TOTP(totp_secret).now())
                page.click("main button[type=submit]")
            return page.context.storage_state()

    @contextmanager
    def _page(
        self, state: dict | None, language: str = "en", *, dark: bool = False, **size: int
    ) -> Iterator[Page]:
        context = self._chromium.new_context(
            base_url=self._address,
            storage_state=state,
            viewport={"width": 1280, "height": 800} | size,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        context.add_cookies([{"name": "language", "value": language, "url": self._address}])
        try:
            yield context.new_page()
        finally:
            context.close()

    def everything(self) -> None:
        """Every page of `PAGES`, whole, in both widths and languages; some in the dark too."""
        folder = ROOT / "build/screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        looks = [(language, width, False) for language in LANGUAGES for width in WIDTHS] + [
            ("en", 1280, True)
        ]
        for language, width, dark in looks:
            for account, pages in PAGES.items():
                with self._page(self._states[account], language, dark=dark, width=width) as page:
                    for name, path in pages.items():
                        if not dark or name in IN_THE_DARK:
                            visit(page, path)
                            picture = f"{name}-{language}-{width}{'-dark' if dark else ''}.png"
                            page.screenshot(path=folder / picture, full_page=True)
            if not dark:
                self._answers(folder, language, width)
        click.echo(f"{len(list(folder.glob('*.png')))} pictures in {folder}")

    def _answers(self, folder: Path, language: str, width: int) -> None:
        """The page on which an owner checks what was read."""
        with self._page(None, language, width=width) as page:
            page.goto("/needs/new")
            page.fill("#text", TEXT)
            page.click("main button.btn-primary")
            page.screenshot(path=folder / f"need-check-{language}-{width}.png", full_page=True)

    def readme(self) -> None:
        """The pictures that the README shows: what a visitor sees first of a page."""
        folder = ROOT / "docs/images"
        folder.mkdir(parents=True, exist_ok=True)
        for name, (account, path, height) in README.items():
            with self._page(self._states[account], width=README_WIDTH, height=height) as page:
                visit(page, path)
                picture = folder / f"{name}.png"
                page.screenshot(path=picture)
                click.echo(f"{picture}: {picture.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
