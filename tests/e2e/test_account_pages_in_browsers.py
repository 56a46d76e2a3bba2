"""Accounts in Chromium: the whole way with script on and off; axe on every page, dark too and on a phone."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from e2e.browsing import live
from website import PASSWORD, TOTP_SECRET

PUBLIC = ("/", "/about", "/sign-in", "/sign-up", "/password/forgotten", "/account/check-mail", "/nowhere",
          "/password/new/unknown", "/account/confirm/unknown", "/account/closed")  # fmt: skip
OWN = ("/account", "/account/password", "/account/address", "/account/close", "/account/colleagues")


@pytest.fixture
def running(site, chromium):
    site.account("ada@works.example", organisation="Invented Works")
    site.account("root@works.example", "administrator", totp_secret=TOTP_SECRET)
    with live(site, chromium) as served:
        yield served


def check(page, path: str) -> None:
    """No accessibility violation, nothing wider than the window, nothing the content policy refused."""
    refused = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.goto(path)
    found = Axe().run(page).response["violations"]
    assert not [(each["id"], each["nodes"][0]["html"]) for each in found], path
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
    assert not [text for text in refused if "Content Security Policy" in text], path


@pytest.mark.parametrize(("dark", "width"), [(False, 320), (True, 1280)])
def test_pages_are_accessible(running, dark, width):
    with running.visitor(dark=dark, width=width) as page:
        for path in PUBLIC:
            check(page, path)
    with running.visitor("ada@works.example", dark=dark, width=width) as page:
        for path in OWN:
            check(page, path)
    with running.visitor("root@works.example", dark=dark, width=width) as page:
        check(page, "/admin/audit")


@pytest.mark.parametrize(("script", "language"), [(True, "zh-CN"), (False, "en")])
def test_from_signing_up_to_closing(running, script, language):
    with running.visitor(script=script, language=language) as page:
        page.goto("/sign-up")
        page.click("main button[type=submit]")
        if script:
            assert page.evaluate("document.activeElement.id") == "error-summary"
            check_errors = Axe().run(page).response["violations"]
            assert not [each["id"] for each in check_errors]
        page.click("#error-summary a[href='#name']")
        page.check("#role-owner")
        page.fill("#name", "Bea Invented")
        page.fill("#organisation", "Further Works")
        page.fill("#email", "bea@works.example")
        page.fill("#password", PASSWORD)
        page.click("main button[type=submit]")
        assert urlsplit(page.url).path == "/account/check-mail"
        page.goto(running.site.mailed_link("bea@works.example"))
        page.click("main button[type=submit]")
        page.fill("#email", "bea@works.example")
        page.fill("#password", PASSWORD)
        page.click("main button[type=submit]")
        assert "Further Works" in page.inner_text("main")
        page.goto("/account/close")
        page.fill("#password", PASSWORD)
        page.click("main button[type=submit]")
        assert page.url.endswith("/account/closed")
        page.goto("/account")
        assert re.search(r"/sign-in\?next=/account$", page.url)


def test_keyboard_alone(running):
    with running.visitor() as page:
        page.goto("/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip-link"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "q"
        page.keyboard.type("a/b")
        assert page.input_value("#q") == "a/b"
