"""From free text to a brief: what is read where, and in which order."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from functools import cache

from directory import taxonomy
from matching.brief.cues import Cue
from matching.brief.dates import read_deadline
from matching.brief.folding import FoldedText, fold_with_offsets
from matching.brief.languages import read_languages
from matching.brief.money import read_budget
from matching.brief.offices import Mention, mentions, offices_for
from matching.brief.parties import read_parties
from matching.brief.result import ReadBrief, ReadValue
from matching.brief.scope import Scope
from matching.brief.subject import Found, read_fields, read_industries, read_ipc, read_nice
from matching.brief.terms import Hit, TermMatcher
from matching.brief.wants import Wants, read_must, read_wants

_LISTS = ("office", "place", "language", "field", "nice", "industry")
LONGEST_READ = 20_000
"""Characters of a text that are read, some six pages; the rest is not, so that no text takes long."""

_FILING = frozenset({"DRAFT", "PROS", "SRCH", "TRANS", "STRAT"})
_TECHNICAL_WORK = frozenset({"SRCH", "DRAFT", "PROS", "COMM", "LIC", "TRADE"})
"""Services that are about technical matter even where the text names no right."""
_ATTACKS = frozenset({"OPPO", "LITI", "ADMENF", "ADR"})


@cache
def _matcher() -> TermMatcher:
    return TermMatcher(
        (name, term, entry.code)
        for name in _LISTS
        for entry in taxonomy.entries(name).values()
        for term in (entry.label_en, entry.label_zh, *entry.synonyms_en, *entry.synonyms_zh)
    )


def read(text: str, *, today: dt.date, language: str | None = None) -> ReadBrief:
    """The brief that a text states, each value with the words it was read from.

    Rules only: the words of the taxonomy and the cue tables in `cues/`, in Chinese (either script)
    and English, mixed too. What the text does not say stays empty. The same text and day give the same brief.

    Parameters
    ----------
    text : str
        From a few words to a pasted tender; anything at all is taken, and read up to `LONGEST_READ`.
    today : date
        The day from which "within 60 days" counts.
    language : str, optional
        BCP 47, the language the text is said to be in. Only tells the currency of an amount that names none.

    Returns
    -------
    ReadBrief
        Lists in the order of the text.
    """
    folded = fold_with_offsets(text[:LONGEST_READ])
    scope = Scope(folded.text)
    hits: dict[str, list[Hit]] = {name: [] for name in _LISTS}
    for hit in _matcher().find(folded.text):
        hits[hit.name].append(hit)
    places = mentions(folded, scope, [*hits["office"], *hits["place"]])
    wants = read_wants(scope, places_named=any(place.role == "live" for place in places))
    offices = list(_offices(places, wants))
    languages = read_languages(scope, hits["language"])
    ipc = read_ipc(folded, scope)
    parties = read_parties(folded, scope, attacking=bool(_ATTACKS & set(wants.services)))
    for name in ("field", "nice", "industry"):
        hits[name] = [
            hit for hit in hits[name] if not any(s < hit.end and hit.start < e for _, s, e, _ in parties)
        ]
    technical = bool(wants.rights) or bool(_TECHNICAL_WORK & set(wants.services))
    fields = read_fields(scope, hits["field"], ipc, wants.rights) if technical else []
    spans = [
        *(("offices", start, end) for _, start, end, _ in offices),
        *(("languages", start, end) for _, start, end, _ in languages),
        *(("fields", start, end) for _, start, end, _ in fields),
        *(("kinds", cue.start, cue.end) for cue, _ in wants.kinds.values()),
    ]
    owner_country = _owner_country(folded, places)
    budget = read_budget(
        scope, home_currency=_home_currency(folded, owner_country, language), lending="FIN" in wants.services
    )
    rights = tuple(wants.rights)
    deadline = read_deadline(scope, today=today, rights=rights, national_phase=wants.national_phase)

    def value(found: object, start: int, end: int, confidence: float) -> ReadValue:
        return ReadValue(found, round(confidence, 2), folded.words(start, end))  # type: ignore[arg-type]

    def cued(found: dict[str, tuple[Cue, float]]) -> tuple[ReadValue, ...]:
        return tuple(value(code, cue.start, cue.end, confidence) for code, (cue, confidence) in found.items())

    def listed(found: Iterable[Found]) -> tuple[ReadValue, ...]:
        return tuple(value(*item) for item in found)

    need_type = _abroad(wants, places, [str(office) for office, *_ in offices])
    return ReadBrief(
        need_type=value(need_type[0], need_type[1].start, need_type[1].end, need_type[2])
        if need_type
        else None,
        services=cued(wants.services),
        rights=cued(wants.rights),
        offices=listed(offices),
        fields=listed(fields),
        ipc=listed(ipc),
        nice=listed(read_nice(scope, hits["nice"], wants.rights, wants.services)),
        industries=listed(read_industries(scope, hits["industry"])),
        languages=listed(languages),
        kinds=cued(wants.kinds),
        budget_max_minor=value(budget.amount_minor, budget.start, budget.end, budget.confidence)
        if budget
        else None,
        currency=value(budget.currency, *budget.currency_span, budget.confidence) if budget else None,
        budget_firm=value(True, *budget.firm, 0.9) if budget and budget.firm else ReadValue(False, 1.0, ""),
        deadline=value(deadline.day, deadline.start, deadline.end, deadline.confidence) if deadline else None,
        adverse_parties=listed(parties),
        must=tuple(value(key, cue.start, cue.end, 0.8) for key, cue in read_must(scope, spans)),
        owner_country=owner_country,
        purposes=cued(wants.purposes),
    )


def _offices(places: list[Mention], wants: Wants) -> Iterator[Found]:
    """The offices asked for; for work on existing rights, with no other place named, where those are."""
    if set(wants.services) == {"TRANS"}:
        return
    finished = {place.code for place in places if place.role == "finished"}
    excluded = {place.code for place in places if place.role == "excluded"}
    chosen = [
        place
        for place in places
        if place.role == "live"
        and place.code not in wants.entered_from
        and not (place.code == "WO" and "PROS" not in wants.services)
        and not (place.code == "WO" and "PROS" not in wants.services)
        and place.code not in excluded
        and not (place.code in finished and not place.led_to and not wants.concerns_existing_rights)
    ]
    if not chosen and wants.concerns_existing_rights:
        chosen = [place for place in places if place.role == "finished"]
    seen: set[str] = set()
    for place in chosen:
        for office in offices_for(place.code, wants.rights, wants.services):
            if office not in seen:
                seen.add(office)
                yield office, place.start, place.end, place.confidence


def _abroad(wants: Wants, places: list[Mention], offices: list[str]) -> tuple[str, Cue, float] | None:
    """The need type; protecting elsewhere what is protected or sold at home is going abroad."""
    if (
        wants.need_type is None
        or wants.need_type[0] != "protect"
        or not offices
        or not set(wants.services) <= _FILING
    ):
        return wants.need_type
    homes = {place.code for place in places if place.role == "finished"}
    if {"trademark", "design"} & set(wants.rights):
        homes |= {place.code for place in places if place.role == "owner"}
    if not homes or any(home in (office, *taxonomy.covers(office)) for home in homes for office in offices):
        return wants.need_type
    return "go_abroad", wants.need_type[1], wants.need_type[2]


def _owner_country(folded: FoldedText, places: list[Mention]) -> ReadValue | None:
    for place in places:
        if place.role == "owner" and taxonomy.is_code("office", place.code):
            return ReadValue(place.code, 0.8, folded.words(place.start, place.end))
    return None


_HOME_CURRENCIES = {"CN": "CNY", "HK": "HKD", "TW": "TWD", "MO": "MOP"}
_MYRIAD = re.compile(r"[\d一二三四五六七八九十百]\s?[万亿千]")


def _home_currency(folded: FoldedText, owner_country: ReadValue | None, language: str | None) -> str | None:
    """The currency of an amount that names none: the owner's, else CNY in simplified Chinese."""
    if owner_country and str(owner_country.value) in _HOME_CURRENCIES:
        return _HOME_CURRENCIES[str(owner_country.value)]
    traditional = language == "zh-Hant" or _is_traditional(folded)
    return "CNY" if not traditional and _MYRIAD.search(folded.text) else None


def _is_traditional(folded: FoldedText) -> bool:
    """Whether the text is in traditional characters: some of its characters fold to other ones."""
    changed = sum(
        character != folded.original[start]
        for character, start in zip(folded.text, folded.starts, strict=True)
        if "\u4e00" <= character <= "\u9fff"
    )
    return changed > 2
