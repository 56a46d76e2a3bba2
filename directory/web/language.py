"""The language of a page: the visitor's choice, else his account's, else his browser's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from babel.support import NullTranslations
from flask import Blueprint, Flask, current_app, g, redirect, request
from flask_babel import Babel, Domain, get_locale
from werkzeug.exceptions import NotFound

from directory import i18n, taxonomy
from directory.types import LANGUAGES, Language, LanguageSkill, text_in
from directory.web.security import cookie_name, safe_next, signed_in_account

NAMES: dict[Language, str] = {"en": "English", "zh-Hans": "中文"}
"""Each language in its own words, as the switch shows it."""

_COOKIE_SECONDS = 365 * 24 * 3600

blueprint = Blueprint("language", __name__)


class Catalogues(Domain):
    """Flask-Babel's messages, taken from `directory.i18n`, so that pages and mails share one catalogue."""

    def get_translations(self):
        locale = get_locale()
        return NullTranslations() if locale is None else i18n.catalogue(str(locale))


class PageBabel(Babel):
    """Flask-Babel over our catalogues."""

    domain_instance = Catalogues()


def current_language() -> Language:
    """The language of the page that is being made; English outside a request."""
    if not request:
        return "en"
    if "language" not in g:
        g.language = _choose()
    return g.language


def _choose() -> Language:
    chosen = request.cookies.get(cookie_name("language"))
    if chosen in LANGUAGES:
        return chosen
    account = signed_in_account()
    if account is not None and account.language in LANGUAGES:
        return account.language
    for wanted, _quality in request.accept_languages:
        if wanted.lower().split("-")[0] == "zh":
            return "zh-Hans"
        if wanted.lower().split("-")[0] == "en":
            return "en"
    return "en"


@blueprint.get("/language/<code>")
def switch(code: str):
    """Remember the language in a cookie and go back; nothing is stored, so a plain link may do it."""
    if code not in LANGUAGES:
        raise NotFound
    response = redirect(safe_next(request.args.get("next")), 303)
    remember(response, code)
    return response


def remember(response, code: Language) -> None:
    """Keep the chosen language in the visitor's cookie."""
    response.set_cookie(
        cookie_name("language"),
        code,
        max_age=_COOKIE_SECONDS,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def label(name: str, code: object) -> str:
    """The label of a taxonomy code in the page's language."""
    return taxonomy.label(name, code, current_language())


def labels(name: str, codes: Iterable[object]) -> str:
    """The labels of several codes of a list, one after another."""
    return i18n.listed((label(name, code) for code in codes), current_language())


def skills(languages: Iterable[LanguageSkill]) -> str:
    """Working languages with their levels: "English (Drafts), Chinese (Pleads)"."""
    language = current_language()
    texts = (
        i18n.noted(label("language", each.code), label("level", each.level), language) for each in languages
    )
    return i18n.listed(texts, language)


def day(value: dt.date | dt.datetime | str | None) -> str:
    """A day as people read it, from a date, a moment or an ISO date; "" for None."""
    if not value:
        return ""
    if isinstance(value, str):
        value = dt.date.fromisoformat(value[:10])
    return i18n.format_date(value, current_language())


def money(minor: int | None, currency: str | None) -> str:
    """An amount with its currency code; "" when it is unknown."""
    return "" if minor is None or not currency else i18n.format_money(minor, currency, current_language())


def init_app(app: Flask) -> None:
    """Serve messages, labels and formats in the page's language."""
    PageBabel().init_app(app, locale_selector=lambda: i18n.locale_of(current_language()))
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(label=label, labels=labels, skills=skills, languages=NAMES)
    app.jinja_env.filters.update(
        day=day,
        money=money,
        listed=lambda texts, **how: i18n.listed(texts, current_language(), **how),
        in_language=lambda texts: text_in(texts or {}, current_language()),
    )

    @app.after_request
    def _say_language(response):
        if response.mimetype == "text/html":
            response.headers.setdefault("Content-Language", current_language())
            response.vary.update(("Accept-Language", "Cookie"))
        return response
