"""From free text to a brief: what is read where, and in which order."""

from __future__ import annotations

import datetime as dt
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
LONGEST_READ = 40_000
"""Characters of a text that are read, some ten pages; what follows is not looked at, so that no text takes long."""

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
        From a few words to a pasted tender; anything at all is taken. The first `LONGEST_READ` characters are read.
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
    wants = read_wants(scope)
    places = mentions(folded, scope, [*hits["office"], *hits["place"]])
    offices = list(_offices(places, wants))
    languages = read_languages(scope, hits["language"])
    ipc = read_ipc(folded, scope)
    fields = read_fields(scope, hits["field"], ipc, wants.rights)
    spans = [
        *(("offices", start, end) for _, start, end, _ in offices),
        *(("languages", start, end) for _, start, end, _ in languages),
        *(("fields", start, end) for _, start, end, _ in fields),
        *(("kinds", cue.start, cue.end) for cue, _ in wants.kinds.values()),
    ]
    home = "CNY" if (language or "").startswith("zh") or _is_chinese(folded.text) else None
    budget = read_budget(scope, home_currency=home)
    rights = tuple(wants.rights)
    deadline = read_deadline(scope, today=today, rights=rights, national_phase=wants.national_phase)
    parties = read_parties(folded, scope, attacking=bool(_ATTACKS & set(wants.services)))

    def value(found: object, start: int, end: int, confidence: float) -> ReadValue:
        return ReadValue(found, round(confidence, 2), folded.words(start, end))  # type: ignore[arg-type]

    def cued(found: dict[str, tuple[Cue, float]]) -> tuple[ReadValue, ...]:
        return tuple(value(code, cue.start, cue.end, confidence) for code, (cue, confidence) in found.items())

    def listed(found: Iterable[Found]) -> tuple[ReadValue, ...]:
        return tuple(value(*item) for item in found)

    need_type = wants.need_type
    return ReadBrief(
        need_type=value(need_type[0], need_type[1].start, need_type[1].end, need_type[2])
        if need_type
        else None,
        services=cued(wants.services),
        rights=cued(wants.rights),
        offices=listed(offices),
        fields=listed(fields),
        ipc=listed(ipc),
        nice=listed(read_nice(scope, hits["nice"], wants.rights)),
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
        owner_country=_owner_country(folded, places),
        purposes=cued(wants.purposes),
    )


def _offices(places: list[Mention], wants: Wants) -> Iterator[Found]:
    """The offices asked for; where the work is on existing rights and no other place is named, where those are."""
    chosen = [place for place in places if place.role == "live"]
    if not chosen and wants.concerns_existing_rights:
        chosen = [place for place in places if place.role == "finished"]
    seen: set[str] = set()
    for place in chosen:
        for office in offices_for(place.code, wants.rights, wants.services):
            if office not in seen:
                seen.add(office)
                yield office, place.start, place.end, place.confidence


def _owner_country(folded: FoldedText, places: list[Mention]) -> ReadValue | None:
    for place in places:
        if place.role == "owner" and taxonomy.is_code("office", place.code):
            return ReadValue(place.code, 0.8, folded.words(place.start, place.end))
    return None


def _is_chinese(text: str) -> bool:
    han = sum("\u4e00" <= character <= "\u9fff" for character in text)
    return han * 4 > len(text)
