"""Text for people in a given language, outside the pages (mails, reasons, letters).

The catalogues are the `.po` files themselves, compiled in memory on first use: nothing
generated is kept in the repository, and an installed wheel needs no build step.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files

from babel import dates, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

_LOCALES = {"en": "en", "zh-Hans": "zh_Hans"}


def locale_of(language: str) -> str:
    """Babel's name of a page language; English for one we have no pages in."""
    return _LOCALES.get(language, "en")


@cache
def catalogue(locale: str) -> Translations:
    """The messages of a Babel locale, e.g. "zh_Hans"; an empty catalogue when there is no file."""
    path = files("directory") / "translations" / locale / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return Translations()
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=locale))
    compiled.seek(0)
    return Translations(compiled)


def gettext(message: str, language: str, **values: object) -> str:
    """`message` in `language`, its ``%(name)s`` placeholders filled from `values`."""
    text = catalogue(locale_of(language)).ugettext(message)
    return text % values if values else text


def N_(message: str) -> str:
    """`message` itself, marked as one to be translated where it is shown."""
    return message


def both(message: str, **values: object) -> dict[str, str]:
    """`message` in every page language, by BCP 47 code, as results carry their texts."""
    return {language: gettext(message, language, **values) for language in _LOCALES}


def listed(texts: Iterable[object], language: str, *, clauses: bool = False) -> str:
    """Texts one after another with the language's comma between; `clauses` have commas of their own."""
    chinese, other = ("；", "; ") if clauses else ("、", ", ")
    return (chinese if language.startswith("zh") else other).join(map(str, texts))


def noted(text: str, note: str, language: str) -> str:
    """A text with a note in the language's brackets: "Japan (JP)", "日本（JP）"."""
    return f"{text}（{note}）" if language.startswith("zh") else f"{text} ({note})"


@lru_cache(maxsize=4096)
def format_date(day: dt.date, language: str) -> str:
    """A day as people read it: 23 Nov 2026, 2026年11月23日."""
    pattern = "y年M月d日" if language.startswith("zh") else "d MMM y"
    return dates.format_date(day, pattern, locale=locale_of(language))


@lru_cache(maxsize=4096)
def format_money(minor: int, currency: str, language: str) -> str:
    """An amount with its currency code, without decimals when they are zero: CNY 60,000."""
    digits = numbers.get_currency_precision(currency)
    amount = minor / 10**digits
    pattern = "#,##0" if amount == int(amount) else "#,##0." + "0" * digits
    return f"{currency} {numbers.format_decimal(amount, format=pattern, locale=locale_of(language))}"
