"""What an engine promises. One contract suite (tests/contract/test_engines.py) holds both engines to it.

An engine answers with ids in order, a total and counts; it never says what a provider is. Its
index lives in generations: a new one is loaded beside the one that answers, then takes its place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeAlias

import msgspec

from search.types import Document, EngineAnswer, EngineQuery

Gone: TypeAlias = tuple[int, int | None]
"""A provider to take out: its id, and its row version; None when the row itself is gone."""


class Standing(msgspec.Struct, frozen=True):
    """What is known of a generation.

    Attributes
    ----------
    name : str
        Sorts by age: a later generation has a greater name.
    fingerprint : str
        Of the fields, the synonyms and the engine it was built with.
    cursor : int
        Id of the last change-log row that it holds.
    documents : int
        How many providers it holds.
    bytes : int or None
        Size on disk; None when the engine does not say.
    built_at : datetime or None
        When its load ended, UTC; None while it is being built.
    """

    name: str
    fingerprint: str
    cursor: int
    documents: int
    bytes: int | None
    built_at: dt.datetime | None


class Generation(Protocol):
    """One index. Only one process at a time may write to it."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    def load(self, documents: Iterable[Document], *, cursor: int, now: dt.datetime) -> int:
        """Fill an empty generation and give the number of documents taken."""
        ...

    def apply(self, upserts: Sequence[Document], deletes: Sequence[Gone], *, cursor: int) -> None:
        """Put and take out documents, visible at once when this returns, then move the cursor.

        Applying the same again changes nothing; a document older than the one held is passed over.
        """
        ...

    def versions(self) -> Iterator[tuple[int, int]]:
        """(id, row version) of every document, in order of id."""
        ...

    def standing(self) -> Standing:
        """What is known of it now."""
        ...


class SearchEngine(Protocol):
    """An engine with its generations. Every method raises `SearchUnavailable` when it cannot answer."""

    @property
    def kind(self) -> str:
        """Name and version of the engine; part of the fingerprint."""
        ...

    def search(self, query: EngineQuery) -> EngineAnswer:
        """Ids that match, best first, ties by `Document.tie`; the total; counts without the own filter."""
        ...

    def suggest(self, beginning: str, limit: int = 10) -> tuple[int, ...]:
        """Ids of providers with a name that begins so, in alphabetical order."""
        ...

    def check(self) -> None:
        """Return when a search would be answered."""
        ...

    def current(self) -> Generation | None:
        """The generation that answers; None before the first."""
        ...

    def create(self, name: str, fingerprint: str) -> Generation:
        """A new, empty generation that does not answer yet."""
        ...

    def activate(self, name: str) -> None:
        """Let a generation answer from now on, in one step."""
        ...

    def generations(self) -> tuple[Standing, ...]:
        """Every generation there is, oldest first."""
        ...

    def drop(self, name: str) -> None:
        """Remove a generation that does not answer."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
