"""The search page: what was asked stands wholly in the address, what is shown comes from the database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial

from flask import Blueprint, Flask, current_app, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape
from werkzeug.datastructures import MultiDict

from directory import taxonomy
from directory.i18n import N_
from directory.rules import listing
from directory.rules.permissions import Access
from directory.types import ServiceLineRecord, StoredProvider, text_in
from directory.web.language import current_language
from directory.web.navigation import NavigationItem, add
from directory.web.paging import Page
from directory.web.services import services
from search.errors import InvalidQuery
from search.fields import FILTERS
from search.finding import find
from search.text import pieces
from search.types import Found, SearchQuery

blueprint = Blueprint("search", __name__)

ACCESS = {"search.results": Access.PUBLIC}

PAGE_SIZE = 20
SHOWN_OPTIONS = 8
"""Options of a filter that stand open; the others wait behind "More"."""
SHOWN_LINES = 3
SNIPPET = 180
"""Characters of the summary on a card; half as many in Chinese, where each says more."""

PANEL = (
    "kind",
    "service",
    "right",
    "office",
    "field",
    "language",
    "industry",
    "fee_model",
    "price_band",
    "tier",
    "sub_kind",
    "nice",
    "city",
    "country",
)
"""Filters in the order of the panel."""


@dataclass(frozen=True)
class Option:
    """One choice of a filter: its count with the other filters holding, and whether it is ticked."""

    code: str
    label: str
    count: int | None
    chosen: bool


@dataclass(frozen=True)
class Panel:
    """One filter of the panel: what stands open, and what waits behind "More"."""

    key: str
    title: str
    open: list[Option]
    more: list[Option]

    @property
    def has_chosen(self) -> bool:
        return any(option.chosen for option in (*self.open, *self.more))


@dataclass(frozen=True)
class Card:
    """What a result shows of one provider, all of it read from the database just now."""

    ref: str
    name: Markup
    other_name: str | None
    kinds: list[str]
    place: str
    tier: str | None
    tier_until: object
    lines: list[dict[str, object]]
    more_lines: int
    languages: list[str]
    snippet: Markup
    snippet_language: str
    updated: object


@blueprint.get("/search")
def results():
    """Search, filter and page; a query that cannot be taken comes back with a sentence and what was typed."""
    query = read_query(request.args)
    today, language = services().clock.today(), current_language()
    try:
        with services().reading() as session:
            found = find(
                query,
                engine=current_app.extensions["search"],
                session=session,
                today=today,
                language=language,
            )
    except InvalidQuery as error:
        problem = _(error.message, **error.values)
        return render_template(
            "search/results.html", query=query, problem=problem, found=None, panels=[], tags=[]
        ), 400
    chosen = found.query.filters
    return render_template(
        "search/results.html",
        query=query,
        problem=None,
        found=found,
        cards=[card(hit, found, today) for hit in found.hits],
        panels=list(panels(found)),
        tags=[
            {
                "text": filter_text(f"{key}={code}"),
                "remove": address_without(key, code),
            }
            for key, codes in chosen.items()
            for code in codes
        ],
        removals=[
            {
                "text": filter_text(removal.filter),
                "total": removal.total,
                "href": address_without(*removal.filter.split("=", 1)),
            }
            for removal in found.removals
        ],
        page=Page(found.query.page, found.query.limit, found.total),
        canonical=url_for("search.results", _external=True, **canonical_arguments(found.query)),
    )


def read_query(args: MultiDict[str, str]) -> SearchQuery:
    """The query in an address; numbers that are none become ones that are refused with a sentence."""
    page = args.get("page", "1")
    return SearchQuery(
        text=args.get("q", "").strip(),
        filters={
            key: tuple(value for value in args.getlist(key) if value) for key in FILTERS if args.getlist(key)
        },
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 0,
        limit=PAGE_SIZE,
        sort=args.get("sort") or "relevance",
    )


def canonical_arguments(query: SearchQuery) -> dict[str, object]:
    """The arguments that matter, in one order."""
    arguments: dict[str, object] = {"q": query.text} if query.text else {}
    arguments |= {key: list(codes) for key, codes in query.filters.items()}
    if query.sort != "relevance":
        arguments["sort"] = query.sort
    if query.page > 1:
        arguments["page"] = query.page
    return arguments


def address_without(key: str, code: str) -> str:
    """This search without one value of one filter."""
    arguments = {name: values for name, values in request.args.lists() if name != "page"}
    arguments[key] = [value for value in arguments.get(key, []) if value != code]
    return url_for("search.results", **{name: values for name, values in arguments.items() if values})


def panels(found: Found) -> Iterator[Panel]:
    """The filters with their options: most frequent first, ticked ones always there."""
    language = current_language()
    for key in PANEL:
        counts = {each.code: each.count for each in found.facets.get(key, ())}
        chosen = found.query.filters.get(key, ())
        codes = [code for code, count in counts.items() if count or code in chosen]
        if found.degraded and not codes and (vocabulary := FILTERS[key].vocabulary):
            codes = list(taxonomy.codes(vocabulary))
        codes += [code for code in chosen if code not in codes]
        options = [
            Option(
                code,
                value_label(key, code, language),
                None if found.degraded else counts.get(code, 0),
                code in chosen,
            )
            for code in codes
        ]
        if not options:
            continue
        options.sort(key=lambda option: (not option.chosen, -(option.count or 0), option.label))
        shown = max(SHOWN_OPTIONS, len(chosen))
        yield Panel(key, filter_title(key), options[:shown], options[shown:])


TITLES = {
    "kind": N_("Kind of provider"),
    "sub_kind": N_("Profession"),
    "service": N_("Service"),
    "right": N_("IP right"),
    "office": N_("Office"),
    "field": N_("Technology field"),
    "nice": N_("Nice class"),
    "language": N_("Working language"),
    "industry": N_("Industry"),
    "fee_model": N_("Fee model"),
    "price_band": N_("Price band"),
    "tier": N_("Vetting"),
    "city": N_("City"),
    "country": N_("Place of business"),
}


def filter_title(key: str) -> str:
    """What a filter is called."""
    return _(TITLES[key])


@lru_cache(maxsize=1 << 14)
def value_label(key: str, code: str, language: str) -> str:
    """A filter's value in a language."""
    match key:
        case "city":
            return taxonomy.label("place", code, language)
        case "country":
            return taxonomy.label("office", code, language)
        case "nice":
            return f"{code} {taxonomy.label('nice', code, language)}"
    return taxonomy.label(FILTERS[key].vocabulary or key, code, language)


def filter_text(text: str) -> str:
    """A filter written ``key=code``, in words."""
    language = current_language()
    key, code = text.split("=", 1)
    return _("%(title)s: %(value)s", title=filter_title(key), value=value_label(key, code, language))


def card(hit: StoredProvider, found: Found, today) -> Card:
    """What a result shows of a provider."""
    language = current_language()
    label = partial(_label, language)
    record = listing.public_record(hit.record, today)
    words = pieces(found.query.text)
    name = record.display_name(language)
    lines = sorted(
        record.service_lines, key=lambda line: (not asked_for(line, found.query), tier_place(line, today))
    )
    best = listing.tier(record, today)
    snippet_language = language if record.summary.get(language) else next(iter(record.summary), language)
    return Card(
        ref=record.ref,
        name=highlight(name, words),
        other_name=next((text for text in record.name.values() if text and text != name), None),
        kinds=[label("kind", record.kind), *(label("sub_kind", each) for each in record.sub_kinds)],
        place=taxonomy.seat(record.city, record.country, language),
        tier=best,
        tier_until=next(
            (line.vetting.until for line in lines if line.vetting and listing.state_on(line, today) == best),
            None,
        ),
        lines=[
            {
                "service": label("service", line.service),
                "right": label("right", line.right),
                "offices": [label("office", office) for office in line.offices[:4]],
                "more_offices": max(0, len(line.offices) - 4),
                "state": listing.state_on(line, today),
                "band": listing.price_band(line),
            }
            for line in lines[:SHOWN_LINES]
        ],
        more_lines=max(0, len(lines) - SHOWN_LINES),
        languages=[label("language", skill.code) for skill in record.languages],
        snippet=highlight(snippet(text_in(record.summary, language), words), words),
        snippet_language=snippet_language,
        updated=hit.updated_at,
    )


def _label(language: str, name: str, code: object) -> str:
    return taxonomy.label(name, code, language)


def asked_for(line: ServiceLineRecord, query: SearchQuery) -> bool:
    """Whether a line meets every filter that holds on a line."""
    has = {
        "service": {line.service},
        "right": {line.right},
        "office": set(line.offices),
        "field": {str(each) for each in line.fields},
    }
    return all(has[key] & set(query.filters[key]) for key in has if key in query.filters)


def tier_place(line: ServiceLineRecord, today) -> int:
    """Place of a line's state among the tiers, best first."""
    return listing.TIERS.index(listing.state_on(line, today))


def snippet(text: str, words: list[str]) -> str:
    """The stretch of a text around the first of the words; its beginning when none occurs."""
    text = " ".join(text.split())
    length = SNIPPET if text.isascii() or " " in text[:40] else SNIPPET // 2
    lower = text.lower()
    places = [place for word in words if len(word) > 1 and (place := lower.find(word)) >= 0]
    start = max(0, min(places) - length // 3) if places else 0
    if start and " " in text[start : start + 20]:
        start = text.index(" ", start) + 1
    cut = text[start : start + length]
    if start + length < len(text):
        cut = (cut.rsplit(" ", 1)[0] if " " in cut[-30:] else cut) + "…"
    return ("…" if start else "") + cut


def highlight(text: str, words: list[str]) -> Markup:
    """A text, escaped, with the words of the query marked."""
    wanted = sorted({word for word in words if len(word) > 1}, key=len, reverse=True)
    if not wanted:
        return escape(text)
    pattern = re.compile("|".join(re.escape(word) for word in wanted), re.IGNORECASE)
    out, end = Markup(), 0
    for match in pattern.finditer(text):
        out += (
            escape(text[end : match.start()]) + Markup("<mark>") + escape(match.group()) + Markup("</mark>")
        )
        end = match.end()
    return out + escape(text[end:])


def register(app: Flask) -> None:
    """Add the search page."""
    app.register_blueprint(blueprint)
    app.extensions["access"].update(ACCESS)
    add(app, NavigationItem("search.results", N_("Find providers"), 10))
