"""Every route stands in the access table and keeps to it; every answer carries its headers."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from contextlib import closing
from html.parser import HTMLParser

import pytest
from flask import Flask, abort
from website import NAME, TOTP_SECRET, start

from directory.rules.permissions import Access
from directory.web.security import SECOND_FACTOR_PAGES

ROLES = ("anybody", "owner", "firm", "administrator without code", "administrator")

MAY = {
    Access.PUBLIC: set(ROLES),
    Access.SIGNED_IN: {"owner", "firm", "administrator"},
    Access.OWNER: {"owner"},
    Access.FIRM: {"firm"},
    Access.ADMINISTRATOR: {"administrator"},
}


def routes(app: Flask, method: str) -> list[tuple[str, str]]:
    """(endpoint, an address of it) of every route that takes a method."""
    found = []
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if method in rule.methods:
            kinds = {name: converter.__class__.__name__ for name, converter in rule._converters.items()}
            values = {name: 999999 if "Integer" in kind else "nothing-there" for name, kind in kinds.items()}
            found.append((rule.endpoint, adapter.build(rule.endpoint, values, method=method)))
    return found


@pytest.fixture
def visitors(site):
    half = site.browser()
    site.account("half@works.example", "administrator", totp_secret=TOTP_SECRET)
    half.sign_in("half@works.example")
    return {
        "anybody": site.browser(),
        "owner": site.signed_in("owner"),
        "firm": site.signed_in("firm"),
        "administrator without code": half,
        "administrator": site.signed_in("administrator"),
    }


def test_every_route_is_in_the_table_and_nothing_else(site):
    table = site.app.extensions["access"]
    assert {rule.endpoint for rule in site.app.url_map.iter_rules()} == set(table)


def test_a_route_without_an_entry_stays_shut(tmp_path, clock, migrated):
    site = start(tmp_path, clock, migrated)
    site.app.add_url_rule("/forgotten-entry", "forgotten_entry", lambda: "secret")
    assert site.browser().get("/forgotten-entry").status_code == 404
    assert b"secret" not in site.browser().get("/forgotten-entry").data


def test_matrix(site, visitors):
    """Whoever may not is turned away in the one way that fits him; whoever may is not."""
    table = site.app.extensions["access"]
    wrong = []
    for endpoint, path in routes(site.app, "GET"):
        for role, visitor in visitors.items():
            answer = visitor.get(path)
            asked_in = answer.headers.get("Location", "")
            turned_away = answer.status_code == 303 and asked_in.startswith(
                ("/sign-in", "/account/second-factor")
            )
            if role == "administrator without code" and endpoint in SECOND_FACTOR_PAGES:
                continue
            if role in MAY[table[endpoint]]:
                fine = not turned_away and (answer.status_code < 500 or endpoint == "pages.health")
            elif role == "anybody":
                fine = turned_away and asked_in.startswith("/sign-in")
            elif role == "administrator without code":
                fine = turned_away and asked_in.startswith("/account/second-factor")
            else:
                fine = answer.status_code == 404
            if not fine:
                wrong.append((role, path, answer.status_code, asked_in))
    assert not wrong


def state(site) -> str:
    """A digest of all rows, but for sign-ins and counts of tries."""
    with closing(sqlite3.connect(site.services.settings.data_dir / NAME)) as connection:
        lines = [
            line for line in connection.iterdump() if "login_session" not in line and "rate_count" not in line
        ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def test_get_changes_nothing(site, visitors):
    before = state(site)
    for _, path in routes(site.app, "GET"):
        for visitor in visitors.values():
            visitor.get(path)
            visitor.client.head(path)
    assert state(site) == before


def test_every_post_needs_its_own_token(site, visitors):
    before = state(site)
    stranger = site.browser()
    themselves = {  # these show what was typed again, so they look at the token after the access table
        endpoint
        for endpoint, view in site.app.view_functions.items()
        if f"{view.__module__}.{view.__name__}" in site.app.extensions["csrf"]._exempt_views
    }
    assert themselves <= {"needs.check", "needs.edit"}
    found = re.search(r'name="csrf_token" value="([^"]+)"', stranger.get("/sign-in").text)
    for endpoint, path in routes(site.app, "POST"):
        for role, visitor in visitors.items():
            for data in ({}, {"csrf_token": "x"}, {"csrf_token": found.group(1)}):
                answer = visitor.client.post(path, data=data)
                turned_away = endpoint in themselves and (
                    answer.status_code == 404
                    or answer.headers.get("Location", "").startswith(("/sign-in", "/account/second-factor"))
                )
                assert answer.status_code == 400 or turned_away, (endpoint, role, data)
    for method in ("PUT", "PATCH", "DELETE"):
        for endpoint, path in routes(site.app, method):
            assert visitors["owner"].client.open(path, method=method).status_code == 400, endpoint
    assert state(site) == before


class Page(HTMLParser):
    """Collects what a strict content policy forbids, and links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.bad += [f"{tag} {name}" for name in values if name == "style" or name.startswith("on")]
        if tag == "style" or (
            tag == "script" and "src" not in values and values.get("type") != "application/ld+json"
        ):
            self.bad.append(tag)
        if values.get("rel") == "canonical":
            return
        self.bad += [
            f"{tag} {values[name]}"
            for name in ("src", "href", "action")
            if (values.get(name) or "").startswith(("javascript:", "data:", "http:", "//"))
        ]
        if "id" in values:
            self.ids.append(values["id"])


def test_every_answer_carries_the_headers(site, visitors):
    paths = [path for _, path in routes(site.app, "GET")]
    paths += ["/nothing", "/static/site.css", "/static/nothing", "/bootstrap/static/css/bootstrap.min.css"]
    for role, visitor in visitors.items():
        for path in paths:
            answer = visitor.get(path)
            headers = answer.headers
            where = (role, path, answer.status_code)
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], where
            assert "unsafe" not in headers["Content-Security-Policy"], where
            assert headers["X-Content-Type-Options"] == "nosniff", where
            assert headers["Referrer-Policy"] in ("same-origin", "strict-origin"), where
            assert "Server" not in headers and "Strict-Transport-Security" not in headers, where
            if answer.mimetype == "text/html":
                assert headers["Cross-Origin-Opener-Policy"] == "same-origin", where
                page = Page(answer.text)
                assert not page.bad, (where, page.bad)
                assert len(page.ids) == len(set(page.ids)), (where, page.ids)
                assert role == "anybody" or headers["Cache-Control"] == "no-store", where


def test_public_pages_set_no_session_cookie(site):
    """But for the forms that anybody may send: their token needs one, and no cache keeps them."""
    table = site.app.extensions["access"]
    for endpoint, path in routes(site.app, "GET"):
        if table[endpoint] is Access.PUBLIC:
            answer = site.browser().get(path)
            if "session=" in answer.headers.get("Set-Cookie", ""):
                assert 'name="csrf_token"' in answer.text, path
                assert answer.headers["Cache-Control"] == "no-store", path


def test_cookies_under_https(tmp_path, clock, migrated):
    site = start(tmp_path, clock, migrated, public_url="https://directory.example")
    visitor = site.browser(at="https://directory.example")
    cookies = [
        visitor.get("/sign-in").headers["Set-Cookie"],
        visitor.get("/language/en").headers["Set-Cookie"],
    ]
    for cookie, name in zip(cookies, ("session", "language"), strict=True):
        assert cookie.startswith(f"__Host-{name}=")
        parts = {part.strip() for part in cookie.split(";")[1:]}
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= parts
        assert not any(part.startswith("Domain") for part in parts)
    assert visitor.get("/").headers["Strict-Transport-Security"].startswith("max-age=")
    site.account("ada@works.example")
    assert visitor.sign_in("ada@works.example").status_code == 303
    assert visitor.get("/account").status_code == 200
    assert site.browser(at="https://evil.example").get("/").status_code == 400


def test_a_failure_tells_the_visitor_nothing_and_is_logged_once(tmp_path, clock, migrated, capsys):
    site = start(tmp_path, clock, migrated)
    site.app.testing = False

    def fail(token):
        raise RuntimeError("the secret inside")

    site.app.add_url_rule("/fail/<token>", "fail", fail)
    site.app.extensions["access"]["fail"] = Access.PUBLIC
    capsys.readouterr()
    answer = site.browser().get("/fail/mailed-token")
    assert answer.status_code == 500
    assert "the secret inside" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["X-Request-Id"] in answer.text
    assert "Content-Security-Policy" in answer.headers
    records = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert len(records) == 1
    assert records[0]["request_id"] == answer.headers["X-Request-Id"]
    assert records[0]["route"] == "/fail/<token>"
    assert "mailed-token" not in json.dumps(records)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 415, 429, 503])
def test_every_status_has_a_page(tmp_path, clock, migrated, status):
    site = start(tmp_path, clock, migrated)
    site.app.add_url_rule("/stop", "stop", lambda: abort(status))
    site.app.extensions["access"]["stop"] = Access.PUBLIC
    answer = site.browser().get("/stop")
    assert answer.status_code == status
    assert "<h1>" in answer.text


def test_too_large_a_form_is_refused(site):
    visitor = site.browser()
    assert visitor.post("/sign-in", {"email": "a" * 1_100_000}).status_code == 413
    many = {f"field{number}": "x" for number in range(1100)}
    assert visitor.client.post("/sign-in", data=many, content_type="multipart/form-data").status_code == 413


def test_nothing_is_served_without_its_secrets(tmp_path, clock, migrated):
    site = start(tmp_path, clock, migrated, demo=False, secret_key="k" * 40)
    for path in ("/", "/health", "/sign-in"):
        answer = site.browser().get(path)
        assert answer.status_code == 503
        assert answer.text == "Not configured for serving: set AUDIT_KEY, CONFLICTS_KEY\n"
    assert site.app.test_cli_runner().invoke(args=["taxonomy", "kind", "--json"]).exit_code == 0


def test_hostile_addresses_and_fields_never_break_a_page(site, visitors):
    hostile = [
        "%00",
        "%ff%fe",
        "%ed%a0%80",
        "..%2f..%2f",
        "%0d%0aSet-Cookie:x",
        "a" * 3000,
        "%F0%9F%94%91",
        "'\"><x>",
    ]
    for endpoint, path in routes(site.app, "GET"):
        for text in hostile:
            tried = [path.replace("nothing-there", text), f"{path}?q={text}&page={text}&next={text}&{text}=1"]
            for each in tried:
                status = visitors["administrator"].get(each).status_code
                assert status < 500 or endpoint == "pages.health", (endpoint, each)
