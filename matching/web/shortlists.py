"""Who fits a need, in which order and why; and how many do not, for which reasons."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from directory import taxonomy
from directory.actions import needs as need_actions
from directory.actions.shortlists import store_shortlist
from directory.errors import IllegalTransition, NotAllowed, NotFound
from directory.i18n import N_, format_date, format_money, listed
from directory.rules.eligibility import ANY, judge
from directory.rules.permissions import Access
from directory.store import market, providers, shortlists
from directory.store import needs as need_store
from directory.store.needs import StoredNeed
from directory.types import Brief, Element, StoredProvider, element_code, text_in
from directory.web.language import current_language
from directory.web.security import current_actor
from directory.web.services import services
from matching import explain
from matching.candidates import places, seed
from matching.shortlisting import make_shortlist
from matching.shortlisting import not_eligible as not_eligible_of
from matching.web.brief_form import headline
from matching.web.methodology import SOURCES
from matching.web.needs import brief_of

blueprint = Blueprint("shortlists", __name__)

ACCESS = {
    "shortlists.show": Access.SIGNED_IN,
    "shortlists.make": Access.SIGNED_IN,
    "shortlists.not_eligible": Access.SIGNED_IN,
}

SHOWN_REASONS = 3
"""Reasons that stand open with a match; all of them are in its table."""

LEFT_OPEN = {
    "services": N_("any service"),
    "rights": N_("any right"),
    "offices": N_("any office"),
    "fields": N_("any field"),
    "industries": N_("any industry"),
    "languages": N_("any language"),
    "kinds": N_("any kind of provider"),
    "budget_max_minor": N_("any budget"),
}
"""What each dimension that a need does not state counts as."""


RELAXED = {
    "offices": (N_("Any office instead of those you name"), []),
    "rights": (N_("Any IP right"), []),
    "languages": (N_("Any working language"), []),
    "kinds": (N_("Any kind of provider"), []),
    "budget_firm": (N_("A budget that may be exceeded"), False),
    "min_tier": (N_("“Verified” is enough"), "verified"),
}
"""What an owner can give up when nobody is eligible, and the value that gives it up."""

MOST_COUNTED = 50
"""Up to so many eligible providers are counted for one thing given up."""


@dataclass
class Part:
    """A part of a score with its reason and where the fact comes from."""

    label: str
    points: float
    of: float
    reason: str
    source: str
    when: str


@dataclass
class Match:
    """A provider of the shortlist: what the database says of him now, and how he was scored."""

    ref: str
    rank: int
    name: str
    other_name: str | None
    kinds: list[str]
    place: str
    score: float
    parts: list[Part]
    covers: list[str]
    unchecked: list[str]
    unknown: list[str]
    would_change: str

    @property
    def best(self) -> list[Part]:
        """The parts that carry it most."""
        told = [part for part in self.parts if part.reason and part.points > 0]
        return sorted(told, key=lambda part: -part.points)[:SHOWN_REASONS]


@dataclass
class Member:
    """A member of the team and what he covers."""

    ref: str
    name: str
    covers: list[str]


@dataclass
class Team:
    """The fewest providers that cover most of the need."""

    members: list[Member]
    uncovered: list[str]
    fees: str | None
    over_budget: str | None
    warnings: list[str] = field(default_factory=list)
    broken: bool = False


def _ranker():
    """The published weights; scikit-learn takes a second to import, which no start of the pages waits for."""
    from matching.ranker import policy

    return policy()


@blueprint.get("/needs/<ref>/shortlist")
def show(ref: str):
    """The shortlist of a need: of today and of its newest version, or an earlier one by `list`."""
    parts, actor = services(), current_actor()
    today = parts.clock.today()
    with parts.reading() as session:
        need = need_store.visible(session, ref, actor)
        chosen = request.args.get("list")
        if chosen is not None:
            stored = shortlists.by_id(session, int(chosen)) if chosen.isascii() and chosen.isdigit() else None
            if stored is None or stored.need_id != need.id:
                raise NotFound(ref)
        else:
            stored = shortlists.latest(session, need.id)
        is_member = need_actions.may_edit(session, actor, need)
    current = stored is not None and stored.need_version == need.version
    if (
        chosen is None
        and need.state == "open"
        and not (current and stored.result["as_of"] == today.isoformat())
    ):
        result = make_now(need, keep=is_member)
    else:
        result = stored.result if stored else None
    return shortlist_page(need, result, today, is_member=is_member, is_old=chosen is not None)


@blueprint.post("/needs/<ref>/shortlist")
def make(ref: str):
    """Make the shortlist again, from what the directory says now."""
    parts, actor = services(), current_actor()
    with parts.reading() as session:
        need = need_store.visible(session, ref, actor)
        if not need_actions.may_edit(session, actor, need):
            raise NotAllowed
    if need.state != "open":
        raise IllegalTransition(f"the need is {need.state}")
    make_now(need, keep=True)
    return redirect(url_for("shortlists.show", ref=ref), 303)


def make_now(need: StoredNeed, *, keep: bool):
    """A shortlist of this moment; kept when a member of the organisation asks for it."""
    parts = services()
    with parts.reading() as session:
        made = make_shortlist(
            session,
            brief_of(need),
            need=need.ref,
            text=need.text,
            today=parts.clock.today(),
            ranker=_ranker(),
            engine=current_app.extensions["search"],
            refusals=False,
        )
    if keep:
        store_shortlist(
            need.ref,
            need.version,
            result=made.result,
            inputs=made.inputs,
            actor=current_actor(),
            uow=parts.unit_of_work(),
            clock=parts.clock,
        )
    return made.result


def refusals(need: StoredNeed, brief: Brief) -> dict[str, list[dict[str, object]]]:
    """Who is not eligible, over the whole market: counts by reason, and near misses by name."""
    parts, language = services(), current_language()
    with parts.reading() as session:
        refused = not_eligible_of(
            session,
            brief,
            need=need.ref,
            text=need.text,
            today=parts.clock.today(),
            ranker=_ranker(),
        )
        found = providers.by_refs(session, [each["provider"] for each in refused["near"]])
    return {
        "counts": [
            {"label": taxonomy.label("reason", code, language), "count": count}
            for code, count in refused["counts"].items()
        ],
        "near": [
            {
                "ref": each["provider"],
                "name": found[each["provider"]].record.display_name(language),
                "reasons": [taxonomy.label("reason", code, language) for code in each["reasons"]],
                "lift": text_in(each["lift"], language),
            }
            for each in refused["near"]
            if each["provider"] in found
        ],
    }


@blueprint.get("/needs/<ref>/not-eligible")
def not_eligible(ref: str):
    """How many are not eligible for which reasons, and who comes near: it reads the whole market."""
    with services().reading() as session:
        need = need_store.visible(session, ref, current_actor())
    brief = brief_of(need)
    refused = refusals(need, brief)
    return render_template(
        "matching/not_eligible.html",
        need=need,
        headline=headline(need.text, brief),
        total=sum(each["count"] for each in refused["counts"]),
        **refused,
    )


def relaxations(need: StoredNeed, brief: Brief) -> Iterator[dict[str, str]]:
    """What could be given up so that somebody is eligible, and how many would be."""
    today = services().clock.today()
    with services().reading() as session:
        for key, (text, without) in RELAXED.items():
            if getattr(brief, key) == without:
                continue
            wider = msgspec.structs.replace(brief, **{key: without})
            found = market.first_eligible(
                session, wider, today, places(wider), limit=MOST_COUNTED, seed=seed(need.ref)
            )
            count = len({identity for ids in found.values() for identity in ids})
            if count >= MOST_COUNTED:
                yield {"text": _(text), "count": _("%(count)s or more providers", count=MOST_COUNTED)}
            elif count:
                yield {"text": _(text), "count": ngettext("%(num)s provider", "%(num)s providers", count)}


def shortlist_page(need: StoredNeed, result, today: dt.date, *, is_member: bool, is_old: bool):
    """A shortlist with what the database says of each provider now, without who is no longer eligible."""
    language = current_language()
    if result is None:
        return render_template("matching/shortlist.html", need=need, result=None)
    brief = msgspec.convert(result["brief"], Brief)
    refused = {}
    if not result["matches"]:
        refused = refusals(need, brief) | {"relaxed": list(relaxations(need, brief))}
    with services().reading() as session:
        refs = [
            *(match["provider"] for match in result["matches"]),
            *(result["team"] or {}).get("members", ()),
        ]
        found = providers.by_refs(session, refs)
    unchecked = {}
    for ref, each in found.items():
        verdict = judge(each.record, brief, today)
        if verdict.reason is None:
            unchecked[ref] = verdict.unchecked
    matches = [
        shown_match(match, found[match["provider"]], unchecked[match["provider"]], language)
        for match in result["matches"]
        if match["provider"] in unchecked
    ]
    return render_template(
        "matching/shortlist.html",
        need=need,
        result=result,
        headline=headline(need.text, brief),
        matches=matches,
        dropped=len(result["matches"]) - len(matches),
        team=shown_team(result["team"], {ref: found[ref] for ref in unchecked}, brief, language),
        left_open=[_(text) for key, text in LEFT_OPEN.items() if not getattr(brief, key)],
        is_member=is_member,
        is_old=is_old,
        **refused,
    )


def shown_match(
    match: Mapping[str, object], provider: StoredProvider, unchecked: Sequence[Element], language: str
) -> Match:
    """A match as the page shows it."""
    record = provider.record
    name = record.display_name(language)
    return Match(
        ref=record.ref,
        rank=match["rank"],
        name=name,
        other_name=next((text for text in record.name.values() if text and text != name), None),
        kinds=[
            taxonomy.label("kind", record.kind, language),
            *(taxonomy.label("sub_kind", each, language) for each in record.sub_kinds),
        ],
        place=taxonomy.seat(record.city, record.country, language),
        score=match["score"],
        parts=[
            Part(
                label=explain.family_label(part["feature"], language),
                points=part["points"],
                of=part["of"],
                reason=text_in(part["reason"], language),
                source=source_text(part["source"], language),
                when=when(part["date"], language),
            )
            for part in match["parts"]
        ],
        covers=element_labels(match["covers"], language),
        unchecked=element_labels(map(element_code, unchecked), language),
        unknown=[explain.feature_label(name, language) for name in match["unknown"]],
        would_change=text_in(match["would_change"] or {}, language),
    )


def when(date: str | None, language: str) -> str:
    """The day, month or period that a fact is from, as people read it."""
    if date and re.fullmatch(r"\d{4}-\d\d-\d\d", date):
        return format_date(dt.date.fromisoformat(date), language)
    return (date or "").replace("/", "–")


def source_text(source: str | None, language: str) -> str:
    """Whose word a fact is; "" when there is no fact."""
    kind, _colon, code = (source or "").partition(":")
    return taxonomy.label("register", code, language) if code else _(SOURCES[kind]) if kind else ""


def element_labels(codes: Iterable[str], language: str) -> list[str]:
    """Elements written ``PROS:patent:CN``, in words: services for one right at one office stand together."""
    services_at: dict[tuple[str, str], list[str]] = {}
    for code in codes:
        service, right, office = code.split(":")
        services_at.setdefault((right, office), []).append(service)
    labels = []
    for (right, office), names in services_at.items():
        parts = [
            listed((taxonomy.label("service", each, language) for each in names if each != ANY), language)
        ]
        parts += [taxonomy.label("right", right, language)] if right != ANY else []
        parts += [taxonomy.label("office", office, language)] if office != ANY else []
        labels.append(" · ".join(part for part in parts if part))
    return labels


def shown_team(team, found: Mapping[str, StoredProvider], brief: Brief, language: str) -> Team | None:
    """The team as the page shows it; None when there is none."""
    if not team or not team["members"]:
        return None
    present = [ref for ref in team["members"] if ref in found]
    return Team(
        members=[
            Member(
                ref=ref,
                name=found[ref].record.display_name(language),
                covers=element_labels(team["covers"].get(ref, ()), language),
            )
            for ref in present
        ],
        uncovered=element_labels(team["uncovered"], language),
        fees=fee_range(team, language),
        over_budget=over_budget(team["over_budget"], brief, language),
        warnings=[
            warning_text(warning, found, language)
            for warning in team["warnings"]
            if all(ref in found for ref in warning["members"])
        ],
        broken=len(present) < len(team["members"]),
    )


def fee_range(team, language: str) -> str | None:
    """The fees of the members together; None when none is known."""
    low, high, currency = team["fee_min_minor"], team["fee_max_minor"], team["currency"]
    if currency is None or (low is None and high is None):
        return None
    if low is None or high is None:
        return format_money(low if high is None else high, currency, language)
    return f"{format_money(low, currency, language)} – {format_money(high, currency, language)}"


def over_budget(code: str | None, brief: Brief, language: str) -> str | None:
    """How the fees stand to the budget, in words."""
    if brief.budget_max_minor is None or brief.currency is None:
        return None
    budget = format_money(brief.budget_max_minor, brief.currency, language)
    match code:
        case "upper":
            return _("upper end above your budget of %(budget)s", budget=budget)
        case "all":
            return _("all of it above your budget of %(budget)s", budget=budget)
    return _("within your budget of %(budget)s", budget=budget)


def warning_text(warning, found: Mapping[str, StoredProvider], language: str) -> str:
    """A warning about the team, in words."""
    names = listed((found[ref].record.display_name(language) for ref in warning["members"]), language)
    if warning["code"] == "valuer_not_independent":
        return _(
            "The valuer and the lender are not independent of each other: %(names)s. "
            "A lender may refuse such a valuation.",
            names=names,
        )
    return _("The fees are not known, or not all of them: %(names)s.", names=names)
