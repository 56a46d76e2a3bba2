"""The shapes that finding passes around."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from directory.types import StoredProvider

Filters: TypeAlias = Mapping[str, tuple[str, ...]]
"""Chosen codes by filter key: any of one key's codes, all of the keys."""

Sort: TypeAlias = Literal["relevance", "name"]

DEEPEST = 10_000
"""No answer goes beyond this place: Elasticsearch's default `index.max_result_window`."""

FOREVER = dt.date.max.toordinal()
"""Day number of a vetting without an end."""


class SearchQuery(msgspec.Struct, frozen=True):
    """What somebody asks of the search page."""

    text: str = ""
    filters: dict[str, tuple[str, ...]] = {}
    page: int = 1
    limit: int = 20
    sort: Sort = "relevance"


class Unit(msgspec.Struct, frozen=True):
    """One thing a query asks for: a word, a known term or a phrase, and the codes it may stand for.

    Attributes
    ----------
    words : tuple of str
        Folded words of alphabetic scripts, in order.
    han : tuple of str
        Folded runs of Chinese characters, in order.
    codes : tuple of str
        Tokens of the `codes` field; a provider with any of them matches too.
    phrase : bool
        Whether words must stand side by side, in this order.
    """

    words: tuple[str, ...] = ()
    han: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    phrase: bool = False


class ParsedText(msgspec.Struct, frozen=True):
    """The words of a query, understood.

    `names` are the query as a name might be stored, most exact first. `loose`: it is a text to
    find the like of, not a list of wishes.
    """

    units: tuple[Unit, ...] = ()
    excluded: tuple[Unit, ...] = ()
    names: tuple[str, ...] = ()
    loose: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it asks for anything that an index could answer."""
        return not (self.units or self.excluded)

    @property
    def required(self) -> int:
        """How many of the units a provider must match: all of three, then two in three; loosely, a third.

        Short queries name what is wanted; longer ones are sentences, in which one word more must not
        empty the list.
        """
        count = len(self.units)
        if self.loose:
            return max(1, count // 3)
        return count if count <= 3 else count - count // 3


class EngineQuery(msgspec.Struct, frozen=True):
    """What an engine is asked; everything in it was checked."""

    text: ParsedText = ParsedText()
    filters: dict[str, tuple[str, ...]] = {}
    today: dt.date = dt.date.min
    offset: int = 0
    limit: int = 20
    sort: Sort = "relevance"
    facets: tuple[str, ...] = ()


class FacetCount(msgspec.Struct, frozen=True):
    """How many providers a code would leave, the other filters holding."""

    code: str
    count: int


Facets: TypeAlias = dict[str, list[FacetCount]]


class EngineAnswer(msgspec.Struct, frozen=True):
    """Ids in order, how many match in all, and counts for each facet asked for.

    `nearly` is true when nothing matched as typed and names one letter away were taken instead.
    """

    ids: tuple[int, ...]
    total: int
    facets: Facets = {}
    nearly: bool = False


class Document(msgspec.Struct, frozen=True, gc=False):
    """What the index holds of one provider; see `search.fields` for the names.

    Attributes
    ----------
    tie : int
        Hash of the ref, 0 to 2**32-1: orders equals without favour, the same on every engine.
    sort_name : str
        Folded name, cut to 48 bytes of UTF-8.
    texts : dict of str to str
        Tokens separated by spaces, by text field.
    wholes : dict of str to list of str
        Folded values, by text field of the "whole" analysis.
    values : dict of str to tuple of str
        Codes by filter key that hold for the provider as a whole.
    lines : tuple of dict
        One entry a service line that is shown: codes by filter key that hold on a line.
    outcomes_until, vetted_until : int
        Last day number on which a line is vetted with outcomes, or vetted; 0 = never.
    standing : str or None
        The best tier of the provider once neither holds; None without lines.
    """

    id: int
    version: int
    tie: int
    sort_name: str
    wholes: dict[str, list[str]]
    texts: dict[str, str]
    values: dict[str, tuple[str, ...]]
    lines: tuple[dict[str, tuple[str, ...]], ...]
    outcomes_until: int = 0
    vetted_until: int = 0
    standing: str | None = None


class Removal(msgspec.Struct, frozen=True):
    """A chosen filter and how many would be found without it."""

    filter: str
    total: int


class Found(msgspec.Struct, frozen=True):
    """The answer to a search.

    `hits` were read from the database just now. `degraded`: no engine answered, the database did,
    in alphabetical order and without counts.
    """

    hits: tuple[StoredProvider, ...]
    total: int
    query: SearchQuery
    facets: Facets = {}
    read: dict[str, tuple[str, ...]] = {}
    did_you_mean: str | None = None
    relaxed: tuple[str, ...] = ()
    removals: tuple[Removal, ...] = ()
    degraded: bool = False

    def as_json(self) -> dict[str, object]:
        """The answer as files and the command line write it (docs: formats, "Results")."""
        first = (self.query.page - 1) * self.query.limit + 1
        return {
            "total": self.total,
            "hits": [
                {"provider": hit.record.ref, "rank": first + place} for place, hit in enumerate(self.hits)
            ],
            "facets": {
                key: [{"code": each.code, "count": each.count} for each in counts]
                for key, counts in self.facets.items()
            },
            "read": {key: list(codes) for key, codes in self.read.items()},
            "did_you_mean": self.did_you_mean,
            "relaxed": list(self.relaxed),
            "removals": [{"filter": each.filter, "total": each.total} for each in self.removals],
            "degraded": self.degraded,
        }
