"""The shapes that the rooms of this package hand to each other."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import msgspec

from directory.rules.eligibility import Verdict, covers_purpose
from directory.types import Brief, ProviderRecord, ServiceLineRecord


class Model(msgspec.Struct, frozen=True):
    """Which model ordered a shortlist, by the words that are stored and shown with it."""

    name: str
    version: str
    methodology: str


class Fact(msgspec.Struct, frozen=True, gc=False):
    """What a feature was read from.

    Attributes
    ----------
    said : str
        Which sentence tells it (`explain`); "" when there is nothing to tell.
    values : mapping
        Codes, numbers and texts for the sentence.
    source : str
        Whose word it is: provider, administrator, client, or "register:" and its code; "" when none.
    date : str or None
        ISO day or month the fact is from.
    """

    said: str
    values: dict[str, Any] = {}
    source: str = ""
    date: str | None = None


class Measured(msgspec.Struct, frozen=True, gc=False):
    """A feature of one provider for one need: its value in 0 to 1, NaN when unknown, and where it is from.

    `asked` is false when the need says nothing that the feature could be compared with.
    """

    value: float
    fact: Fact
    asked: bool = True


@dataclass(slots=True)
class Case:
    """One provider before one need: all that features are read from."""

    record: ProviderRecord
    verdict: Verdict
    brief: Brief
    today: dt.date
    words: tuple[str, ...] = ()
    lines: list[ServiceLineRecord] = field(init=False)
    """The service lines of the verdict."""
    covered: list[tuple[str, str, str]] = field(init=False)
    """What he covers; where the need leaves the office open and a line names none, without office."""

    def __post_init__(self) -> None:
        """Look up once what many features ask."""
        self.lines = [self.record.service_lines[position] for position in self.verdict.lines]
        self.covered = list(self.verdict.covers) or [
            (line.service, line.right, "")
            for line in self.lines
            if not line.offices and covers_purpose(line, self.brief.purposes)
        ]


@dataclass(slots=True)
class Candidate:
    """An eligible provider on the way to a shortlist.

    Attributes
    ----------
    id, version : int
        Key and row version of the provider that was read.
    why : tuple of str
        Why he is among the candidates: codes of elements, "text" for the search engine.
    measured : dict of str to Measured
        By feature.
    score : float
        Rounded as shown.
    points : dict of str to float
        By family, as shown; add up to `score`.
    """

    id: int
    version: int
    why: tuple[str, ...]
    case: Case
    measured: dict[str, Measured] = field(default_factory=dict)
    score: float = 0.0
    points: dict[str, float] = field(default_factory=dict)

    @property
    def ref(self) -> str:
        """The provider's ref."""
        return self.case.record.ref
