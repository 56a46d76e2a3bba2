"""A brief as a form: each answer with the words it was read from; what comes back is the owner's word."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

import pycountry
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from directory import taxonomy
from directory.i18n import N_, format_date, format_money, listed, noted
from directory.rules.record_checks import LARGEST_NUMBER, LONGEST_TEXT, MIN_TIERS, Findings, stated_findings
from directory.types import Brief
from directory.web.language import current_language
from matching.brief import ReadBrief, ReadValue

LISTS = {
    "services": "service",
    "rights": "right",
    "offices": "office",
    "fields": "field",
    "nice": "nice",
    "industries": "industry",
    "languages": "language",
    "kinds": "kind",
    "purposes": "purpose",
}
"""Answers of which several may be ticked, with the taxonomy list they come from."""

LONG_LISTS = frozenset({"offices", "fields", "nice", "languages"})
"""These stand in one box that scrolls, ticked ones first."""

MUST_KEYS = (
    "services", "rights", "offices", "fields", "industries", "languages", "kinds", "budget_max_minor",
    "deadline",
)  # fmt: skip

MAIN = ("need_type", "services", "rights", "offices")
"""Asked in any case; other answers wait behind a disclosure while they are empty."""

ORDER = (
    *MAIN, "fields", "ipc", "nice", "industries", "languages", "budget", "deadline", "kinds", "purposes",
    "adverse_parties", "owner_country", "must", "min_tier",
)  # fmt: skip

MOST_PARTIES = 50
LONGEST_NAME = 300

TITLES = {
    "need_type": N_("What it is about"),
    "services": N_("Services"),
    "rights": N_("IP rights"),
    "offices": N_("Offices"),
    "fields": N_("Technology fields"),
    "ipc": N_("Patent classes (IPC)"),
    "nice": N_("Nice classes"),
    "industries": N_("Industries"),
    "languages": N_("Working languages"),
    "budget": N_("Budget"),
    "budget_max_minor": N_("Budget"),
    "deadline": N_("Deadline"),
    "kinds": N_("Kind of provider"),
    "purposes": N_("Purpose of finance, valuation or sale"),
    "adverse_parties": N_("Opponents"),
    "owner_country": N_("Where you are based"),
    "must": N_("Must-haves"),
    "min_tier": N_("Least vetting"),
}

HINTS = {
    "services": N_("Drafting and filing are two services; many needs ask for both."),
    "offices": N_(
        "Where the right, the goods, the work or the dispute is. "
        "Europe is EP for patents, EM for marks and designs."
    ),
    "fields": N_("Only for technical matter."),
    "ipc": N_("If you know them, with commas between, for example H01L 29, H02M 7."),
    "nice": N_("Only for trade marks."),
    "languages": N_("Those you want to work in. Somebody who has one of them is enough."),
    "budget": N_("The most you want to pay the provider, without official fees."),
    "deadline": N_("When the work must be done or filed."),
    "purposes": N_("Only for valuation, finance and trading."),
    "adverse_parties": N_(
        "One a line, each name they go by. Used later for conflict checks; no provider sees them now."
    ),
    "must": N_("Shown to you and later to providers. They change nothing in who is eligible."),
    "min_tier": N_(
        "“Verified” also takes providers whose register entries were checked but whose work was not."
    ),
}  # fmt: skip

ANY = N_("any – you did not say")
EMPTY = {
    "need_type": N_("not said"),
    "fields": N_("none named"),
    "ipc": N_("none named"),
    "nice": N_("none named"),
    "budget": N_("not said"),
    "deadline": N_("none"),
    "purposes": N_("none named"),
    "adverse_parties": N_("none named"),
    "owner_country": N_("not said"),
    "must": N_("none"),
}
"""What an answer without a value says, where it is not "any"."""


@dataclass
class Choice:
    """One option of an answer."""

    code: str
    label: str
    chosen: bool


@dataclass
class Answer:
    """One answer of the page: what it says now, what it was read from, and its options."""

    key: str
    title: str
    shown: list[str] = field(default_factory=list)
    empty: str = ""
    hint: str = ""
    evidence: list[str] = field(default_factory=list)
    sureness: str | None = None
    choices: list[Choice] = field(default_factory=list)
    error: bool = False

    @property
    def long(self) -> bool:
        return self.key in LONG_LISTS


def to_form(brief: Brief) -> MultiDict[str, str]:
    """A brief as the fields of the form."""
    form: MultiDict[str, str] = MultiDict()
    for key in LISTS:
        form.setlist(key, [str(value) for value in getattr(brief, key)])
    form.setlist("must", list(brief.must))
    form["need_type"] = brief.need_type or ""
    form["ipc"] = ", ".join(brief.ipc)
    form["adverse_parties"] = "\n".join(brief.adverse_parties)
    form["owner_country"] = brief.owner_country or ""
    form["deadline"] = brief.deadline.isoformat() if brief.deadline else ""
    form["min_tier"] = brief.min_tier
    if brief.budget_max_minor is not None:
        amount = Decimal(brief.budget_max_minor) / 10 ** taxonomy.minor_digits(brief.currency or "CNY")
        form["budget"] = f"{amount.normalize():f}"
    form["currency"] = brief.currency or ""
    if brief.budget_firm:
        form["budget_firm"] = "yes"
    return form


def stated(form: MultiDict[str, str]) -> tuple[dict[str, object], dict[str, str]]:
    """What a form states, every key of a brief, and what is wrong by field."""
    errors: dict[str, str] = {}
    values: dict[str, object] = {
        "need_type": form.get("need_type") or None,
        "ipc": _split(form.get("ipc", ""), r"[,，;；、\n]"),
        "adverse_parties": _split(form.get("adverse_parties", ""), r"\n"),
        "owner_country": form.get("owner_country") or None,
        "must": [key for key in dict.fromkeys(form.getlist("must")) if key in MUST_KEYS],
        "min_tier": form.get("min_tier") or "vetted",
        "deadline": None,
    }
    for key in LISTS:
        codes = [code for code in dict.fromkeys(form.getlist(key)) if code]
        if key in ("fields", "nice"):
            values[key] = [
                int(code) if code.isascii() and code.isdigit() and len(code) < 4 else code for code in codes
            ]
        else:
            values[key] = codes
    values |= _budget(form, errors)
    raw = form.get("deadline", "").strip()
    if raw:
        try:
            values["deadline"] = dt.date.fromisoformat(raw).isoformat()
        except ValueError:
            errors["deadline"] = N_("Enter the deadline as year-month-day, for example 2027-03-31")
    parties = values["adverse_parties"]
    if len(parties) > MOST_PARTIES or any(len(party) > LONGEST_NAME for party in parties):
        errors["adverse_parties"] = N_("Enter at most 50 names of at most 300 characters each")
    found = Findings()
    stated_findings(found, values, key="")
    found.storable("", values)
    for problem in found.problems:
        name = problem.key.lstrip(".").partition("[")[0]
        name = "budget" if name == "budget_max_minor" else name
        errors.setdefault(name, WRONG.get(name, N_("Choose from the list")))
    return values, errors


WRONG = {
    "ipc": N_("Enter patent classes such as H01L 29 with commas between"),
    "adverse_parties": N_("Remove characters that are no text"),
    "budget": N_("Enter the budget as a number, for example 200000"),
}


def _split(text: str, separators: str) -> list[str]:
    parts = (part.strip() for part in re.split(separators, text))
    return list(dict.fromkeys(part for part in parts if part))


def _budget(form: MultiDict[str, str], errors: dict[str, str]) -> dict[str, object]:
    """Amount, currency and whether it is firm; none of them without an amount."""
    none = {"budget_max_minor": None, "currency": None, "budget_firm": False}
    raw = unicodedata.normalize("NFKC", form.get("budget", "")).strip()
    currency = form.get("currency", "")
    if not raw:
        return none
    factor = 10_000 if raw.endswith(("万", "萬")) else 1
    try:
        amount = Decimal(re.sub(r"[,\s_']", "", raw.rstrip("万萬"))) * factor
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= LARGEST_NUMBER // 1000:
        errors["budget"] = WRONG["budget"]
        return none
    known = Findings()
    known.currency("currency", currency)
    if known.problems:
        errors["currency"] = N_("Choose the currency of the budget")
        return none
    return {
        "budget_max_minor": int(amount * 10 ** taxonomy.minor_digits(currency)),
        "currency": currency,
        "budget_firm": form.get("budget_firm") == "yes",
    }


def currencies(chosen: str | None) -> list[str]:
    """The currencies to choose from: those with a reference rate, which compare, and the chosen one."""
    return list(dict.fromkeys([*taxonomy.reference_rates(), *([chosen] if chosen else [])]))


def text_error(text: str) -> str | None:
    """What is wrong with a need's text; None when it can be kept."""
    if len(text) > LONGEST_TEXT:
        return N_("Shorten the text to %(longest)s characters")
    found = Findings()
    found.storable("text", text)
    return N_("Remove characters that are no text") if found.problems else None


def text_language(text: str) -> str:
    """The language a text is mostly in."""
    han = sum("\u4e00" <= character <= "\u9fff" for character in text)
    return "zh-Hans" if han * 4 > len(text) else "en"


def answers(
    form: MultiDict[str, str], read: ReadBrief | None, errors: dict[str, str]
) -> tuple[list[Answer], list[Answer]]:
    """The answers of the page: first those that say something, then those that are left open."""
    first, later = [], []
    for answer in _answers(form, read, errors):
        known = answer.shown and answer.key != "min_tier"
        (first if known or answer.error or answer.key in MAIN else later).append(answer)
    return first, later


def _answers(form: MultiDict[str, str], read: ReadBrief | None, errors: dict[str, str]) -> Iterator[Answer]:
    language = current_language()
    for key in ORDER:
        answer = Answer(
            key, _(TITLES[key]), [], _(EMPTY.get(key, ANY)), _(HINTS[key]) if key in HINTS else ""
        )
        answer.error = key in errors or (key == "budget" and "currency" in errors)
        if key in LISTS:
            answer.choices = list(_choices(LISTS[key], form.getlist(key), language))
            if answer.long:
                answer.choices.sort(key=lambda choice: not choice.chosen)
        elif key == "need_type":
            answer.choices = list(_choices("need_type", [form.get(key, "")], language))
        elif key == "must":
            chosen = form.getlist(key)
            answer.choices = [Choice(each, _(TITLES[each]), each in chosen) for each in MUST_KEYS]
        elif key == "min_tier":
            chosen = form.get(key) or "vetted"
            answer.choices = [
                Choice(tier, taxonomy.label("vetting_state", tier, language), tier == chosen)
                for tier in MIN_TIERS[:2]
            ]
        elif key == "owner_country":
            answer.choices = list(_choices("office", [form.get(key, "")], language, countries=True))
        answer.shown = [choice.label for choice in answer.choices if choice.chosen] or list(
            _typed(key, form, language)
        )
        if read is not None:
            _add_evidence(answer, form, read)
        yield answer


def _choices(name: str, chosen: Sequence[str], language: str, *, countries: bool = False) -> Iterator[Choice]:
    for code in taxonomy.codes(name):
        if countries and pycountry.countries.get(alpha_2=code) is None:
            continue
        text = taxonomy.label(name, code, language)
        if name == "office" and not countries:
            text = noted(text, code, language)
        elif name in ("field", "nice"):
            text = f"{code} {text}"
        yield Choice(code, text, code in chosen)


def _typed(key: str, form: MultiDict[str, str], language: str) -> Iterator[str]:
    """What was typed into a field that has no options."""
    if key == "budget" and form.get("budget", "").strip():
        values = _budget(form, {})
        if values["budget_max_minor"] is None:
            yield form["budget"]
        else:
            yield format_money(values["budget_max_minor"], values["currency"], language)
            if values["budget_firm"]:
                yield _("firm: not a cent more")
    elif key == "deadline" and form.get("deadline", "").strip():
        try:
            yield format_date(dt.date.fromisoformat(form["deadline"].strip()), language)
        except ValueError:
            yield form["deadline"]
    elif key == "ipc":
        yield from _split(form.get("ipc", ""), r"[,，;；、\n]")
    elif key == "adverse_parties":
        yield from _split(form.get("adverse_parties", ""), r"\n")


def _add_evidence(answer: Answer, form: MultiDict[str, str], read: ReadBrief) -> None:
    """The words that the values which still stand were read from, and how sure the least sure of them is."""
    key = "budget_max_minor" if answer.key == "budget" else answer.key
    found = getattr(read, key)
    values: tuple[ReadValue, ...] = found if isinstance(found, tuple) else (found,) if found else ()
    if key == "budget_max_minor":
        readings = to_form(read.to_brief())
        standing = [value for value in values if readings.get("budget") == form.get("budget")]
    elif key == "ipc":
        typed = _split(form.get("ipc", ""), r"[,，;；、\n]")
        standing = [value for value in values if value.value in typed]
    elif key == "adverse_parties":
        typed = _split(form.get(key, ""), r"\n")
        standing = [value for value in values if value.value in typed]
    else:
        standing = [value for value in values if str(value.value) in form.getlist(key)]
    standing = [value for value in standing if value.evidence]
    answer.evidence = list(dict.fromkeys(value.evidence for value in standing))
    if standing:
        answer.sureness = sureness(min(value.confidence for value in standing))


def sureness(confidence: float) -> str:
    """A confidence in words; the steps are ours and stand on no measurement yet."""
    if confidence >= 0.85:
        return _("sure")
    return _("likely") if confidence >= 0.65 else _("please check")


def headline(text: str, brief: Brief) -> str:
    """A need in one line: services and offices where it says them, else the beginning of its text."""
    language = current_language()
    services = [taxonomy.label("service", code, language) for code in brief.services]
    rights = [taxonomy.label("right", code, language) for code in brief.rights]
    offices = [taxonomy.label("office", code, language) for code in brief.offices]
    parts = [listed(part, language) for part in (services, rights, offices) if part]
    if parts:
        return " · ".join(parts)
    words = " ".join(text.split())
    return words if len(words) <= 80 else f"{words[:79]}…"
