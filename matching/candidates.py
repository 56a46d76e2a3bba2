"""At most 200 eligible providers for a need, each of its elements with places of its own."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from directory.db import Session
from directory.rules.eligibility import ANY, elements
from directory.store import market
from directory.taxonomy import Rate
from directory.types import Brief, Element, element_code
from search.engines.base import SearchEngine
from search.errors import SearchUnavailable
from search.finding import rank_ids

MOST = 200
"""Candidates that are judged closely (architecture, "Three flows")."""

_MOST_PLACES = 24
"""Elements that get places of their own; a need with more is asked for office by office."""
_LEAST_SHARE = 20
_BY_TEXT = 150
"""How many the search engine is asked for (ranking notes, D1)."""
_TEXT = "text"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who is a candidate.

    Attributes
    ----------
    why : dict of int to tuple of str
        For each id what brought it in, codes of elements or "text"; in the order of choice.
    degraded : bool
        The search engine did not answer; SQL alone chose.
    """

    why: dict[int, tuple[str, ...]]
    degraded: bool


def choose(
    session: Session,
    brief: Brief,
    *,
    need: str,
    text: str,
    today: dt.date,
    engine: SearchEngine | None,
    limit: int = MOST,
    rates: Mapping[str, Rate] | None = None,
) -> Chosen:
    """Candidates for a need, eligible all of them.

    Each element's nearest providers and the best by words take turns, so that no common element crowds
    out a rare one and a thin text does not crowd out the facts.

    Parameters
    ----------
    need : str
        The need's ref; ties fall by it.
    text : str
        What the owner wrote; "" leaves the words out.
    engine : SearchEngine or None
        None asks SQL alone, on purpose.
    """
    lists = _by_element(session, brief, need=need, today=today, limit=limit, rates=rates)
    degraded = False
    if engine is not None and text.strip():
        try:
            lists[_TEXT] = by_text(session, brief, text=text, today=today, engine=engine, rates=rates)
        except SearchUnavailable:
            degraded = True
    chosen: dict[int, None] = {}
    for turn in zip_longest(*lists.values()):
        chosen.update(dict.fromkeys(identity for identity in turn if identity is not None))
        if len(chosen) >= limit:
            break
    members = {name: frozenset(ids) for name, ids in lists.items()}
    why = {
        identity: tuple(name for name, ids in members.items() if identity in ids)
        for identity in list(chosen)[:limit]
    }
    return Chosen(why, degraded)


def _by_element(
    session: Session,
    brief: Brief,
    *,
    need: str,
    today: dt.date,
    limit: int,
    rates: Mapping[str, Rate] | None,
) -> dict[str, Sequence[int]]:
    """The nearest providers of each element, twice its share of the places, and of any if some stay empty."""
    parts = places(brief)
    share = min(limit, max(_LEAST_SHARE, math.ceil(2 * limit / len(parts))))
    nearest = market.first_eligible(session, brief, today, parts, limit=share, seed=seed(need), rates=rates)
    found = {identity for ids in nearest.values() for identity in ids}
    if len(found) < limit and share < limit and any(len(ids) == share for ids in nearest.values()):
        # the elements have the same few providers in common: who comes next for any of them fills up
        anything = [(ANY, ANY, ANY)]
        nearest |= market.first_eligible(
            session, brief, today, anything, limit=limit, seed=seed(need), rates=rates
        )
    return {element_code(part): ids for part, ids in nearest.items()}


def by_text(
    session: Session,
    brief: Brief,
    *,
    text: str,
    today: dt.date,
    engine: SearchEngine,
    rates: Mapping[str, Rate] | None = None,
) -> list[int]:
    """Eligible providers whose words fit the text best, best first.

    Raises
    ------
    SearchUnavailable
        When the engine does not answer.
    """
    filters = {"service": brief.services, "right": brief.rights, "office": brief.offices}
    asked = {name: codes for name, codes in filters.items() if codes}
    ids = rank_ids(engine, text, asked, _BY_TEXT, today=today)
    eligible = frozenset(market.eligible(session, brief, today, within=ids, rates=rates)) if ids else ()
    return [identity for identity in ids if identity in eligible]


def places(brief: Brief) -> Sequence[Element]:
    """The elements that get places: each, or each office where there are very many."""
    each = elements(brief)
    if len(each) <= _MOST_PLACES:
        return each
    by_office = tuple((ANY, ANY, office) for office in dict.fromkeys(brief.offices or [ANY]))
    return by_office if len(by_office) <= _MOST_PLACES else ((ANY, ANY, ANY),)


def seed(need: str) -> int:
    """A number for a need's ties, the same on every machine."""
    return 1 + int.from_bytes(hashlib.sha256(need.encode()).digest()[:8]) % (market.SEEDS - 1)


def tie(need: str, provider: str) -> str:
    """What decides between equal scores: a hash of both refs, which favours nobody's name or age."""
    return hashlib.sha256(f"{need}\n{provider}".encode()).hexdigest()
