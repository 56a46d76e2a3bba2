"""Reading each feature from a record. Every function answers with a value and the fact it rests on."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from functools import cache

from directory.names import fold
from directory.rules.eligibility import entitles, entitling, out_reason, shared_languages
from directory.taxonomy import (
    covers,
    entitling_registers,
    fields_for_ipc,
    is_reserved,
    synonyms,
    to_cny_minor,
)
from directory.types import Brief, MatterRecord, element_code
from matching.features.evidence import (
    THRESHOLDS,
    outcome_means,
    outcome_value,
    ramp,
    reference_value,
    reply_value,
)
from matching.features.fees import fees
from matching.types import Case, Fact, Measured

UNKNOWN = math.nan

_TIERS = {"vetted_outcomes": 1.0, "vetted": 0.6, "verified": 0.2}
_LEVELS = {"plead": 1.0, "draft": 0.8, "speak": 0.5}
_WORDS_COUNTED = 3
_WORDS_ASKED = 12
_MATTER_DAYS = 3 * 365
_FRESH_DAYS, _STALE_DAYS, _STALE_VALUE = 90, 365, 0.3
"""A check of a register counts in full for 90 days, as long as its badge holds."""

_IPC = re.compile(r"\s*([A-Ha-h])\s*(\d{2})\s*([A-Za-z])?\s*(\d{1,4})?")


def measure(case: Case) -> dict[str, Measured]:
    """Every feature of one provider for one need, by name."""
    return {name: read(case) for name, read in MEASURES.items()}


_NOT_ASKED = Measured(UNKNOWN, Fact(""), asked=False)


def _unknown(said: str = "", **values: object) -> Measured:
    return Measured(UNKNOWN, Fact(said, values))


# Field and industry


def wanted_fields(brief: Brief) -> tuple[int, ...]:
    """The technology fields a need names, by number or by IPC symbol."""
    named = dict.fromkeys(brief.fields)
    for symbol in () if brief.fields else brief.ipc:
        named.update(dict.fromkeys(fields_for_ipc(symbol)))
    return tuple(named)


def line_field(case: Case) -> Measured:
    """How many of the fields (or Nice classes) asked for the service lines name."""
    fields, nice = wanted_fields(case.brief), tuple(dict.fromkeys(case.brief.nice))
    if not fields and not nice:
        return _NOT_ASKED
    best = _unknown("line_field_unknown")
    for wanted, names in ((fields, "fields"), (nice, "nice")):
        for line in case.lines:
            named = getattr(line, names)
            if not wanted or not named:
                continue
            shared = [code for code in wanted if code in named]
            value = 0.6 + 0.4 * len(shared) / len(wanted) if shared else 0.0
            if not value <= best.value:  # also when nothing was known so far
                said = f"line_{names}" if shared else f"line_{names}_other"
                best = Measured(value, Fact(said, {"codes": shared or list(named)[:3]}, "provider"))
    return best


def matter_field(case: Case) -> Measured:
    """How like the need the most alike matter is."""
    brief = case.brief
    fields, nice = wanted_fields(brief), frozenset(brief.nice)
    if not fields and not nice and not brief.ipc:
        return _NOT_ASKED
    value, nearest = UNKNOWN, None
    for matter in case.record.matters:
        if not matter.ipc and not matter.nice:
            continue
        alike = max(
            1.0 if nice.intersection(matter.nice) else 0.0,
            *(0.75 for symbol in matter.ipc if not set(fields).isdisjoint(fields_for_ipc(symbol))),
            *(ipc_likeness(mine, theirs) for mine in brief.ipc for theirs in matter.ipc),
            0.0,
        )
        if not alike <= value:
            value, nearest = alike, matter
    if nearest is None:
        return _unknown("no_coded_matters")
    if value <= 0.25:
        return Measured(value, Fact("matters_elsewhere", {}, "provider"))
    said = {"title": nearest.title, "symbols": [*nearest.ipc, *map(str, nearest.nice)]}
    return Measured(value, Fact("matter_field", said, "provider", _day(nearest.date)))


@cache
def _ipc_parts(symbol: str) -> tuple[str, ...]:
    found = _IPC.match(symbol)
    return tuple(part.upper() for part in found.groups() if part) if found else ()


def ipc_likeness(mine: str, theirs: str) -> float:
    """How near two IPC symbols are: section .25, class .5, subclass .75, main group 1."""
    shared = 0
    for here, there in zip(_ipc_parts(mine), _ipc_parts(theirs), strict=False):
        if here != there:
            break
        shared += 1
    return shared / 4


def industry(case: Case) -> Measured:
    """How many of the industries asked for the provider serves."""
    wanted = dict.fromkeys(case.brief.industries)
    if not wanted:
        return _NOT_ASKED
    if not case.record.industries:
        return _unknown("industries_unknown")
    shared = [code for code in wanted if code in case.record.industries]
    said = "industries" if shared else "industries_other"
    return Measured(
        len(shared) / len(wanted), Fact(said, {"codes": shared or case.record.industries[:3]}, "provider")
    )


@cache
def _technical_words() -> tuple[str, ...]:
    """Words that speak of technology or goods, longest first; too short ones are in everything."""
    words = {*synonyms("field"), *synonyms("nice")}
    return tuple(
        sorted((word for word in words if len(word) >= (4 if word.isascii() else 2)), key=len, reverse=True)
    )


def need_words(text: str) -> tuple[str, ...]:
    """The technical words of a need's text, folded, longest first; at most a dozen.

    Words of the taxonomy, and Latin words with a capital inside or throughout (IGBT, LiDAR).
    """
    folded = fold(text)
    named = [word.lower() for word in re.findall(r"\b[A-Za-z]*[a-z]?[A-Z]{2,}[A-Za-z0-9]*\b", text[:20_000])]
    found = dict.fromkeys(word for word in named if len(word) >= 3)
    for word in _technical_words():
        if len(found) >= _WORDS_ASKED:
            break
        if word in folded and not any(word in longer for longer in found):
            found[word] = None
    return tuple(found)


def words(case: Case) -> Measured:
    """How many technical words of the need stand in summary and matters; three are enough."""
    if not case.words:
        return _NOT_ASKED
    record = case.record
    text = "\n".join(
        (*record.summary.values(), *(f"{matter.title}\n{matter.text}" for matter in record.matters))
    ).lower()
    if not text:
        return _unknown("no_text")
    found = [word for word in case.words if word in text]
    enough = min(_WORDS_COUNTED, len(case.words))
    return Measured(
        min(1.0, len(found) / enough), Fact("words" if found else "", {"words": found[:5]}, "provider")
    )


# Service, right, office


def services(case: Case) -> Measured:
    """How many of the services asked for he covers at one office, for one right."""
    covered = case.covered
    if not covered:
        return Measured(0.0, Fact("other_purpose", {"codes": _purposes(case)}, "administrator"))
    wanted = set(case.brief.services)
    if not wanted:
        return _NOT_ASKED
    at: dict[tuple[str, str], set[str]] = {}
    for service, right, office in covered:
        at.setdefault((right, office), set()).add(service)
    best = max(at.values(), key=len)
    codes = [service for service in dict.fromkeys(case.brief.services) if service in best]
    missing = [service for service in dict.fromkeys(case.brief.services) if service not in best]
    return Measured(
        len(best) / len(wanted), Fact("services", {"codes": codes, "missing": missing}, "administrator")
    )


def _purposes(case: Case) -> list[str]:
    return list(dict.fromkeys(purpose for line in case.lines for purpose in line.purposes))


def offices(case: Case) -> Measured:
    """How many of the offices asked for he covers."""
    wanted = list(dict.fromkeys(case.brief.offices))
    if not wanted:
        return _NOT_ASKED
    covered = {office for _, _, office in case.verdict.covers}
    codes = [office for office in wanted if office in covered]
    return Measured(
        len(codes) / len(wanted), Fact("offices" if codes else "", {"codes": codes}, "administrator")
    )


def rights(case: Case) -> Measured:
    """How many of the rights asked for he covers."""
    wanted = list(dict.fromkeys(case.brief.rights))
    if not wanted:
        return _NOT_ASKED
    covered = {right for _, right, _ in case.covered}
    codes = [right for right in wanted if right in covered]
    return Measured(
        len(codes) / len(wanted), Fact("rights" if codes else "", {"codes": codes}, "administrator")
    )


# Quality


def tier(case: Case) -> Measured:
    """The best current vetting state among the lines that fit."""
    current = [line for line in case.lines if out_reason(line, case.today, case.brief.min_tier) is None]
    states = [line.vetting for line in current if line.vetting and line.vetting.state in _TIERS]
    if not states:
        return _unknown("not_vetted_now")
    best = max(states, key=lambda vetting: _TIERS[vetting.state])
    values = {"state": best.state, "until": _day(best.until)}
    return Measured(_TIERS[best.state], Fact("tier", values, "administrator"))


def outcomes(case: Case) -> Measured:
    """How the rates of success for these services compare with the mean of their measures."""
    wanted = {(line.service, line.right) for line in case.lines}
    means = outcome_means()
    counted = [
        outcome
        for outcome in case.record.outcomes
        if (outcome.service, outcome.right) in wanted and outcome.measure in means and ramp(outcome.n) > 0
    ]
    if not counted:
        return _unknown("no_outcomes")
    value = sum(outcome_value(each.successes, each.n, means[each.measure]) for each in counted) / len(counted)
    told = max(counted, key=lambda each: (each.n, each.measure))
    values = {
        "measure": told.measure, "service": told.service, "successes": told.successes, "n": told.n,
        "window": told.window,
    }  # fmt: skip
    return Measured(value, Fact("outcomes", values, told.source or "provider", told.window))


def references(case: Case) -> Measured:
    """What clients say, from three of them on."""
    given = [reference for reference in case.record.references if reference.scale > 0]
    if len(given) < THRESHOLDS.references_from:
        return _unknown("few_references", n=len(given))
    oldest = _months_before(case.today, THRESHOLDS.half_weight_months)
    scores = [
        (
            min(1.0, max(0.0, each.score / each.scale)),
            1.0 if each.month is not None and each.month >= oldest else 0.5,
        )
        for each in given
    ]
    mean = sum(score * weight for score, weight in scores) / sum(weight for _, weight in scores)
    newest = max(each.month or "" for each in given) or None
    values = {"n": len(given), "mean": round(10 * mean, 1)}
    return Measured(reference_value(scores), Fact("references", values, "client", newest))


def _months_before(day: dt.date, months: int) -> str:
    total = day.year * 12 + day.month - 1 - months
    return f"{total // 12:04}-{total % 12 + 1:02}"


# The office


def seat(case: Case) -> Measured:
    """Whether the seat lies where a covered office's rights have effect."""
    covered = [office for _, _, office in case.covered if office not in ("", "WO", "IB")]
    if not covered:
        return _unknown("")
    country = case.record.country
    at = [office for office in dict.fromkeys(covered) if country == office or country in covers(office)]
    values = {"city": case.record.city, "country": country, "offices": at}
    return Measured(1.0 if at else 0.0, Fact("seat" if at else "seat_elsewhere", values, "provider"))


def office_matter(case: Case) -> Measured:
    """How recent the last matter at a covered office is."""
    covered = {office for _, _, office in case.covered}
    placed = [matter for matter in case.record.matters if matter.office is not None]
    if not placed:
        return _unknown("no_placed_matters")
    there = [matter for matter in placed if matter.office in covered]
    if not there:
        return Measured(0.0, Fact("no_matter_there", {}, "provider"))

    def recency(matter: MatterRecord) -> float:
        age = _STALE_DAYS if matter.date is None else max(0, (case.today - matter.date).days)
        return math.exp(-age / _MATTER_DAYS)

    last = max(there, key=recency)
    values = {"title": last.title, "office": last.office}
    return Measured(recency(last), Fact("office_matter", values, "provider", _day(last.date)))


def admission(case: Case) -> Measured:
    """How fresh the last check of the register is, for reserved work."""
    reserved = [element for element in case.verdict.covers if is_reserved(*element[:2])]
    if not reserved:
        return _NOT_ASKED
    checkable = [element for element in reserved if entitling_registers(*element)]
    if not checkable:
        return _unknown("no_register", elements=[element_code(element) for element in reserved])
    held = [
        credential
        for element in checkable
        for credential in entitling(case.record, element)
        if entitles(credential)
    ]
    if not held:
        return _unknown("")
    newest = max(held, key=lambda credential: credential.checked_on or dt.date.min)
    assert newest.checked_on is not None
    age = (case.today - newest.checked_on).days
    share = min(1.0, max(0.0, (age - _FRESH_DAYS) / (_STALE_DAYS - _FRESH_DAYS)))
    values = {"register": newest.register, "day": newest.checked_on.isoformat()}
    fact = Fact("admission", values, f"register:{newest.register}", newest.checked_on.isoformat())
    return Measured(1.0 - (1.0 - _STALE_VALUE) * share, fact)


# Terms


def budget(case: Case) -> Measured:
    """How the fees compare with the budget; within it, less is not better."""
    brief = case.brief
    if brief.budget_max_minor is None or brief.currency is None:
        return _NOT_ASKED
    limit = to_cny_minor(brief.budget_max_minor, brief.currency)
    if not limit:
        return _NOT_ASKED
    asked = fees(case.record, case.verdict.lines)
    if asked is None or not asked.complete:
        return _unknown("fees_unknown")
    values = {"minimum": asked.minimum, "maximum": asked.maximum}
    if asked.maximum <= limit:
        return Measured(1.0, Fact("fees_within", values, "provider"))
    if asked.minimum <= limit:
        share = (limit - asked.minimum) / (asked.maximum - asked.minimum)
        return Measured(0.5 + 0.5 * share, Fact("fees_upper_above", values, "provider"))
    return Measured(0.5 * limit / asked.minimum, Fact("fees_above", values, "provider"))


def reply(case: Case) -> Measured:
    """How soon enquiries get a first reply."""
    response = case.record.response
    if response is None or response.median_first_reply_hours is None or response.n < 1:
        return _unknown("reply_unknown")
    hours = response.median_first_reply_hours
    return Measured(
        reply_value(hours, response.n), Fact("reply", {"hours": hours, "n": response.n}, "platform")
    )


def languages(case: Case) -> Measured:
    """How well the languages asked for are spoken, over all of them."""
    wanted = list(dict.fromkeys(case.brief.languages))
    if not wanted:
        return _NOT_ASKED
    best: dict[str, str] = {}
    for code in wanted:
        same = shared_languages([code])
        levels = [skill.level for skill in case.record.languages if skill.code in same]
        if levels:
            best[code] = max(levels, key=lambda level: _LEVELS.get(level, 0.0))
    value = sum(_LEVELS.get(level, 0.0) for level in best.values()) / len(wanted)
    return Measured(value, Fact("languages", {"levels": best}, "provider"))


def _day(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


MEASURES: Mapping[str, Callable[[Case], Measured]] = {
    read.__name__: read
    for read in (
        line_field, matter_field, industry, words, services, offices, rights, tier, outcomes, references,
        seat, office_matter, admission, budget, reply, languages,
    )
}  # fmt: skip
