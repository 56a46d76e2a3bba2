"""The browser for tests: Debian's Chromium with Chinese fonts, driven by Playwright."""

from __future__ import annotations

import shutil
from pathlib import Path

from servers.processes import Unavailable, install_debian

LAUNCH_ARGUMENTS = (
    "--no-sandbox",  # tests may run as root, whom Chromium's sandbox refuses
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Nothing but the pages under test: no updates, no accounts, no traffic of the browser's own."""

CJK_FONTS = Path("/usr/share/fonts/opentype/noto")


def browser(*, fetch: bool = False) -> Path:
    """The path of Chromium; with `fetch` it and the fonts may be installed first."""
    missing = [] if _chromium() else ["chromium"]
    if shutil.which("dpkg") and not list(CJK_FONTS.glob("NotoSansCJK*")):
        missing.append("fonts-noto-cjk")
    if missing and fetch:
        install_debian(*missing)
    found = _chromium()
    if found is None:
        raise Unavailable("Chromium is not installed: apt install chromium fonts-noto-cjk")
    return Path(found)


def _chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
