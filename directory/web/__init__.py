"""The pages of the directory itself, and what the pages of every package stand on.

It owns: sign-in, sessions, CSRF, headers and the access table (`security`), the page's language
(`language`), errors as pages (`errors`), paging, limits, the header's links (`navigation`) and the
blueprints `pages`, `accounts`, `audit` and `providers`. Views parse, call one action and show the
result; they hold no rule. Each blueprint module has `ACCESS`, which says for every route who may
use it: a route without an entry stays shut, and a test fails. It must not know search or
matching. Start reading at `security.check_access`, then `accounts`.
"""

from __future__ import annotations

from flask import Flask

from directory.i18n import N_
from directory.rules.permissions import Access
from directory.settings import Settings
from directory.web import (
    account_settings,
    accounts,
    audit,
    colleagues,
    errors,
    firm,
    language,
    limits,
    logs,
    navigation,
    pages,
    paging,
    providers,
    security,
)

_ROOMS = (pages, accounts, account_settings, colleagues, audit, providers, firm)

ACCESS = {
    "static": Access.PUBLIC,
    "bootstrap.static": Access.PUBLIC,
    "language.switch": Access.PUBLIC,
} | {endpoint: access for room in _ROOMS for endpoint, access in room.ACCESS.items()}


def init_app(app: Flask, settings: Settings) -> None:
    """Lay what every package's pages stand on; `wsgi.create_app` calls this before any blueprint comes."""
    logs.init_app(app)
    limits.init_app(app, settings)
    security.init_app(app, settings)
    language.init_app(app)
    errors.init_app(app)
    app.jinja_env.globals.update(
        navigation=navigation.navigation,
        has_page=navigation.has_page,
        here=security.here,
        page_url=paging.page_url,
    )

    @app.context_processor
    def _page():
        return {"page_language": language.current_language(), "actor": security.current_actor()}


def register(app: Flask) -> None:
    """Add this package's pages."""
    for room in _ROOMS:
        app.register_blueprint(room.blueprint)
    navigation.add(
        app,
        navigation.NavigationItem("firm.home", N_("Your profiles"), 20, frozenset({"firm"})),
        navigation.NavigationItem("audit.events", N_("Audit trail"), 80, frozenset({"administrator"})),
    )
    app.extensions["access"].update(ACCESS)
