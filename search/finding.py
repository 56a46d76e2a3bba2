"""The search itself: words and filters in, providers out, as they are in the database at this moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import structlog

from directory.db import Session
from directory.rules.listing import listable
from directory.store import listings, providers
from search import parsing
from search.engines.base import SearchEngine
from search.errors import SearchUnavailable
from search.fields import FILTER_KEYS
from search.types import EngineQuery, Found, ParsedText, Removal, SearchQuery

log = structlog.get_logger(__name__)

MOST_WORDS_IN_SQL = 8
"""Words that are looked for when no engine answers; each one scans the names and summaries once."""


def find(
    query: SearchQuery,
    *,
    engine: SearchEngine,
    session: Session,
    today: dt.date,
    language: str = "en",
    facets: Sequence[str] = FILTER_KEYS,
) -> Found:
    """The providers on one page of a search, read from the database just now.

    A provider that the index still holds but that may not be listed any more is left out, and out of
    the total. When the engine does not answer, the database does: filters and names, in
    alphabetical order, without counts, and the answer says so.

    Parameters
    ----------
    query : SearchQuery
        As asked; checked here.
    engine : SearchEngine
        Where ids come from.
    session : Session
        For reading.
    today : date
        The day that tiers are for.
    language : str
        Of the name that `did_you_mean` gives.
    facets : sequence of str
        Filter keys to count; all by default.

    Raises
    ------
    InvalidQuery
        When the words, a filter, the order or the page cannot be taken.
    """
    text, checked = parsing.check(query)
    asked = EngineQuery(
        text=text,
        filters=checked.filters,
        today=today,
        offset=(checked.page - 1) * checked.limit,
        limit=checked.limit,
        sort=checked.sort,
        facets=tuple(facets),
    )
    try:
        answer = engine.search(asked)
        removals = _removals(asked, engine) if answer.total == 0 else ()
    except SearchUnavailable as error:
        log.warning("search is degraded", reason=str(error))
        return _from_database(text, checked, session=session, today=today)
    stored = providers.by_ids(session, answer.ids)
    hits = tuple(hit for hit in stored.values() if listable(hit.record))
    return Found(
        hits=hits,
        total=answer.total - (len(answer.ids) - len(hits)),
        query=checked,
        facets=answer.facets,
        removals=removals,
        did_you_mean=hits[0].record.display_name(language) if answer.nearly and hits else None,
    )


def _removals(asked: EngineQuery, engine: SearchEngine) -> tuple[Removal, ...]:
    """What each chosen filter's removal would find, most first."""
    found = []
    for key, codes in asked.filters.items():
        for code in codes:
            left = tuple(each for each in codes if each != code)
            filters = {**asked.filters, key: left} if left else _without(asked.filters, key)
            less = EngineQuery(text=asked.text, filters=filters, today=asked.today, limit=1)
            found.append(Removal(f"{key}={code}", engine.search(less).total))
    return tuple(sorted(found, key=lambda removal: -removal.total))


def _without(filters: Mapping[str, tuple[str, ...]], key: str) -> dict[str, tuple[str, ...]]:
    return {each: codes for each, codes in filters.items() if each != key}


def _from_database(text: ParsedText, query: SearchQuery, *, session: Session, today: dt.date) -> Found:
    words = [piece for unit in text.units for piece in (*unit.words, *unit.han)]
    ids, total = listings.page(
        session,
        filters=query.filters,
        words=words[:MOST_WORDS_IN_SQL],
        today=today,
        offset=(query.page - 1) * query.limit,
        limit=query.limit,
    )
    hits = tuple(hit for hit in providers.by_ids(session, ids).values() if listable(hit.record))
    return Found(hits=hits, total=total - (len(ids) - len(hits)), query=query, degraded=True)


def rank_ids(
    engine: SearchEngine, text: str, filters: Mapping[str, Sequence[str]], limit: int, *, today: dt.date
) -> list[int]:
    """Ids of the providers whose words fit a text best, for choosing candidates.

    Parameters
    ----------
    engine : SearchEngine
        Where ids come from.
    text : str
        Of any length; what is beyond `parsing.LONGEST_TEXT` is not read.
    filters : mapping of str to sequence of str
        As of a search.
    limit : int
        At most this many.
    today : date
        The day that tiers are for.

    Raises
    ------
    SearchUnavailable
        When the engine does not answer.
    """
    parsed = parsing.parse_loosely(text)
    query = EngineQuery(
        text=parsed, filters=parsing.check_filters(filters), today=today, offset=0, limit=limit
    )
    return list(engine.search(query).ids)
