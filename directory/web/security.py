"""Who is asking, may he, and what every answer carries: sign-in, access by route, headers, cookies, CSRF."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf import CSRFProtect
from werkzeug.exceptions import NotFound

from directory.rules.permissions import Access, allowed
from directory.settings import Settings
from directory.store import accounts
from directory.store.accounts import SignIn, StoredAccount
from directory.types import ANYBODY, Actor

SECOND_FACTOR_PAGES = frozenset({"accounts.second_factor", "accounts.enrol", "accounts.sign_out"})
"""All that an administrator reaches before his second factor was checked, beside what is public."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),  # data: because Bootstrap's own stylesheet draws its ticks and arrows as data images
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HSTS = "max-age=31536000"


class SignedIn(UserMixin):
    """Flask-Login's user: a sign-in, known by its secret token, so that it can be revoked."""

    def __init__(self, token: str, sign_in: SignIn) -> None:
        self.id = token
        self.sign_in = sign_in


def signed_in_account() -> StoredAccount | None:
    """The account behind this request, whether or not its second factor was checked."""
    return current_user.sign_in.account if current_user.is_authenticated else None


def current_actor() -> Actor:
    """Who makes this request; `ANYBODY` when nobody is signed in or there is no request."""
    if not request:
        return ANYBODY
    if "actor" not in g:
        account = signed_in_account()
        g.actor = (
            ANYBODY
            if account is None
            else Actor(account.actor_name, account.role, account.id, current_user.sign_in.second_factor)
        )
    return g.actor


def cookie_name(name: str) -> str:
    """The name of a cookie: bound to this host and to TLS where the site is served over TLS."""
    return f"__Host-{name}" if current_app.config["SESSION_COOKIE_SECURE"] else name


def safe_next(target: str | None, default: str = "/") -> str:
    """`target` when it is a path of this site, else `default`.

    To browsers a backslash is a slash and a tab or line break is nothing, so none may occur.
    """
    return target if target and re.fullmatch(r"/(?!/)[^\x00-\x20\\\x7f]*", target) else default


def here() -> str:
    """The address of this page, to come back to; the start page when it answers a form."""
    return request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else "/"


def security_headers(settings: Settings) -> dict[str, str]:
    """The headers of every answer, static files and errors included."""
    return HEADERS | ({"Strict-Transport-Security": _HSTS} if settings.https else {})


def init_app(app: Flask, settings: Settings) -> None:
    """Sign-in, CSRF, the access table and the headers."""
    app.config.update(
        SECRET_KEY=settings.key("secret_key"),
        SESSION_COOKIE_NAME="__Host-session" if settings.https else "session",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # a long text must not be lost to a token that aged while it was written
    )
    if settings.public_url:
        app.config["TRUSTED_HOSTS"] = [urlsplit(settings.public_url).hostname, "localhost", "127.0.0.1"]
    app.extensions.setdefault("access", {})
    login = LoginManager()
    login.session_protection = None  # a phone changes its address all day; the token itself is the secret
    login.init_app(app)

    @login.user_loader
    def _load(token: str) -> SignedIn | None:
        services = current_app.extensions["services"]
        with services.reading() as reading:
            found = accounts.sign_in_by_token(reading, token, now=services.clock.now())
        return None if found is None else SignedIn(token, found)

    missing = settings.missing_for_serving()

    @app.before_request
    def _refuse_to_serve():
        if missing:
            text = f"Not configured for serving: set {', '.join(missing)}\n"
            return Response(text, 503, mimetype="text/plain")
        return None

    CSRFProtect(app)  # before the access table: a forged request is refused before anything else
    app.before_request(check_access)
    headers = security_headers(settings)

    @app.after_request
    def _finish(response):
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response.headers:
            private = session.modified or "_user_id" in session or "csrf_token" in session
            response.headers["Cache-Control"] = "no-store" if private else "no-cache"
        return response


def check_access():
    """Refuse a request that the access table does not allow; a route that is not in the table is closed."""
    if request.endpoint is None:
        return None
    access = current_app.extensions["access"].get(request.endpoint)
    if access is Access.PUBLIC:
        return None
    actor = current_actor()
    if access is None:
        raise NotFound
    if actor.account_id is None:
        return redirect(url_for("accounts.sign_in", next=here()), 303)
    if actor.role == "administrator" and not actor.second_factor:
        if request.endpoint not in SECOND_FACTOR_PAGES:
            return redirect(url_for("accounts.second_factor", next=here()), 303)
        return None
    if not allowed(access, actor):
        raise NotFound
    return None
